"""Requests and answers, in memory while a laptop asks. docs/link.md is the protocol.

`firmware.link.verbs` has one module for each verb, with `async def serve(exchange, values)`: it answers with what
`exchange.context` (firmware.context.Context) holds, or raises RequestError. Only the verb that was asked last is in
memory.
"""

import asyncio

from micropython import const

from firmware.core.fields import LineError, fields
from firmware.core.line import LineWriter, body_length
from firmware.link.request import RequestError
from firmware.system import module_unloader

_REQUEST_BYTES = const(200)
_ANSWER_BYTES = const(400)
_IDS = const(1000)
_PIECE_BYTES = const(256)  # 22 ms on the line at 115,200 baud, then other tasks have their turn


class Exchange:
    """Serves requests one by one. `upload` and `setting` are what a verb of several requests keeps between them."""

    def __init__(self, server):
        self.context = server.context
        self.server = server
        self.upload = None  # firmware.link.upload.Upload
        self.setting = None  # name and value so far
        self._writer = LineWriter(_ANSWER_BYTES)
        self._ident = 0
        self._verb = b""
        self._was_asked = True

    def is_busy(self):
        """Return whether there was a request since the last call, or an upload is not complete."""
        was_asked = self._was_asked
        self._was_asked = False
        return was_asked or (self.upload is not None and self.upload.is_open)

    async def serve(self, line):
        """Answer the request in `line`; return False if it is none, or damaged."""
        self._was_asked = True
        end = body_length(line, len(line))
        words = bytes(line[1:end]).split(b" ") if end > 0 else ()
        if len(words) < 2 or not words[0].isdigit() or int(words[0]) >= _IDS:
            return False
        self._ident = int(words[0])
        code = say = b""
        try:
            if len(line) > _REQUEST_BYTES:
                raise RequestError(b"long")
            await self._handler(words[1])(self, fields(words[2:]))
        except RequestError as error:
            code, say = error.args
        except LineError:
            code = b"argument"
        except MemoryError:
            code = b"memory"
        if code:
            writer = self.begin(b"error")
            writer.text_field(b"code", code)
            writer.text_field(b"say", say[:100])
            await self.send(is_error=True)
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
        while start < length:
            start += self.server.out.write(data[start : min(length, start + _PIECE_BYTES)]) or 0
            await asyncio.sleep_ms(0)

    def _handler(self, verb):
        if verb != self._verb:
            module_unloader.sweep("firmware.link.verbs.")
            module_unloader.sweep("firmware.boards.")
            self._verb = verb
        if not verb.isalpha():  # a name in the folder, nothing else
            raise RequestError(b"verb")
        try:
            return __import__("firmware.link.verbs." + verb.decode(), None, None, ("serve",)).serve
        except ImportError:
            raise RequestError(b"verb")
