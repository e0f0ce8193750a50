"""The log files of one journal in the archive: what is in them, and durable appending to them.

`EPOCH.log` holds records, byte for byte as they stood in flash. `EPOCH.damaged.log` holds checked lines (core.line)
about what could not be had: `damaged sector=… offset=… data=…` (bytes of the flash that are not record, escaped), and
`missing first=… last=…` (record numbers that the device does not have). Both are only ever appended to.
"""

import binascii
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from clapmark.archive import log_cache
from clapmark.archive.archive import Archive
from clapmark.archive.boot_index import BootIndex
from clapmark.archive.log_cache import Memory
from clapmark.base import durable
from firmware.core.lines.fields import fields
from firmware.core.lines.line import TRAILER_BYTES, LineWriter, body_length

_PIECE_BYTES = 1_000  # of damaged flash in one line


class JournalLog:
    """One journal in the archive. Added lines are kept in memory until `flush`.

    A log whose content is known (`clapmark.archive.log_cache`) is not read, unless a record must be compared with it.
    """

    def __init__(self, archive: Archive, device: str, epoch: str) -> None:
        """Find out what there is. Raises UsageError for ids that are none, OSError."""
        self._name = archive, device, epoch
        self._path = archive.log_path(device, epoch)
        self._damage_path = archive.damage_path(device, epoch)
        self._lines: set[bytes] | None = None  # of the whole log, once it has been read
        self._added: set[bytes] = set()
        self._missing: list[tuple[int, int]] = []
        self._damage: set[bytes] = set()
        self._pending: list[bytes] = []
        self._pending_damage: list[bytes] = []
        self._tail = b""  # of a write that a power cut ended
        recalled = log_cache.recall(archive, device, epoch)
        self._is_remembered = recalled is not None
        self._stamp = recalled[1] if recalled else log_cache.stamp_of(self._path)
        self._memory = recalled[0] if recalled else Memory()
        if not recalled:
            self._read_all()
        damage = _read(self._damage_path)
        self._damage_tail = damage[damage.rfind(b"\n") + 1 :]
        for line in damage[: len(damage) - len(self._damage_tail)].split(b"\n"):
            self._take_damage(line + b"\n")

    @property
    def last_seq(self) -> int:
        """The highest record number in the log, 0 if it is empty."""
        return self._memory.numbers.last

    def has_line(self, line: bytes) -> bool:
        """Return whether this very record (LF included) is in the log."""
        record = line[:-1]
        if record in self._added or record in self._memory.newest:
            return True
        if self._lines is None:
            if not self.has_seq(_seq(record)):
                return False
            self._read_all()
        return self._lines is not None and record in self._lines

    def has_seq(self, seq: int) -> bool:
        """Return whether a record of this number is in the log."""
        return seq in self._memory.numbers

    @property
    def missing(self) -> list[tuple[int, int]]:
        """The ranges of numbers of which a sync has found that the device does not have them."""
        return sorted(self._missing)

    def unknown(self, first: int, last: int) -> list[tuple[int, int]]:
        """Return the ranges of numbers from `first` to `last` that are neither here nor known to be missing."""
        known = sorted(self._memory.numbers.runs + self._missing)
        ranges: list[tuple[int, int]] = []
        expected = first
        for begin, end in [*known, (last + 1, last + 1)]:
            if expected < begin <= last + 1:
                ranges.append((expected, begin - 1))
            expected = max(expected, end + 1)
        return ranges

    def add(self, seq: int, line: bytes) -> None:
        """Add a record (LF included) that is not in the log yet."""
        record = line[:-1]
        self._added.add(record)
        self._note(seq, record)
        self._pending.append(line)
        self._is_remembered = False

    def add_damage(self, sector: int, offset: int, data: bytes) -> bool:
        """Add a damaged place of the flash; return whether it is new."""
        pieces = range(0, max(len(data), 1), _PIECE_BYTES)
        lines = [_damage_line(sector, offset + at, data[at : at + _PIECE_BYTES]) for at in pieces]
        return sum(self._add_damage_line(line) for line in lines) > 0

    def add_missing(self, first: int, last: int) -> None:
        """Add record numbers that the device does not have."""
        writer = LineWriter(80)
        writer.raw(b"missing")
        writer.number_field(b"first", first)
        writer.number_field(b"last", last)
        writer.seal()
        self._add_damage_line(bytes(writer.line[: writer.length]))

    def flush(self) -> None:
        """Write what was added; on return it is on the disk. Raises OSError; then it may be there in part."""
        self._append_pending()
        path = self._name[0].writable(self._damage_path)
        self._damage_tail = _append(path, self._pending_damage, self._damage_tail)
        self._pending_damage = []

    def remember(self) -> None:
        """Cache the log's content, so that the next sync need not read it; nothing if another program changed it."""
        if self._is_remembered or self._stamp is None or self._tail or self._pending:
            return
        log_cache.remember(*self._name, self._memory, self._stamp)
        self._is_remembered = True

    @property
    def boots(self) -> BootIndex:
        """Which bytes of the log belong to which boot; of what is written, not of what is only added."""
        return self._memory.boots

    def make_durable(self) -> None:
        """Fsync what a killed process may have written without it."""
        for path in (self._path, self._damage_path):
            if path.exists():
                with path.open("rb") as file:
                    os.fsync(file.fileno())
                durable.sync_folder(path.parent)

    def _read_all(self) -> None:
        data = _read(self._path)
        self._tail = data[data.rfind(b"\n") + 1 :]
        self._lines = set()
        boots = self._memory.boots = BootIndex()
        offset = 0
        for line in data[: len(data) - len(self._tail)].split(b"\n"):
            if _is_whole(line):
                self._lines.add(line)
                self._note(_seq(line), line)
                boots.add(offset, line)
            offset += len(line) + 1

    def _note(self, seq: int, record: bytes) -> None:
        memory = self._memory
        if seq > memory.numbers.last:
            memory.newest = [record]
        elif seq == memory.numbers.last and record not in memory.newest:
            memory.newest.append(record)
        memory.numbers.add(seq)

    def _append_pending(self) -> None:
        before, self._stamp = self._stamp, None  # until it is certain that no other process wrote
        found = log_cache.stamp_of(self._path)
        whole = b"".join(_behind(self._tail, self._pending))
        if whole:
            durable.append_file(self._name[0].writable(self._path), whole)
            self._tail = b""
        pending, self._pending = self._pending, []
        after = log_cache.stamp_of(self._path)
        if found == before and after is not None:
            inode, size = found[:2] if found else (after[0], 0)
            end = size + len(whole)
            self._stamp = after if after[:2] == (inode, end) else None
            offset = end - sum(map(len, pending))  # the first line may complete a torn one
            for line in pending:
                self._memory.boots.add(offset, line[:-1])
                offset += len(line)

    def _add_damage_line(self, line: bytes) -> bool:
        if line in self._damage:
            return False
        self._take_damage(line)
        self._pending_damage.append(line)
        return True

    def _take_damage(self, line: bytes) -> None:
        end = body_length(line, len(line)) if len(line) > TRAILER_BYTES else -1
        if end < 0:
            return
        self._damage.add(line)
        word, *rest = line[:end].split(b" ")
        if word == b"missing":
            values = fields(rest)
            self._missing.append((int(values["first"]), int(values["last"])))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def _is_whole(line: bytes) -> bool:
    """Return whether `line`, without its LF, is a record whose CRC fits. Quick: a log may hold a million."""
    return (
        line[-10:-8] == b" *"
        and line[-8:] == b"%08X" % binascii.crc32(line[:-10])
        and line[: max(line.find(b" "), 0)].isdigit()
    )


def _seq(record: bytes) -> int:
    return int(record[: record.index(b" ")])


def _damage_line(sector: int, offset: int, data: bytes) -> bytes:
    writer = LineWriter(3 * len(data) + 100)
    writer.raw(b"damaged")
    writer.number_field(b"sector", sector)
    writer.number_field(b"offset", offset)
    writer.text_field(b"data", data)
    writer.seal()
    return bytes(writer.line[: writer.length])


def _append(path: Path, lines: Iterable[bytes], tail: bytes) -> bytes:
    """Append lines behind `tail`, the beginning of a line that a cut write left; return the new tail."""
    whole = list(_behind(tail, list(lines)))
    if not whole:
        return tail
    durable.append_file(path, b"".join(whole))
    return b""


def _behind(tail: bytes, lines: list[bytes]) -> Iterator[bytes]:
    if not lines:
        return
    if tail and lines[0].startswith(tail):  # the same record again: what is missing of it completes it
        yield lines[0][len(tail) :]
    else:
        yield b"\n" + lines[0] if tail else lines[0]
    yield from lines[1:]
