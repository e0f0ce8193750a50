"""Which bytes of a log belong to which boot of the device, so that one conference is read without the rest of the log.

Kept by `clapmark.archive.log_cache`, for a log whose content is known. For all boots, two kinds of records
are needed with them, and are kept here as text: the clock records of all boots, which bound the times of each other,
and the records that speak of a bookmark or a countdown of an earlier boot.
"""

import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field

_REFERENCES = {b"retag": b"of=", b"span": b"of=", b"undo": b"of=", b"countdown": b"run="}


@dataclass
class Boot:
    """The lines of one boot: where they are in the log, and what identifies them."""

    ranges: list[tuple[int, int]] = field(default_factory=list)  # byte offsets in the log: begin, end
    first_seq: int = 0
    crc: int = 0  # over all lines of the boot in the order of the log
    last_ms: int = -1
    last_line: bytes = b""  # the record with the highest `ms`, without its LF: it says how long the boot was


class BootIndex:
    """The boots of one log. Lines are added in the order in which they are in the file."""

    def __init__(self) -> None:
        self.boots: dict[int, Boot] = {}
        self.shared: list[bytes] = []

    def add(self, offset: int, line: bytes) -> None:
        """Add a whole record: `line` without its LF, which begins at byte `offset` of the log."""
        words = line.split(b" ", 5)
        if len(words) < 5 or not (words[1].isdigit() and words[2].isdigit()):
            return  # no record; the readers of whole logs report it
        seq, number, ms = int(words[0]), int(words[1]), int(words[2])
        boot = self.boots.get(number)
        if boot is None:
            boot = self.boots[number] = Boot(first_seq=seq)
        end = offset + len(line) + 1
        if boot.ranges and boot.ranges[-1][1] == offset:
            boot.ranges[-1] = boot.ranges[-1][0], end
        else:
            boot.ranges.append((offset, end))
        boot.first_seq = min(boot.first_seq, seq)
        boot.crc = zlib.crc32(line, boot.crc)
        if ms > boot.last_ms:
            boot.last_ms, boot.last_line = ms, line
        kind = words[3]
        if kind == b"clock" or (kind in _REFERENCES and _referred(line, _REFERENCES[kind]) < boot.first_seq):
            self.shared.append(line)

    def outline(self) -> bytes:
        """Return the records that tell the time of every boot, and those that any boot may need, as lines."""
        lines = dict.fromkeys([*self.shared, *(boot.last_line for boot in self.boots.values())])
        return b"".join(line + b"\n" for line in lines)

    def to_json(self) -> dict[str, object]:
        """Return the index as JSON values."""
        boots = [
            [number, boot.first_seq, boot.crc, boot.last_ms, boot.last_line.decode("latin-1"), boot.ranges]
            for number, boot in self.boots.items()
        ]
        return {"boots": boots, "shared": [line.decode("latin-1") for line in self.shared]}


def from_json(value: dict[str, object]) -> BootIndex:
    """Return what `to_json` gave. Raises ValueError, KeyError or TypeError for anything else."""
    index = BootIndex()
    for number, first_seq, crc, last_ms, last_line, ranges in _list(value["boots"]):
        index.boots[int(number)] = Boot(
            [(int(begin), int(end)) for begin, end in ranges],
            int(first_seq),
            int(crc),
            int(last_ms),
            str(last_line).encode("latin-1"),
        )
    index.shared = [str(line).encode("latin-1") for line in _list(value["shared"])]
    return index


def joined(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return byte ranges in order, those that touch each other as one."""
    found: list[tuple[int, int]] = []
    for begin, end in sorted(ranges):
        if found and found[-1][1] >= begin:
            found[-1] = found[-1][0], max(found[-1][1], end)
        else:
            found.append((begin, end))
    return found


def _list(value: object) -> list:  # type: ignore[type-arg]  # of a derived file: what is wrong in it raises
    if not isinstance(value, list):
        raise TypeError
    return value


def _referred(line: bytes, key: bytes) -> int:
    """Return the record number behind `key`; a large one where there is none: such a record refers to nothing."""
    for word in line.split(b" ")[4:]:
        if word.startswith(key) and word[len(key) :].isdigit():
            return int(word[len(key) :])
    return 1 << 62
