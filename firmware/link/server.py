"""The serial server's resident part: it waits for a line that is a request. docs/link.md is the protocol.

What answers (`firmware.link.session`, `firmware.link.verbs`) is in memory only while a laptop asks.
"""

import asyncio
import select
from asyncio import core  # type: ignore[attr-defined]  # the stubs leave it out

from micropython import const

_LINE_BYTES = const(256)
_DRAIN_BYTES = const(64)  # taken without a turn for the others
_CLOSED_MS = const(200)
_REQUEST = const(0x3F)
_LF = const(0x0A)
_CR = const(0x0D)


class LinkServer:
    """Reads requests from `stdin`, answers on `stdout` (the binary streams of sys).

    `context` (firmware.context.Context) is what the verbs work on. `junk_lines` counts the lines that
    were no request; `is_leaving` is set when the next input is for the REPL.
    """

    def __init__(self, stdin, stdout, context):
        self.context = context
        self.out = stdout
        self.junk_lines = 0
        self.is_leaving = False
        self.was_heard = True  # something was sent
        self._is_proven = False  # a request was answered, so this app works
        self._is_waiting = False
        self._in = stdin
        self._poll = select.poll()
        self._poll.register(stdin, select.POLLIN)
        self._byte = bytearray(1)
        self._line = bytearray(_LINE_BYTES)
        self._length = 0
        self._exchange = None

    async def run(self):
        """Serve until the app is left. What a request does not expect is raised, for the supervisor to tell."""
        while not self.is_leaving:
            length = await self._receive()
            if not self._exchange:
                from firmware.link.session import Exchange

                self._exchange = Exchange(self)
            if not await self._exchange.serve(memoryview(self._line)[:length]):
                self.junk_lines += 1

    def before_answer(self):
        """End the trial of an app that was just deployed: it answers, and this is no error."""
        if not self._is_proven:
            self._is_proven = True
            from firmware.system import deploy_trial

            deploy_trial.keep_this_app()

    def is_alive(self):
        """Return whether the task waits for the laptop, or has sent something since the last call."""
        heard = self._is_waiting or self.was_heard
        self.was_heard = False
        return heard

    def rest(self):
        """Give back what only answering needs if nobody has asked since the last call; return whether it is gone."""
        if self._exchange and not self._exchange.is_busy():
            self._exchange = None
        return self._exchange is None

    async def _receive(self):
        """Wait for a line that might be a request; it is `_line[:length]`, LF included, length returned."""
        while True:
            self._is_waiting = True
            await self._input()
            self._is_waiting = False
            if not self._in.readinto(self._byte):
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

    async def _input(self):
        # what asyncio.StreamReader does (MicroPython 1.23 to 1.29), whose module takes 1 KB
        yield core._io_queue.queue_read(self._in)

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
        if length >= _LINE_BYTES or self._line[0] != _REQUEST:
            self.junk_lines += 1
            return 0
        self._line[length] = _LF
        return length + 1
