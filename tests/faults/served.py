"""The real link server in this process, at the end of a line that spoils what it carries; time is virtual.

The server's modules are written for MicroPython. What they need of it is modelled here, and as strict as an ESP32: a
read of more bytes than have arrived would block the whole device, and is an error.
"""

import asyncio
import select
import sys
import types
from collections.abc import Coroutine, Generator, Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

import clapmark.link
import clapmark.link_stream
from clapmark.transport import LinkLostError
from firmware.core import record
from firmware.core.clock import Clock
from tests.faults.day import Handheld, History
from tests.faults.flash import CUTS, Flash, PowerCutError
from tests.faults.noise import BOOT_LOG, MIXES

RING_BYTES = 259  # the ESP32's receive ring (DESIGN.md, "ESP32 facts")
STALL_S = 0.15  # a flash erase
BYTE_S = 10 / 115_200


class BlockedError(Exception):
    """The device has asked for bytes that have not arrived: on an ESP32 everything would stand still."""


class HostKilledError(BaseException):
    """The laptop's process is gone; nothing that runs in it may catch this."""


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
    from firmware import link, overlay

    overlay.sweep = lambda prefix="": None  # which modules are in memory makes no difference here, but takes time
    link.asyncio = types.SimpleNamespace(sleep_ms=_sleep_ms)
    link.select = types.SimpleNamespace(poll=_Poll, POLLIN=select.POLLIN)

    class LinkServer(link.LinkServer):  # type: ignore[misc]
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
    modules = (clapmark.link, clapmark.link_stream)
    kept = [module.time for module in modules]  # type: ignore[attr-defined]
    for module in modules:
        module.time = made  # type: ignore[attr-defined]
    try:
        yield made
    finally:
        for module, real in zip(modules, kept, strict=True):
            module.time = real  # type: ignore[attr-defined]


class ServedDevice:
    """A device whose app is the real journal and the real link server. It survives power cuts by starting anew."""

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
        self.state = types.SimpleNamespace(fault_count=0)
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


class Trouble:
    """What goes wrong on one line, drawn from `random`; everything 0 is a good line."""

    def __init__(self, random: Random, percent: int = 0) -> None:
        self.random = random
        self.percent = percent  # of all transfers that are spoiled
        self.kill_at = -1  # number of the transfer at which the laptop is killed
        self.unplug_at = -1  # ... at which the cable is pulled
        self.cut_at = -1  # ... before which a power cut is planned
        self.press_percent = 0  # of all transfers in which somebody presses
        self.stall_percent = 0  # of all requests during which the device does not look for a while
        self.flood_percent = 0  # of all requests before which somebody else writes to the port


def random_junk(random: Random) -> bytes:
    """Return what a program that looks for a modem writes, or noise, up to a full receiver and more."""
    return random.choice((b"AT\r\nAT+GCAP\r", b"\r\n" * 20, b"?" * 150, random.randbytes(random.randint(1, 400))))


class Line:
    """A transport to a ServedDevice. The device's receiver holds 259 bytes; what comes on top is lost."""

    name = "line"

    def __init__(self, device: ServedDevice, time: VirtualTime, trouble: Trouble) -> None:
        self._device = device
        self._time = time
        self._trouble = trouble
        self._to_device = b""
        self._to_host = b""
        self._late = b""
        self._stalled_until_s = 0.0
        self.transfers = 0
        self.faults = 0
        self.lost_in_ring = 0
        self.after_work = lambda: None

    def write(self, data: bytes) -> None:
        self._count()
        if self._chance(self._trouble.flood_percent):
            self.faults += 1
            self._to_device += random_junk(self._trouble.random)
        self._to_device += self._spoil(data)
        if self._chance(self._trouble.stall_percent):
            self.faults += 1
            self._stalled_until_s = self._time.now_s + STALL_S
        if self._chance(self._trouble.press_percent):
            self._device.press(1)

    def read(self, timeout_s: float) -> bytes:
        self._count()
        self._late, late = b"", self._late
        self._to_host += late
        if self._time.now_s < self._stalled_until_s:
            self._arrive(len(self._to_device))
            self._time.now_s = min(self._stalled_until_s, self._time.now_s + max(0.0, timeout_s))
        if self._time.now_s >= self._stalled_until_s:
            self._let_work()
        if not self._to_host:
            self._time.now_s += max(0.0, timeout_s)
            return b""
        length = self._trouble.random.randint(1, 4096) if self._trouble.percent else len(self._to_host)
        piece, self._to_host = self._to_host[:length], self._to_host[length:]
        self._time.now_s += len(piece) * BYTE_S
        return piece

    def _let_work(self) -> None:
        """Let the device take what arrives in pieces, as it looks more often than a request has bytes."""
        while True:
            self._arrive(self._trouble.random.randint(1, 64))
            self._to_host += self._spoil(self._device.work())
            self.after_work()
            if not self._to_device:
                return

    def _arrive(self, count: int) -> None:
        piece, self._to_device = self._to_device[:count], self._to_device[count:]
        self._time.now_s += len(piece) * BYTE_S
        ring = self._device.stdin.data
        room = max(0, RING_BYTES - len(ring))
        self.lost_in_ring += max(0, len(piece) - room)
        ring += piece[:room]

    def close(self) -> None:
        """Nothing to let go of."""

    def _chance(self, percent: int) -> bool:
        return percent > 0 and self._trouble.random.randrange(100) < percent

    def _count(self) -> None:
        trouble = self._trouble
        number = self.transfers
        self.transfers = number + 1
        if number == trouble.cut_at:
            self.faults += 1
            self._device.flash.cut(0, trouble.random.choice(CUTS))
        if number == trouble.unplug_at:
            self.faults += 1
            raise LinkLostError("the cable was pulled")
        if number == trouble.kill_at:
            self.faults += 1
            raise HostKilledError

    def _spoil(self, data: bytes) -> bytes:
        if not data or not self._chance(self._trouble.percent):
            return data
        self.faults += 1
        random = self._trouble.random
        match random.randrange(5):
            case 0:
                return b""
            case 1:
                return data + data
            case 2:
                self._late += data  # and comes with the next answer
                return b""
            case _:
                return random.choice(MIXES)(data, random)
