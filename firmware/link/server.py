"""The serial server: waits for a line that is a request, and lets the session answer it (docs/link.md)."""

import asyncio
import os
import select
from asyncio import core  # type: ignore[attr-defined]  # the stubs leave it out

from micropython import const

from firmware.core.lines.frame_limits import LONG_REQUEST_BYTES
from firmware.link.session import Session

_DRAIN_BYTES = const(64)  # taken without a turn for the others
_CLOSED_MS = const(200)
_REQUEST = const(0x3F)
_LF = const(0x0A)
_CR = const(0x0D)


class LinkServer:
    """Reads requests from `stdin`, answers on `stdout` (the binary streams of sys).

    `junk_lines` counts the lines that were not a request; `is_leaving` is set when what follows is for the prompt.
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
        self._line = bytearray(LONG_REQUEST_BYTES)
        self._view = memoryview(self._line)
        self._length = 0
        self._session = Session(self)  # with its buffers, so that there is always memory for an answer

    async def run(self):
        """Serve until the app is left. Raises OSError if the line fails, for the supervisor to report."""
        while not self.is_leaving:
            length = await self._receive()
            if not await self._session.serve(self._view[:length]):
                self.junk_lines += 1

    def before_answer(self):
        """End the trial of an app that was just deployed: it answers, and this is not an error."""
        if not self._is_proven:
            self._is_proven = True
            try:
                os.remove("deploy-undo.py")  # it would bring the previous app back (docs/flashing.md)
            except OSError:
                pass  # nothing was deployed

    def is_alive(self):
        """Return whether the task waits for the laptop, or has sent something since the last call."""
        heard = self._is_waiting or self.was_heard
        self.was_heard = False
        return heard

    def rest(self):
        """Return whether no laptop has asked since the last call."""
        return not self._session.was_asked()

    def make_room(self):
        """Free what no request is using right now."""
        self._session.make_room()

    def drop_abandoned(self):
        """Free the buffers of a laptop that stopped sending. Call it every few seconds, on every screen."""
        self._session.drop_abandoned()

    def has_input(self):
        """Return whether the laptop has sent something that was not read yet."""
        for _ in self._poll.ipoll(0):
            return True
        return False

    async def _receive(self):
        """Wait for a line that might be a request, `_line[:length]` with its LF; return the length."""
        while True:
            self._is_waiting = True
            await self._input()
            self._is_waiting = False
            if not self._in.readinto(self._byte):
                await asyncio.sleep_ms(_CLOSED_MS)
                continue
            length = self._take(self._byte[0])
            taken = 1
            # a read of more than one byte would block the whole loop on an ESP32 until all of them have arrived
            while not length and taken < _DRAIN_BYTES and self.has_input():
                if not self._in.readinto(self._byte):
                    break
                length = self._take(self._byte[0])
                taken += 1
            if length:
                return length

    async def _input(self):
        # as asyncio.StreamReader does (MicroPython 1.23 to 1.29), whose module takes 1 KB
        yield core._io_queue.queue_read(self._in)

    def _take(self, byte):
        length = self._length
        if byte not in (_LF, _CR):
            if length < LONG_REQUEST_BYTES:
                self._line[length] = byte
            self._length = length + 1
            return 0
        self._length = 0
        if not length:
            return 0
        if length >= LONG_REQUEST_BYTES or self._line[0] != _REQUEST:
            self.junk_lines += 1
            return 0
        self._line[length] = _LF
        return length + 1
