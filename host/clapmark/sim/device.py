"""The device's process: MicroPython with the hardware models, at the end of two pipes and a serial line.

The messages are described in hardware/sim_world.py, which is their other end.
"""

import fcntl
import os
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from clapmark.sim.serial.serial_out import SerialOut

_MESSAGE = struct.Struct("<BBHI")
_ANSWER = struct.Struct("<IIBBBB")
_WORDS = struct.Struct("<III")
_FIRST_I2C = 4
_PIECE_BYTES = 1 << 16
_PIPE_BYTES = 1 << 20


@dataclass(frozen=True)
class Ask:
    """The device waits for time: `wait` is true where input may end the wait."""

    us: int
    wait: bool


class Board(Protocol):
    """What is wired to the chip; the calls come in the order of the messages."""

    def time_left(self, left_us: int) -> None:
        """The message that follows happened this long before the grant's end."""

    def pin(self, pin: int, level: int) -> None:
        """The chip drives a pin."""

    def wave(self, pin: int, *, duty: int | None = None, hz: int | None = None) -> None:
        """The chip changes a square wave."""

    def bus_pins(self, bus: int, clock: int, data: int) -> None:
        """The chip sets a bus up on two pins. Buses 1 and 2 are SPI, 4 and 5 are I2C(0) and I2C(1)."""

    def bus(self, bus: int, data: bytes) -> None:
        """The chip writes to an SPI bus."""

    def i2c(self, bus: int, address: int, data: bytes) -> int:
        """The chip writes to an I2C device; return 0, or the number of the error that it gets."""

    def microvolts(self, pin: int) -> int:
        """Return the voltage of an ADC pin."""

    def rtc_us(self) -> int:
        """Return what the RTC shows, since 2000."""

    def set_rtc(self, since_2000_us: int) -> None:
        """The firmware sets the RTC."""

    def identity(self) -> tuple[int, bytes, int]:
        """Return why the chip started, its six bytes of MAC address, and what it is (wiring.Chip)."""

    def random_byte(self) -> int:
        """Return what the chip's random number generator gives."""

    def watchdog(self, timeout_ms: int) -> None:
        """The watchdog bites in `timeout_ms` unless this is called again."""

    def program(self, address: int, data: bytes) -> tuple[int, int]:
        """Begin to program the flash; return (microseconds, 0), or (0, error number)."""

    def erase(self, address: int) -> tuple[int, int]:
        """Begin to erase a sector of the flash; return as `program` does."""

    def dropped(self, pin: int) -> None:
        """An edge found the interrupt queue full."""

    def asked_for_reset(self, cause: int) -> None:
        """The chip resets itself."""

    def ended(self, failed: bool) -> None:
        """main.py returned, or an exception escaped from it."""


class Device:
    """A running device. `traffic` and `serial_out` are descriptors to wait on.

    The folder `state` has the device's file system in `files`, and the modules in `models` and `app`. Their paths are
    short and the same everywhere, because each module keeps its own in the heap.
    """

    def __init__(self, command: Sequence[str], state: Path, log: IO[bytes]) -> None:
        self.traffic, to_world = os.pipe()
        from_world, self._answers = os.pipe()
        serial_in, self._serial_in = os.pipe()
        self._out = SerialOut()
        self.serial_out = self._out.fileno()
        _widen(self.traffic)
        os.set_blocking(self.traffic, False)
        os.set_blocking(self._serial_in, False)
        inherited = (to_world, from_world, self._out.raw)
        try:
            self._process = subprocess.Popen(
                [*command, "../models/start.py", *map(str, inherited), "../app"],
                stdin=serial_in,
                stdout=self._out.text,
                stderr=log,
                cwd=state / "files",
                pass_fds=inherited,
                env={"HOME": str(state), "TZ": "UTC0"},  # utime.mktime takes local time
                start_new_session=True,  # Ctrl-C is for the world
            )
        finally:
            self._out.started()
            for descriptor in (to_world, from_world, serial_in):
                os.close(descriptor)
        self._in = bytearray()
        self._to_flash = b""
        self._to_i2c = b""
        self._rtc_seconds = 0

    def boot(self, levels: bytes, ticks_ms: int) -> None:
        """Start boot.py; `levels` are those of the 40 pins, `ticks_ms` is below 2**30."""
        self._tell(levels + _WORDS.pack(ticks_ms, 0, 0))

    def read_traffic(self, board: Board) -> Ask | None:
        """Tell the board what came from the chip; return the Ask if it waits now. Raises EOFError when it is dead."""
        ask = None
        while ask is None:
            try:
                data = os.read(self.traffic, _PIECE_BYTES)
            except BlockingIOError:
                return None
            if not data:
                raise EOFError
            self._in += data
            ask = self._take_messages(board)
        return ask

    def answer(
        self, moved_us: int, free_us: int, *, paced: bool, pin: int | None = None, level: int = 0, late_ms: int = 0
    ) -> None:
        """Let the chip go on: `moved_us` have passed, `free_us` are its own, and perhaps a pin has a new level.

        The interrupt of that pin is served `late_ms` (0 to 255) after the level changed.
        """
        self._tell(_ANSWER.pack(moved_us, free_us, 1 if paced else 0, 0 if pin is None else pin + 1, level, late_ms))

    def read_serial(self) -> bytes:
        """Return a piece of what the device wrote to its serial line, b"" if there is nothing."""
        return self._out.read()

    def unread_bytes(self) -> int:
        """Return how many bytes of `write_serial` the firmware has not read yet."""
        count = bytearray(4)
        fcntl.ioctl(self._serial_in, termios.FIONREAD, count)
        return int.from_bytes(count, sys.byteorder)

    def write_serial(self, data: bytes) -> int:
        """Send bytes to the device's serial line; return how many it accepted."""
        if b"\x03" in data and self._catches_interrupts():
            self._process.send_signal(signal.SIGINT)  # 0x03 raises KeyboardInterrupt until micropython.kbd_intr(-1)
        try:
            return os.write(self._serial_in, data)
        except BlockingIOError:
            return 0
        except BrokenPipeError:
            return len(data)

    def kill(self) -> None:
        """Take the power away."""
        self._process.kill()
        self._process.wait()
        for descriptor in (self.traffic, self._answers, self._serial_in):
            os.close(descriptor)
        self._out.close()

    def _take_messages(self, board: Board) -> Ask | None:
        buffer = self._in
        place = 0
        ask = None
        while ask is None and len(buffer) - place >= _MESSAGE.size:
            kind, number, value, word = _MESSAGE.unpack_from(buffer, place)
            following = place + _MESSAGE.size
            match chr(kind):
                case "S":
                    if len(buffer) - following < value:
                        break
                    data = bytes(buffer[following : following + value])
                    following += value
                    board.time_left(word)
                    if number >= _FIRST_I2C:
                        self._to_i2c = data
                    elif number:
                        board.bus(number, data)
                    else:
                        self._to_flash += data
                case "W" | "B":
                    ask = Ask(word, chr(kind) == "W")
                case "C" | "I" | "Y" | "w" | "e" | "u":
                    self._tell(self._answer_to(board, chr(kind), word))
                case "i":
                    self._tell(_WORDS.pack(board.i2c(number, word, self._to_i2c), 0, 0))
                case "V":
                    self._tell(_WORDS.pack(board.microvolts(number), 0, 0))
                case "c":
                    self._rtc_seconds = word
                case "R":
                    board.asked_for_reset(number)
                case "E":
                    board.ended(bool(number))
                case other:
                    board.time_left(word)
                    _tell_board(board, other, number, value)
            place = following
        del buffer[:place]
        return ask

    def _answer_to(self, board: Board, question: str, word: int) -> bytes:
        match question:
            case "C":
                return _WORDS.pack(*divmod(board.rtc_us(), 1_000_000), 0)
            case "I":
                cause, address, chip = board.identity()
                return cause.to_bytes(4, "little") + address + chip.to_bytes(2, "little")
            case "Y":
                return _WORDS.pack(board.random_byte(), 0, 0)
            case "w":
                data, self._to_flash = self._to_flash, b""
                return _WORDS.pack(*board.program(word, data), 0)
            case "e":
                return _WORDS.pack(*board.erase(word), 0)
            case _:
                board.set_rtc(self._rtc_seconds * 1_000_000 + word)
                return _WORDS.pack(0, 0, 0)

    def _tell(self, data: bytes) -> None:
        try:
            os.write(self._answers, data)
        except BrokenPipeError:
            return  # it died while it waited; the next read says so

    def _catches_interrupts(self) -> bool:
        status = Path(f"/proc/{self._process.pid}/status").read_text(encoding="ascii", errors="replace")
        caught = next((line.split()[1] for line in status.splitlines() if line.startswith("SigCgt")), "0")
        return bool(int(caught, 16) >> (signal.SIGINT - 1) & 1)


def _tell_board(board: Board, kind: str, number: int, value: int) -> None:
    match kind:
        case "P":
            board.pin(number, value)
        case "D":
            board.wave(number, duty=value)
        case "F":
            board.wave(number, hz=value)
        case "K":
            board.bus_pins(number, value & 0xFF, value >> 8)
        case "L":
            board.dropped(number)
        case "G":
            board.watchdog(number << 16 | value)


def _widen(pipe: int) -> None:
    """Enlarge the pipe to hold a whole picture, so that the device seldom waits for the world."""
    try:
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
    except OSError:
        return  # the user's pipe budget is used up: slower, not wrong
