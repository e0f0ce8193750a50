"""The serial server: one request at a time, each answered with checked frames. docs/link.md is the protocol.

The server owns no state of the app; it asks a `services` object, which app.py provides:

    journal               the mounted Journal
    device_id, board_name, firmware_version    bytes
    schedule_path         text: where the schedule lies
    settings              get(name) -> bytes of JSON, or None if there is no such setting; b"" gives them all;
                          put(name, bytes of JSON), raises ValueError with a sentence
    faults                how many tasks have died since boot
    uptime_ms()           milliseconds since boot
    utc_ms()              wall clock, milliseconds since 1970, 0 while unknown
    set_utc(utc_ms, err_ms, offset_s) -> seq of the clock record, 0 if it could not be saved
    status() -> bytes     the live state as `key=value` words, values escaped (`core.line.escape`), at most 400 bytes
    panel_picture() -> (width, height, palette, pixels)    palette: 4 times R, G, B; pixels: framebuf.GS2_HMSB
    press(button, ms)     simulated boards only: press a button; None on others
    schedule_changed()    a new schedule is in place
    leave_to_repl()       end the app; called after the answer is out
"""

import asyncio
import select

from micropython import const

from firmware.core.frame import (
    ANSWER,
    ERROR,
    MAX_ANSWER_BYTES,
    MAX_REQUEST_BYTES,
    REQUEST,
    FrameWriter,
    RequestError,
    parse,
)
from firmware.core.line import LineError, fields
from firmware.link_verbs import Verbs

_PIECE_BYTES = const(256)  # 22 ms on the line at 115,200 baud, then other tasks have their turn
_LINE_BYTES = const(256)
_DRAIN_BYTES = const(64)  # taken without a turn for the others
_CLOSED_MS = const(200)
_LF = const(0x0A)
_CR = const(0x0D)


class LinkServer:
    """Reads requests from `stdin`, answers on `stdout` (the binary streams of sys).

    `requests` counts what was answered, `junk_lines` the lines that were no request.
    """

    def __init__(self, stdin, stdout, services):
        self.requests = 0
        self.junk_lines = 0
        self.is_leaving = False  # the next request is the prompt's
        self._stream = asyncio.StreamReader(stdin)
        self._in = stdin
        self._out = stdout
        self._poll = select.poll()
        self._poll.register(stdin, select.POLLIN)
        self._byte = bytearray(1)
        self._line = bytearray(_LINE_BYTES)
        self._line_view = memoryview(self._line)
        self._length = 0
        self._piece = bytearray(_PIECE_BYTES)
        self._piece_view = memoryview(self._piece)
        self._piece_length = 0
        self._writer = FrameWriter(MAX_ANSWER_BYTES)
        self._ident = 0
        self._verbs = Verbs(self, services)

    async def run(self):
        """Serve until the app is left. What a request does not expect is raised, for the supervisor to tell."""
        self._piece_length = 0
        while not self.is_leaving:
            length = await self._receive()
            try:
                request = parse(self._line_view[:length], REQUEST)
            except LineError:
                self.junk_lines += 1
                continue
            self.requests += 1
            self._ident = request.ident
            try:
                if length > MAX_REQUEST_BYTES:
                    raise RequestError(b"long", "a request has at most %d bytes" % MAX_REQUEST_BYTES)
                await self._verbs.serve(request.verb, fields(request.words))
            except RequestError as error:
                await self._refuse(error.code, error.say)
            except LineError as error:
                await self._refuse(b"argument", str(error))
            await self.flush()

    def begin(self, verb):
        """Start a frame of the answer; return its writer. `send` sends it."""
        self._writer.begin(ANSWER, self._ident, verb)
        return self._writer

    async def send(self):
        """Send the frame that was begun."""
        writer = self._writer
        length = writer.seal()
        await self.send_raw(b"\n", 1)
        await self.send_raw(writer.view, length)

    async def send_raw(self, data, length):
        """Send `data[:length]` as it is, a memoryview or bytes; it leaves in pieces of at most 256 bytes."""
        start = 0
        while start < length:
            at = self._piece_length
            count = min(length - start, _PIECE_BYTES - at)
            self._piece_view[at : at + count] = data[start : start + count]
            self._piece_length = at + count
            start += count
            if self._piece_length == _PIECE_BYTES:
                await self.flush()

    async def flush(self):
        """Write what is waiting, and let the other tasks have their turn."""
        length = self._piece_length
        start = 0
        while start < length:
            start += self._out.write(self._piece_view[start:length]) or 0
            await asyncio.sleep_ms(0)
        self._piece_length = 0

    async def _refuse(self, code, say):
        writer = self.begin(ERROR)
        writer.text_field(b"code", code)
        writer.text_field(b"say", say.encode()[:100])
        await self.send()

    async def _receive(self):
        """Wait for a line that might be a request; it is `_line[:length]`, LF included, length returned."""
        while True:
            if not await self._stream.readinto(self._byte):
                await asyncio.sleep_ms(_CLOSED_MS)
                continue
            length = self._take(self._byte[0])
            taken = 1
            # a read of more than one byte would block the whole loop on an ESP32 until all of them are there
            while not length and taken < _DRAIN_BYTES and self._is_ready():
                if not self._in.readinto(self._byte):
                    break
                length = self._take(self._byte[0])
                taken += 1
            if length:
                return length

    def _is_ready(self):
        for _ in self._poll.ipoll(0):
            return True
        return False

    def _take(self, byte):
        length = self._length
        if byte not in (_LF, _CR):
            if length < _LINE_BYTES - 1:
                self._line[length] = byte
            self._length = length + 1
            return 0
        self._length = 0
        if not length:
            return 0
        if length >= _LINE_BYTES or self._line[0] != REQUEST[0]:
            self.junk_lines += 1
            return 0
        self._line[length] = _LF
        return length + 1
