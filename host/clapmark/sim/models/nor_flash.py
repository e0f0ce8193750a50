"""The NOR flash that holds the device's journal: the file `flash.bin` of the state folder.

A program operation clears bits, an erase sets the 4096 bytes of a sector. The model refuses to set a bit without an
erase, and (Clapmark's own rule) to program a byte a second time. An operation takes time, and a power cut inside it
leaves the part of it that was done.
"""

import errno
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

SECTOR_BYTES = 4096
_PROGRAM_US = 400  # set-up and status of one program operation, and then
_PROGRAM_US_PER_BYTE = 5  # ... W25Q32 data sheet: 0.7 ms for a page of 256 bytes, and the driver's work
_ERASE_US = 50_000  # W25Q32 data sheet: 45 ms typical for a sector
_ERASE_PIECE_BYTES = 256
_ERASED = b"\xff" * SECTOR_BYTES


@dataclass
class _Operation:
    begun_us: int
    address: int
    data: bytes
    is_erase: bool
    done_bytes: int = 0

    @property
    def needed_us(self) -> int:
        return _ERASE_US if self.is_erase else _PROGRAM_US + len(self.data) * _PROGRAM_US_PER_BYTE

    def bytes_at(self, now_us: int) -> int:
        """Return how many bytes are done at `now_us`."""
        passed_us = now_us - self.begun_us
        if passed_us >= self.needed_us:
            return len(self.data)
        if self.is_erase:
            return SECTOR_BYTES * passed_us // _ERASE_US // _ERASE_PIECE_BYTES * _ERASE_PIECE_BYTES
        return max(0, passed_us - _PROGRAM_US) // _PROGRAM_US_PER_BYTE


class NorFlash:
    """The flash in the file `path`; the device's process reads it by itself. `on_violation` gets rule and place."""

    def __init__(self, path: Path, on_violation: Callable[[str], None]) -> None:
        self._file = path.open("r+b", buffering=0)
        self._size = self._file.seek(0, 2)
        self._on_violation = on_violation
        self._operation: _Operation | None = None

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def program(self, address: int, data: bytes, now_us: int) -> tuple[int, int]:
        """Begin to program; return the microseconds it takes and 0, or 0 and an error number (errno)."""
        if not 0 <= address <= address + len(data) <= self._size:
            return 0, errno.EINVAL
        rule = self._broken_rule(address, data)
        if rule:
            self._on_violation(rule)
            return 0, errno.EIO
        return self._begin(_Operation(now_us, address, data, is_erase=False))

    def erase(self, address: int, now_us: int) -> tuple[int, int]:
        """Begin to erase the sector at `address`; return as `program` does."""
        if address % SECTOR_BYTES or not 0 <= address < self._size:
            return 0, errno.EINVAL
        return self._begin(_Operation(now_us, address, _ERASED, is_erase=True))

    def advance(self, now_us: int) -> None:
        """Do what is done by `now_us`."""
        operation = self._operation
        if operation is None:
            return
        done = operation.bytes_at(now_us)
        self._file.seek(operation.address + operation.done_bytes)
        self._file.write(operation.data[operation.done_bytes : done])
        operation.done_bytes = done
        if done == len(operation.data):
            self._operation = None

    def stop(self) -> None:
        """Abort the pending operation: the chip stops here."""
        self._operation = None

    def _begin(self, operation: _Operation) -> tuple[int, int]:
        self._operation = operation
        return operation.needed_us, 0

    def _broken_rule(self, address: int, data: bytes) -> str:
        self._file.seek(address)
        for place, (before, after) in enumerate(zip(self._file.read(len(data)), data, strict=True), address):
            if before & after != after:
                return f"a bit set without an erase at byte {place} of flash.bin"
            if before != 0xFF and after != 0xFF:
                return f"a byte programmed twice at byte {place} of flash.bin"
        return ""
