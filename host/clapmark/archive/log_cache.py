"""What a journal's log is known to hold, kept next to it, so that a sync reads only the end of a log of any length.

`.clapmark/journal/DEVICE/EPOCH.json` is derived: it counts only while the log is exactly the file that it was written
for (inode, size, both times, the bytes at its end). Git, an editor or a backup that touched the log make it void; then
the log is read once as a whole. Without the file nothing is lost but the time for that.
"""

import json
import os
import zlib
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from clapmark.archive import boot_index
from clapmark.archive.archive import Archive
from clapmark.archive.boot_index import BootIndex
from clapmark.base import durable

VERSION = 2
_END_BYTES = 4_096  # of the log, whose CRC must fit

Stamp = tuple[int, int, int, int]  # inode, size, time of the last change of content and of anything


class Numbers:
    """A set of record numbers, small however many there are: they come in long runs."""

    def __init__(self, runs: Iterable[tuple[int, int]] = ()) -> None:
        """`runs` are first and last numbers, sorted, with a gap between each two."""
        self.runs = [(first, last) for first, last in runs]

    def __contains__(self, number: int) -> bool:
        position = bisect_right(self.runs, (number, number))
        if position and self.runs[position - 1][1] >= number:
            return True
        return position < len(self.runs) and self.runs[position][0] == number

    @property
    def last(self) -> int:
        """The highest number, 0 if there is none."""
        return self.runs[-1][1] if self.runs else 0

    def add(self, number: int) -> None:
        """Add one number."""
        if self.runs and number == self.runs[-1][1] + 1:  # as records come
            self.runs[-1] = self.runs[-1][0], number
            return
        if number in self:
            return
        position = bisect_right(self.runs, (number, number))
        first = last = number
        if position < len(self.runs) and self.runs[position][0] == number + 1:
            last = self.runs.pop(position)[1]
        if position and self.runs[position - 1][1] == number - 1:
            position -= 1
            first = self.runs.pop(position)[0]
        self.runs.insert(position, (first, last))


@dataclass
class Memory:
    """What a log holds: the numbers of its records, the records with the highest number (without LF), the boots."""

    numbers: Numbers = field(default_factory=Numbers)
    newest: list[bytes] = field(default_factory=list)
    boots: BootIndex = field(default_factory=BootIndex)


def stamp_of(path: Path) -> Stamp | None:
    """Return what tells a file from the one that it will be after any change, or None where there is none."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def recall(archive: Archive, device: str, epoch: str) -> tuple[Memory, Stamp] | None:
    """Return what the log is known to hold, and the stamp it has; None where that is not known of this very file."""
    log_path = archive.log_path(device, epoch)
    stamp = stamp_of(log_path)
    if stamp is None:
        return None
    try:
        value = json.loads(_path(archive, device, epoch).read_bytes())
        if value["version"] != VERSION or tuple(value["stamp"]) != stamp or value["end_crc"] != _end_crc(log_path):
            return None
        runs = [(int(first), int(last)) for first, last in value["runs"]]
        newest = [str(line).encode("latin-1") for line in value["newest"]]
        boots = boot_index.from_json(value)
    except (OSError, ValueError, KeyError, TypeError):  # missing or damaged: it is derived
        return None
    return Memory(Numbers(runs), newest, boots), stamp


def remember(archive: Archive, device: str, epoch: str, memory: Memory, stamp: Stamp) -> None:
    """Store the content of the log with this stamp; store nothing if the stamp has changed."""
    log_path = archive.log_path(device, epoch)
    end_crc = _end_crc(log_path)
    if stamp_of(log_path) != stamp:
        return
    value = {
        "version": VERSION,
        "stamp": stamp,
        "end_crc": end_crc,
        "runs": memory.numbers.runs,
        "newest": sorted(line.decode("latin-1") for line in memory.newest),
        **memory.boots.to_json(),
    }
    durable.replace_file(archive.writable(_path(archive, device, epoch)), json.dumps(value).encode())


def _path(archive: Archive, device: str, epoch: str) -> Path:
    return archive.folder / ".clapmark" / "journal" / device / f"{epoch}.json"


def _end_crc(log_path: Path) -> int:
    with log_path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(size - _END_BYTES, 0))
        return zlib.crc32(file.read())
