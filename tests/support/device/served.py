"""The real link server in this process, in virtual time; bad_line.py is the line to it.

The server's modules are written for MicroPython. What they need of it is modelled here, and as strict as an ESP32: a
read of more bytes than have arrived would block the whole device, and is an error.
"""

import asyncio
import io
import select
import sys
import types
from collections.abc import Coroutine, Generator, Iterator
from contextlib import contextmanager
from typing import Any

import clapmark.link.client
import clapmark.link.frame_reader
from clapmark.archive import record
from firmware.core.clock import Clock
from firmware.core.state import State
from tests.faults.journal.day import Handheld, History
from tests.faults.journal.flash import Flash, PowerCutError
from tests.faults.line.noise import BOOT_LOG


class BlockedError(Exception):
    """The device has asked for bytes that have not arrived: on an ESP32 everything would stand still."""


WAITING = "for input"


@types.coroutine
def _pause(why: str) -> Generator[str, None, None]:
    yield why


async def _sleep_ms(_ms: int) -> None:
    await _pause("for the other tasks")


class _Stdin:
    """What has arrived at the device."""

    def __init__(self) -> None:
        self.data = bytearray()

    def readinto(self, buffer: bytearray) -> int:
        if len(buffer) > len(self.data):
            raise BlockedError(f"{len(buffer)} bytes asked for, {len(self.data)} there")
        buffer[:] = self.data[: len(buffer)]
        del self.data[: len(buffer)]
        return len(buffer)


class _Poll:
    def register(self, stdin: _Stdin, _events: int) -> None:
        self._stdin = stdin

    def ipoll(self, _timeout_ms: int) -> Iterator[_Stdin]:
        if self._stdin.data:
            yield self._stdin


class _BytesIO(io.BytesIO):
    """MicroPython's: a number is how many bytes to reserve, not the content."""

    def __init__(self, reserved_bytes: int = 0) -> None:
        super().__init__()


class _Stdout:
    def __init__(self) -> None:
        self.data = bytearray()

    def write(self, data: bytes) -> int:
        self.data += data
        return len(data)


def _link_server() -> Any:
    """Return the class firmware.link.LinkServer, with MicroPython's modules modelled."""
    sys.modules.setdefault("micropython", types.ModuleType("micropython")).const = lambda value: value  # type: ignore[attr-defined]
    asyncio.sleep_ms = _sleep_ms  # type: ignore[attr-defined]
    asyncio.core = None  # type: ignore[attr-defined]
    from firmware.link import server, session
    from firmware.system import module_unloader

    module_unloader.sweep = lambda prefix="": (
        None
    )  # which modules are in memory makes no difference here, but takes time
    session.io = types.SimpleNamespace(BytesIO=_BytesIO)
    server.asyncio = types.SimpleNamespace(sleep_ms=_sleep_ms)
    server.select = types.SimpleNamespace(poll=_Poll, POLLIN=select.POLLIN)

    class LinkServer(server.LinkServer):  # type: ignore[misc]
        async def _input(self) -> None:
            while not self._in.data:  # MicroPython's event loop waits here, in a way that CPython does not know
                await _pause(WAITING)

    return LinkServer


class VirtualTime:
    """Stands for the module `time` in the link client."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def monotonic(self) -> float:
        return self.now_s


@contextmanager
def virtual_time() -> Iterator[VirtualTime]:
    """Let the link client wait without waiting."""
    made = VirtualTime()
    modules = (clapmark.link.client, clapmark.link.frame_reader)
    kept = [module.time for module in modules]  # type: ignore[attr-defined]
    for module in modules:
        module.time = made  # type: ignore[attr-defined]
    try:
        yield made
    finally:
        for module, real in zip(modules, kept, strict=True):
            module.time = real  # type: ignore[attr-defined]


class ServedDevice:
    """A device whose app is the real journal and the real link server. It survives power cuts by restarting."""

    def __init__(self, flash: Flash, history: History) -> None:
        self.flash = flash
        self.history = history
        self._run: Coroutine[Any, Any, None] | None = None
        self.start()

    def start(self) -> None:
        """Switch on; a power cut that is planned for the boot happens there, and then no other."""
        try:
            self._start()
        except PowerCutError:
            self.flash.power_up()
            self._start()

    def _start(self) -> None:
        self.close()
        self.handheld = Handheld(self.flash, self.history)
        self.journal = self.handheld.journal
        self.clock = Clock(0)
        self.clock_seq = self.clock_ms = 0
        self.board = types.SimpleNamespace(name=b"sim")
        self.state = State(self.board.name)
        self.stdin, self.stdout = _Stdin(), _Stdout()
        self._run = _link_server()(self.stdin, self.stdout, self).run()

    def close(self) -> None:
        """Switch off."""
        if self._run is not None:
            self._run.close()

    def uptime_ms(self) -> int:
        return self.handheld.ms

    def set_utc(self, utc_ms: int, _error_ms: int, _offset_s: int) -> int:
        self.clock.set_utc_ms(utc_ms, self.handheld.ms)
        self.clock_seq = self.handheld.set_time(utc_ms)
        self.clock_ms = self.handheld.ms
        return self.clock_seq

    def work(self) -> bytes:
        """Let the server do all it can; return what it has written. A power cut ends in a boot, and says so."""
        assert self._run is not None
        try:
            while self._run.send(None) is not WAITING:
                pass
        except PowerCutError:
            self.flash.power_up()
            said = bytes(self.stdout.data)
            self.start()
            return said + BOOT_LOG
        said = bytes(self.stdout.data)
        self.stdout.data.clear()
        return said

    def press(self, count: int) -> None:
        """Save some bookmarks; where a power cut hits, boot."""
        try:
            for _ in range(count):
                writer = self.handheld.begin(record.BOOKMARK)
                writer.text_field(b"tag", b"note")
                self.handheld.save(writer)
        except PowerCutError:
            self.flash.power_up()
            self.start()

    def idle(self) -> None:
        """Erase ahead and so on; where a power cut hits, boot."""
        try:
            self.handheld.idle()
        except PowerCutError:
            self.flash.power_up()
            self.start()
