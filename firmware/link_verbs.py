"""What each verb of the link does. docs/link.md describes them all, with an exchange each."""

import asyncio
import binascii

from micropython import const

from firmware.core.frame import END, PROTOCOL, RequestError
from firmware.core.sector import DAMAGED, NOTHING, RECORD
from firmware.cursor import Cursor
from firmware.picture import send_picture
from firmware.upload import Upload

_GET_BYTES = const(16384)  # of records in one answer, where the request does not say
_MOST_GET_BYTES = const(65536)
_DAMAGE_BYTES = const(64)  # in one frame, before escaping
_STEPS = const(8)  # of the cursor, without a turn for the others
_VALUE_BYTES = const(100)  # of a setting in one frame, before escaping
_MOST_VALUE_BYTES = const(1024)
_MOST_ALL_BYTES = const(65536)
_MOST_MS = const(10_000)


class Verbs:
    """Answers requests through `server` (LinkServer) with what `services` knows."""

    def __init__(self, server, services):
        self._server = server
        self._services = services
        self._cursor = Cursor(services.journal)
        self._upload = Upload(services.schedule_path)
        self._clock_seq = 0  # of the last clock record that the laptop has set in this boot
        self._clock_ms = 0
        self._setting = b""
        self._setting_value = bytearray()
        self._verbs = {
            b"hello": self._hello,
            b"time": self._time,
            b"get": self._get,
            b"commit": self._commit,
            b"schedule": self._schedule,
            b"settings": self._settings,
            b"status": self._status,
            b"screen": self._screen,
            b"press": self._press,
            b"repl": self._repl,
        }

    async def serve(self, verb, values):
        """Answer one request; `values` are its fields. Raises RequestError where there is no other answer."""
        handler = self._verbs.get(verb)
        if not handler:
            raise RequestError(b"verb", "this firmware knows no such request")
        await handler(values)

    async def _hello(self, _values):
        services = self._services
        journal = services.journal
        writer = self._server.begin(b"hello")
        writer.number_field(b"protocol", PROTOCOL)
        writer.text_field(b"device", services.device_id)
        writer.text_field(b"board", services.board_name)
        writer.text_field(b"firmware", services.firmware_version)
        writer.text_field(b"epoch", journal.epoch)
        writer.number_field(b"boot", journal.boot)
        writer.number_field(b"first", journal.first_seq)
        writer.number_field(b"last", journal.last_seq)
        writer.number_field(b"committed", journal.committed_seq)
        writer.number_field(b"percent", journal.percent)
        writer.number_field(b"damaged", journal.damaged)
        writer.number_field(b"ms", services.uptime_ms())
        writer.number_field(b"utc", services.utc_ms())
        writer.number_field(b"clock", self._clock_seq)
        writer.number_field(b"clock_ms", self._clock_ms)
        writer.number_field(b"faults", services.faults)
        if journal.problem:
            writer.text_field(b"problem", journal.problem)
        await self._server.send()

    async def _time(self, values):
        services = self._services
        utc_ms = _number(values, "utc", 0, 1 << 48)
        err_ms = _number(values, "err", 0, 1 << 30)
        offset_s = _number(values, "offset", -86400, 86400)
        ms = services.uptime_ms()
        seq = services.set_utc(utc_ms, err_ms, offset_s)
        if not seq:
            raise RequestError(
                b"unsaved", "the clock is set, its record NOT SAVED: " + services.journal.problem.decode()
            )
        self._clock_seq = seq
        self._clock_ms = ms
        writer = self._server.begin(b"time")
        writer.number_field(b"seq", seq)
        writer.number_field(b"ms", ms)
        await self._server.send()

    async def _get(self, values):
        server = self._server
        journal = self._mounted_journal()
        next_seq = _number(values, "from", 1, 1 << 30)
        limit_bytes = _number(values, "bytes", 1, _MOST_GET_BYTES) if "bytes" in values else _GET_BYTES
        cursor = self._cursor
        cursor.seek(next_seq)
        writer = server.begin(b"get")
        writer.number_field(b"from", next_seq)
        await server.send()
        sent_bytes = 0
        items = 0
        steps = 0
        is_done = False
        while sent_bytes < limit_bytes:
            try:
                found = cursor.next()
            except OSError:
                raise RequestError(b"flash", "the flash cannot be read")
            if found == NOTHING:
                is_done = True
                break
            if found == RECORD:
                next_seq = cursor.seq + 1
                sent_bytes += cursor.length
                items += 1
                await server.send_raw(cursor.line, cursor.length)
            elif found == DAMAGED:
                items += 1
                await self._send_damage(cursor)
            steps += 1
            if not steps % _STEPS:
                await asyncio.sleep_ms(0)
        writer = server.begin(END)
        writer.number_field(b"next", next_seq)
        writer.number_field(b"items", items)
        writer.number_field(b"done", 1 if is_done else 0)
        writer.number_field(b"last", journal.last_seq)
        await server.send()

    async def _send_damage(self, cursor):
        part = 0
        while part < cursor.length:
            writer = self._server.begin(b"damaged")
            writer.number_field(b"sector", cursor.serial)
            writer.number_field(b"offset", cursor.offset)
            writer.number_field(b"length", cursor.length)
            writer.number_field(b"part", part)
            writer.text_field(b"data", cursor.line[part : min(part + _DAMAGE_BYTES, cursor.length)])
            await self._server.send()
            part += _DAMAGE_BYTES

    async def _commit(self, values):
        journal = self._mounted_journal()
        seq = _number(values, "seq", 1, 1 << 30)
        reason = journal.commit(_value(values, "epoch"), seq, _value(values, "crc"))
        if reason:
            raise RequestError(reason, _COMMIT_SAYS[reason])
        writer = self._server.begin(b"commit")
        writer.number_field(b"committed", journal.committed_seq)
        await self._server.send()

    async def _schedule(self, values):
        do = _value(values, "do")
        upload = self._upload
        if do == b"data":
            try:
                data = binascii.a2b_base64(_value(values, "data"))
            except ValueError:
                raise RequestError(b"argument", "data: base64")
            upload.add(_number(values, "offset", 0, 1 << 24), data)
        elif do in (b"begin", b"end"):
            size = _number(values, "size", 0, 1 << 24)
            crc = _value(values, "crc")
            if do == b"begin":
                upload.begin(size, crc)
            elif upload.end(size, crc):
                self._services.schedule_changed()
        else:
            raise RequestError(b"argument", "do: begin, data or end")
        writer = self._server.begin(b"schedule")
        writer.number_field(b"offset", upload.offset)
        await self._server.send()

    async def _settings(self, values):
        key = values.get("key", b"")
        at = _number(values, "at", 0, _MOST_ALL_BYTES) if "at" in values else 0
        if "value" in values:
            self._put_setting(key, at, values["value"], "more" in values)
        value = self._services.settings.get(key.decode())
        if value is None:
            raise RequestError(b"key", "there is no such setting")
        writer = self._server.begin(b"settings")
        writer.text_field(b"key", key)
        writer.number_field(b"size", len(value))
        writer.number_field(b"at", at)
        writer.text_field(b"value", value[at : at + _VALUE_BYTES] if "value" not in values else b"")
        await self._server.send()

    def _put_setting(self, key, at, part, is_more):
        if at == 0 or key != self._setting:
            self._setting = key
            self._setting_value = bytearray()
        value = self._setting_value
        if at > len(value) or at + len(part) > _MOST_VALUE_BYTES:
            raise RequestError(b"offset", "the parts of a setting come in order, 1024 bytes at most")
        value[at:] = part
        if is_more:
            return
        try:
            self._services.settings.put(key.decode(), bytes(value))
        except ValueError as error:
            raise RequestError(b"value", str(error))
        except OSError:
            raise RequestError(b"file", "the settings cannot be written to the device")

    async def _status(self, _values):
        writer = self._server.begin(b"status")
        words = self._services.status()
        if words:
            writer.raw(b" ")
            writer.raw(words)
        await self._server.send()

    async def _screen(self, _values):
        await send_picture(self._server, *self._services.panel_picture())

    async def _press(self, values):
        if not self._services.press:
            raise RequestError(b"unsupported", "only a simulated board can be pressed from here")
        self._services.press(_value(values, "button"), _number(values, "ms", 1, _MOST_MS))
        self._server.begin(b"press")
        await self._server.send()

    async def _repl(self, _values):
        self._server.begin(b"repl")
        await self._server.send()
        await self._server.flush()
        self._server.is_leaving = True
        self._services.leave_to_repl()

    def _mounted_journal(self):
        journal = self._services.journal
        if not journal.is_mounted:
            raise RequestError(b"journal", "no journal: " + journal.problem.decode())
        return journal


_COMMIT_SAYS = {
    b"epoch": "this device has another journal",
    b"missing": "the device has no such record",
    b"crc": "the device has another record under that number",
    b"full": "there is no room for the note; commit a later record",
    b"flash": "the flash did not keep the note",
}


def _value(values, key):
    value = values.get(key)
    if value is None:
        raise RequestError(b"argument", key + " is missing")
    return value


def _number(values, key, low, high):
    try:
        number = int(_value(values, key))
    except ValueError:
        raise RequestError(b"argument", key + ": a whole number")
    if not low <= number <= high:
        raise RequestError(b"argument", "%s: %d to %d" % (key, low, high))
    return number
