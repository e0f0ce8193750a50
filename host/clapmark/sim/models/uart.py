"""The chip's serial port: between the firmware, which reads when it comes to it, and the laptop at the line's end."""

from collections.abc import Callable

from clapmark.sim.device import Device
from clapmark.sim.serial.serial_line import SerialLine
from clapmark.sim.serial.wire import Wire
from clapmark.sim.timeline import NEVER_US

RING_BYTES = 259  # what the ESP32 port keeps for a firmware that does not read; more is lost in silence
_UNSENT_BYTES = 256  # what it takes from the firmware before the line has carried it


class Uart:
    """A serial port at `baud` bits per second; None carries everything at once and loses nothing.

    `on_overrun` is called with the number of bytes that found the receive ring full.
    """

    def __init__(self, line: SerialLine, baud: int | None, on_overrun: Callable[[int], None]) -> None:
        self._line = line
        self._on_overrun = on_overrun
        self._to_chip = Wire(baud) if baud else None
        self._to_laptop = Wire(baud) if baud else None
        self._unread = b""

    @property
    def takes_output(self) -> bool:
        """Whether the firmware's bytes go on; if not, its next write waits."""
        return self._to_laptop is None or len(self._to_laptop) < _UNSENT_BYTES

    @property
    def has_work(self) -> bool:
        """Whether something is under way in either direction."""
        return bool(self._unread or self._to_chip or self._to_laptop)

    def next_us(self) -> int:
        """Return when a firmware that waits has something to read, in the chip's time."""
        return self._to_chip.next_us() if self._to_chip is not None else NEVER_US

    def send(self, data: bytes, now_us: int) -> None:
        """Take what the chip sends at `now_us`, which is the laptop's time here and in `carry`."""
        if self._to_laptop is None:
            self._line.send(data)
        elif self._line.plugged and self._line.is_open:
            self._to_laptop.put(data, now_us)

    def carry(self, now_us: int) -> None:
        """Hand the laptop what has arrived by `now_us`."""
        if self._to_laptop is not None:
            self._line.send(self._to_laptop.take(now_us))

    def receive(self, data: bytes, now_us: int) -> None:
        """Take what the laptop sends at `now_us`, which is the chip's time here and in `deliver`."""
        if self._to_chip is None:
            self._unread += data
        else:
            self._to_chip.put(data, now_us)

    def deliver(self, chip: Device, now_us: int) -> bool:
        """Pass the bytes that have arrived by `now_us` to the firmware; return whether there were any."""
        if self._to_chip is None:
            if self._unread:
                self._unread = self._unread[chip.write_serial(self._unread) :]
                return True
            return False
        data = self._to_chip.take(now_us)
        if data:
            kept = data[: max(0, RING_BYTES - chip.unread_bytes())]
            chip.write_serial(kept)
            if len(kept) < len(data):
                self._on_overrun(len(data) - len(kept))
        return bool(data)

    def ignore(self, now_us: int) -> None:
        """Lose what the laptop has sent: nothing reads it while the chip starts."""
        self._unread = b""
        if self._to_chip is not None:
            self._to_chip.take(now_us)

    def unplug(self) -> None:
        """Lose what is under way."""
        self._unread = b""
        for wire in (self._to_chip, self._to_laptop):
            if wire is not None:
                wire.clear()
