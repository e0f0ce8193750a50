"""The folder in which a virtual device lives on between two runs."""

import fcntl
import json
import os
import shutil
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from clapmark.base.errors import ClapmarkError, UsageError
from clapmark.firmware_build.build import is_built
from clapmark.sim.wiring import BOARDS, Wiring

JOURNAL_BYTES = 256 * 1024


class StateFolder:
    """`flash.bin` (the journal's NOR flash), `files/` (the device's file system), `clock`, `device.log`, `device-id`.

    A context manager: inside, no second virtual device can use the folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self.files = self.path / "files"
        self.log = self.path / "device.log"
        self._lock: int | None = None

    def __enter__(self) -> Self:
        """Create what is missing and take the lock. Raises ClapmarkError with a sentence where it cannot."""
        try:
            self.files.mkdir(parents=True, exist_ok=True)
            self._lock = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise UsageError(
                f"{self.path} cannot be a state folder: {error.strerror}. Choose another --state."
            ) from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(self._lock)
            raise ClapmarkError(
                f"Another virtual device runs in {self.path}; stop it, or choose another --state."
            ) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._lock is not None:
            os.close(self._lock)

    def prepare_flash(self) -> Path:
        """Return the journal's flash; it is created erased where there is none."""
        flash = self.path / "flash.bin"
        if not flash.exists():
            flash.write_bytes(b"\xff" * JOURNAL_BYTES)
        return flash

    def prepare_modules(self, folders: dict[str, Path]) -> None:
        """Make folders of modules available to the device by their names."""
        for name, folder in folders.items():
            place = self.path / name
            if place.is_dir() and not place.is_symlink():
                shutil.rmtree(place)
            place.unlink(missing_ok=True)
            if is_built(folder):
                shutil.copytree(folder, place)  # the device loads modules all day; a newer build must not come between
            else:
                place.symlink_to(folder.resolve())

    def prepare_board(self, wiring: Wiring) -> None:
        """Tell the firmware which board it is on. Raises UsageError if the device's own board.json names another."""
        name = wiring.name
        board = self.files / "board.json"
        if not board.exists():
            board.write_text(json.dumps({"board": name, **wiring.description}) + "\n", encoding="ascii")
        try:
            description = json.loads(board.read_bytes())
        except ValueError:
            return  # the firmware must cope with it, and says so
        known = description.get("board") if isinstance(description, dict) else None
        if known in BOARDS and known != name:
            raise UsageError(f"{self.path} holds a virtual {known}: use --board {known} or another --state.")

    def device_id(self, seed: int) -> bytes:
        """Return the six bytes of the device's MAC address, drawn from `seed` (0: chance) when the folder was new."""
        path = self.path / "device-id"
        if not path.exists():
            tail = seed.to_bytes(3, "big") if seed else os.urandom(3)
            path.write_text((b"\x02\xc1\xa9" + tail).hex() + "\n", encoding="ascii")  # bit 1: locally administered
        try:
            device_id = bytes.fromhex(path.read_text(encoding="ascii"))
        except ValueError:
            device_id = b""
        if len(device_id) != 6:
            raise ClapmarkError(f"{path} should hold 12 hexadecimal digits; remove it, and a new device id is drawn.")
        return device_id

    def forget_rtc(self) -> None:
        """Lose what the RTC memory held: the power was away."""
        (self.path / "rtc.bin").write_bytes(b"")

    def write_clock(self, utc_ms: int) -> None:
        """Store that the device's world clock shows `utc_ms` now and runs in real time from here."""
        fresh = self.path / "clock.new"
        fresh.write_text(f"{utc_ms} {time.monotonic_ns()}\n", encoding="ascii")
        fresh.replace(self.path / "clock")
