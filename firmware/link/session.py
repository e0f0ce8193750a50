"""Requests and answers. docs/link.md is the protocol.

`firmware.link.sync_verbs` answers the verbs of a sync. `firmware.link.verbs` has one module for each of the others,
with `async def serve(session, values)`: it answers with what `session.context` (firmware.context.Context) knows, or
raises RequestError. Every request is answered.
"""

import asyncio
import gc
import io
import sys

from micropython import const

from firmware.core.lines.fields import LineError, fields, is_printable
from firmware.core.lines.frame_limits import ANSWER_BYTES, LONG_REQUEST_BYTES, PACKED_BYTES, REQUEST_BYTES
from firmware.core.lines.line import LineWriter, body_length
from firmware.link import sync_verbs
from firmware.link.request import RequestError
from firmware.system import module_unloader

_MOST_ID_DIGITS = const(3)
_PIECE_BYTES = const(256)  # 22 ms on the line at 115,200 baud, then other tasks have their turn
_ABANDONED_MS = const(5000)  # a laptop repeats a request after 1.5 s, so one that is silent for longer is gone
_SAY_BYTES = const(200)  # escaped, in an error frame


_LOADED = {
    b"commit": sync_verbs.serve_commit,
    b"get": sync_verbs.serve_get,
    b"hello": sync_verbs.serve_hello,
    b"status": sync_verbs.serve_status,
    b"time": sync_verbs.serve_time,
}


class Session:
    """Serves requests one by one, and keeps what a verb of several requests needs between them.

    `setting` is (name, value so far) of a setting that is being changed, `setting_text` (name, JSON) of one being read.
    `commands` has (id, why it was refused or b"") of the newest commands of `control`, so that none is done twice.
    """

    def __init__(self, server):
        self.context = server.context
        self.server = server
        self.setting = None
        self.setting_text = None
        self.commands = ()
        self.failures = 0  # requests that failed in a way that no verb expects
        self._writer = LineWriter(ANSWER_BYTES)
        self._reserve = io.BytesIO(PACKED_BYTES)  # an upload's; freed when memory runs out, so that this can be said
        self._ident = 0
        self._verb = b""
        self._has_sent = False
        self._is_serving = False
        self._upload = None  # firmware.link.upload.Upload
        self._kept = None  # what an upload that was interrupted needs to continue
        self._asked_ms = self.context.uptime_ms()
        self._was_asked = True

    def was_asked(self):
        """Return whether there was a request since the last call."""
        was_asked = self._was_asked
        self._was_asked = False
        return was_asked

    def open_upload(self):
        """Return the Upload of the schedule, which continues one that was interrupted. Raises MemoryError."""
        self.context.on_upload(not self._upload)
        if not self._upload:
            from firmware.core.schedule import SCHEDULE_PATH
            from firmware.link.upload import Upload

            if not self._reserve:
                self._restore_reserve()
                if not self._reserve:
                    raise MemoryError
            # it unpacks while no answer is begun, so the answer's buffer is free
            self._upload = Upload(SCHEDULE_PATH, self._kept, self._reserve, self._writer.view)
        return self._upload

    def make_room(self):
        """Free the buffers that no request is using right now: a part of the app is about to be loaded."""
        if not self._is_serving:
            self.drop()

    def drop_abandoned(self):
        """Free the buffers of a laptop that has been silent for five seconds."""
        if self._holds_buffers() and self.context.uptime_ms() - self._asked_ms > _ABANDONED_MS:
            self.drop()

    def drop(self):
        """Free all buffers of requests that belong together. An upload can still be continued."""
        self.setting = self.setting_text = None
        if self._upload:
            self._kept = self._upload.suspend()
            self._upload = None

    async def serve(self, line):
        """Answer the request in `line`; return False if it is not a request, or damaged."""
        self._was_asked = True
        self._asked_ms = self.context.uptime_ms()
        length = len(line)
        end = body_length(line, length)
        ident = _ident_of(line, end)
        if ident is None:
            return False
        self._ident = ident
        self._has_sent = False
        self._is_serving = True
        code, say = await self._try(line, length, end)
        if code == "memory":
            self._free_memory()
            if not self._has_sent:  # requests may be repeated
                code, say = await self._try(line, length, end)
                if code == "offset":  # of what was just freed
                    code = "memory"
            if code == "memory":
                self._free_memory()
        if code:
            writer = self.begin(b"error")
            writer.text_field(b"code", code.encode())
            writer.text_field(b"say", say, _SAY_BYTES)
            await self.send(is_error=True)
        if not self._reserve:
            self._restore_reserve()
        self._is_serving = False
        self._asked_ms = self.context.uptime_ms()
        return True

    def begin(self, verb):
        """Start a frame of the answer; return its writer. `send` sends it."""
        writer = self._writer
        writer.clear()
        writer.raw(b"!")
        writer.number(self._ident)
        writer.raw(b" ")
        writer.raw(verb)
        return writer

    async def send(self, is_error=False):
        """Send the frame that was begun."""
        if not is_error:
            self.server.before_answer()
        length = self._writer.seal()
        await self.send_raw(b"\n", 1)
        await self.send_raw(self._writer.view, length)

    async def send_raw(self, data, length):
        """Send `data[:length]`, a memoryview or bytes, in pieces, with a turn for the other tasks after each."""
        start = 0
        self.server.was_heard = True
        self._has_sent = True
        while start < length:
            start += self.server.out.write(data[start : min(length, start + _PIECE_BYTES)]) or 0
            await asyncio.sleep_ms(0)

    async def _try(self, line, length, end):
        """Answer the request; return ("", b""), or the code and the text of the error to answer with."""
        try:
            words = bytes(line[:end]).split(b" ")
            verb = words[1]
            if length > (LONG_REQUEST_BYTES if verb == b"schedule" else REQUEST_BYTES):
                return "long", b""
            if not is_printable(line, end):
                return "argument", b"not ASCII"
            if verb == b"hello":
                self.drop()  # a new laptop, or the same one again: what was going on before is abandoned
            serving = self._handler(verb)(self, fields(words[2:]))
            words = None  # the verb alone keeps them, as long as it needs them
            await serving
        except RequestError as error:
            return error.args
        except LineError as error:
            return "argument", str(error).encode()
        except MemoryError:
            return "memory", b""
        except Exception as error:  # noqa: BLE001  the laptop gets an answer for any error in a verb
            return "failed", self._report(error)
        return "", b""

    def _report(self, error):
        """Report an error in our own code: on the line, and in the journal for the 1st, 2nd, 4th, 8th ... one."""
        self.failures += 1
        sys.print_exception(error)
        text = ("%s %s" % (type(error).__name__, error)).encode()
        if not self.failures & (self.failures - 1):
            self.context.write_fault_record(b"link", text)
        return text

    def _handler(self, verb):
        if verb in _LOADED:
            return _LOADED[verb]
        if verb != self._verb:
            self.drop()  # an upload is interrupted, for example by a screenshot: it can be continued
            for prefix in ("firmware.link.verbs.", "firmware.link.upload", "firmware.boards."):
                module_unloader.sweep(prefix)
            self._verb = verb
        if not verb.isalpha():  # a name in the folder, nothing else
            raise RequestError("verb")
        try:
            return __import__("firmware.link.verbs." + verb.decode(), None, None, ("serve",)).serve
        except ImportError:
            raise RequestError("verb")

    def _holds_buffers(self):
        return self._upload or self.setting or self.setting_text

    def _free_memory(self):
        self._reserve = None
        self.drop()
        module_unloader.sweep()  # modules imported since the start are imported again when needed
        gc.collect()

    def _restore_reserve(self):
        gc.collect()
        try:
            self._reserve = io.BytesIO(PACKED_BYTES)
        except MemoryError:
            pass  # the next request tries again


def _ident_of(line, end):
    """Return the ID of the request whose body is `line[:end]`, or None if it has none."""
    number = 0
    position = 1
    while position < end and line[position] != 0x20:
        digit = line[position] - 0x30
        if not 0 <= digit <= 9 or position > _MOST_ID_DIGITS:
            return None
        number = number * 10 + digit
        position += 1
    return number if 1 < position < end else None
