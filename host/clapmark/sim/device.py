"""The device's process: MicroPython with the hardware models, at the end of two pipes and a serial line.

The messages are described in hardware/sim_world.py, which is their other end.
"""

import os
import signal
import struct
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

_MESSAGE = struct.Struct("<BBHI")
_ANSWER = struct.Struct("<IIBBBx")
_BOOT = struct.Struct("<40sB6sIIIIB")
_PIECE_BYTES = 1 << 16
_PIPE_BYTES = 1 << 20


@dataclass(frozen=True)
class BootBlock:
    """What the chip finds at power-up: levels of 40 pins, why it starts, who it is, its clocks.

    `rtc_us` counts since 2000, `ticks_ms` is below 2**30, `seed` 0 stands for real randomness.
    """

    levels: bytes
    cause: int
    unique_id: bytes
    rtc_us: int
    ticks_ms: int
    seed: int

    def pack(self) -> bytes:
        """Return the 64 bytes that sim_world.py reads first."""
        seconds, microseconds = divmod(self.rtc_us, 1_000_000)
        seed = self.seed & 0x3FFFFFFF
        packed = _BOOT.pack(
            self.levels, self.cause, self.unique_id, seconds, microseconds, self.ticks_ms, seed, 2 if seed else 0
        )
        return packed.ljust(64, b"\0")


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

    def bus(self, bus: int, data: bytes) -> None:
        """The chip writes to a bus."""

    def rtc(self, since_2000_us: int) -> None:
        """The firmware sets the RTC."""

    def dropped(self, pin: int) -> None:
        """An edge found the interrupt queue full."""

    def violation(self, text: str) -> None:
        """The firmware broke a rule of the flash."""

    def asked_for_reset(self, cause: int) -> None:
        """The chip resets itself."""

    def ended(self, failed: bool) -> None:
        """main.py returned, or an exception escaped from it."""


class Device:
    """A running device. `traffic` and `serial_out` are descriptors to wait on."""

    def __init__(
        self, command: Sequence[str], folders: Sequence[Path], state: Path, boot: BootBlock, log: IO[bytes]
    ) -> None:
        self.traffic, to_world = os.pipe()
        from_world, self._answers = os.pipe()
        serial_in, self._serial_in = os.pipe()
        self.serial_out, serial_out = os.pipe()
        _widen(self.traffic)
        os.set_blocking(self.traffic, False)
        os.set_blocking(self.serial_out, False)
        os.set_blocking(self._serial_in, False)
        hardware, *modules = [str(folder) for folder in folders]
        arguments = [*command, f"{hardware}/start.py", str(state), str(to_world), str(from_world), *modules]
        try:
            self._process = subprocess.Popen(
                arguments,
                stdin=serial_in,
                stdout=serial_out,
                stderr=log,
                cwd=state / "files",
                pass_fds=(to_world, from_world),
                env={"HOME": str(state)},
                start_new_session=True,  # Ctrl-C is for the world
            )
        finally:
            for descriptor in (to_world, from_world, serial_in, serial_out):
                os.close(descriptor)
        os.write(self._answers, boot.pack())
        self._in = bytearray()
        self._rtc_seconds = 0

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

    def answer(self, moved_us: int, free_us: int, *, paced: bool, pin: int | None = None, level: int = 0) -> None:
        """Let the chip go on: `moved_us` have passed, `free_us` are its own, and perhaps a pin has a new level."""
        self._tell(_ANSWER.pack(moved_us, free_us, 1 if paced else 0, 0 if pin is None else pin + 1, level))

    def read_serial(self) -> bytes:
        """Return what the device wrote to its serial line, if anything."""
        try:
            return os.read(self.serial_out, _PIECE_BYTES)
        except BlockingIOError:
            return b""

    def write_serial(self, data: bytes) -> int:
        """Give the device bytes on its serial line; return how many it took."""
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
        for descriptor in (self.traffic, self._answers, self._serial_in, self.serial_out):
            os.close(descriptor)

    def _take_messages(self, board: Board) -> Ask | None:
        buffer = self._in
        place = 0
        ask = None
        while ask is None and len(buffer) - place >= _MESSAGE.size:
            kind, number, value, word = _MESSAGE.unpack_from(buffer, place)
            following = place + _MESSAGE.size
            if kind in b"SV":
                if len(buffer) - following < value:
                    break
                data = bytes(buffer[following : following + value])
                following += value
                board.time_left(word)
                if kind == ord("S"):
                    board.bus(number, data)
                else:
                    board.violation(data.decode(errors="replace"))
            elif kind in b"WB":
                ask = Ask(word, kind == ord("W"))
            elif kind == ord("C"):
                self._rtc_seconds = word
            elif kind == ord("c"):
                board.rtc(self._rtc_seconds * 1_000_000 + word)
            else:
                board.time_left(word)
                match chr(kind):
                    case "P":
                        board.pin(number, value)
                    case "D":
                        board.wave(number, duty=value)
                    case "F":
                        board.wave(number, hz=value)
                    case "L":
                        board.dropped(number)
                    case "R":
                        board.asked_for_reset(number)
                    case "E":
                        board.ended(bool(number))
            place = following
        del buffer[:place]
        return ask

    def _tell(self, data: bytes) -> None:
        try:
            os.write(self._answers, data)
        except BrokenPipeError:
            return  # it died while it waited; the next read says so

    def _catches_interrupts(self) -> bool:
        status = Path(f"/proc/{self._process.pid}/status").read_text(encoding="ascii", errors="replace")
        caught = next((line.split()[1] for line in status.splitlines() if line.startswith("SigCgt")), "0")
        return bool(int(caught, 16) >> (signal.SIGINT - 1) & 1)


def _widen(pipe: int) -> None:
    """Let the pipe hold a whole picture, so that the device seldom waits for the world."""
    import fcntl  # noqa: PLC0415  Linux only, like the unix port that is run here

    try:
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
    except OSError:
        return  # the user's pipe budget is used up: slower, not wrong
