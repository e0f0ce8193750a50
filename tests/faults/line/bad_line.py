"""A line between laptop and device that loses, doubles, delays and damages what it carries; time is virtual."""

from random import Random

from clapmark.link.serial_port import LinkLostError
from tests.faults.journal.flash import CUTS
from tests.faults.line.noise import MIXES
from tests.support.device.served import ServedDevice, VirtualTime

RING_BYTES = 259  # the ESP32's receive ring (DESIGN.md, "ESP32 facts")
STALL_S = 0.15  # a flash erase
BYTE_S = 10 / 115_200


class HostKilledError(BaseException):
    """The laptop's process is gone; nothing that runs in it may catch this."""


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
        """Nothing to close."""

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
