"""The records of an archive: every journal parsed, each record once, and nothing dropped in silence."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from operator import attrgetter

from clapmark.archive import record
from clapmark.archive.archive import Archive
from firmware.core.lines.fields import LineError

KNOWN_KINDS = frozenset(
    (
        record.BOOT,
        record.CLOCK,
        record.TALK,
        record.ROOM,
        record.BOOKMARK,
        record.SPAN,
        record.RETAG,
        record.UNDO,
        record.COUNTDOWN,
        record.FAULT,
        record.GAP,
    )
)


@dataclass(frozen=True)
class DamagedLine:
    """A line of a log that is not a record: which log, which line (from 1), and why."""

    device: str
    epoch: str
    line_number: int
    line: bytes
    reason: str


@dataclass(frozen=True)
class Conflict:
    """Two or more different records that claim the same number of the same journal. All are kept."""

    device: str
    epoch: str
    seq: int
    lines: tuple[bytes, ...]


@dataclass
class Journal:
    """The records of one epoch of one device, in the order of seq (and of the line's bytes where a seq comes twice)."""

    device: str
    epoch: str
    records: list[record.Record] = field(default_factory=list)
    damaged: list[DamagedLine] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)

    @property
    def unknown_kinds(self) -> Counter[str]:
        """How many records there are of each kind that this version does not know."""
        kinds = (entry.kind for entry in self.records if entry.kind not in KNOWN_KINDS)
        return Counter(kind.decode("ascii", "replace") for kind in kinds)


def parse_log(device: str, epoch: str, data: bytes) -> Journal:
    """Return the journal in the bytes of a log file.

    Lines may come in any order and more than once, as git's union merge leaves them. A torn beginning of a record
    that is also there as a whole was a write cut short and completed later: it is not damage.
    """
    journal = Journal(device, epoch)
    found: dict[bytes, record.Record] = {}
    damaged: list[DamagedLine] = []
    for number, line in enumerate(_lines(data), 1):
        if line in found:
            continue
        try:
            found[line] = record.parse(line)
        except (LineError, UnicodeError) as error:
            damaged.append(DamagedLine(device, epoch, number, line, str(error)))
    journal.records = sorted(found.values(), key=attrgetter("seq", "line"))
    journal.damaged = [piece for piece in damaged if not _is_torn_beginning(piece.line, found)]
    journal.conflicts = list(_conflicts(device, epoch, journal.records))
    return journal


def read_journals(archive: Archive) -> list[Journal]:
    """Return all journals of the archive, sorted by device and epoch. Reads only."""
    paths = [(device, epoch, archive.log_path(device, epoch)) for device, epoch in archive.journals()]
    return [parse_log(device, epoch, path.read_bytes()) for device, epoch, path in paths]


def _lines(data: bytes) -> list[bytes]:
    pieces = data.split(b"\n")
    last = pieces.pop()
    return [piece + b"\n" for piece in pieces] + ([last] if last else [])


def _is_torn_beginning(piece: bytes, found: Iterable[bytes]) -> bool:
    start = piece.rstrip(b"\n")
    return not start or any(line.startswith(start) for line in found)


def _conflicts(device: str, epoch: str, ordered: list[record.Record]) -> Iterable[Conflict]:
    if len({entry.seq for entry in ordered}) == len(ordered):
        return
    position = 0
    while position < len(ordered):
        end = position + 1
        while end < len(ordered) and ordered[end].seq == ordered[position].seq:
            end += 1
        if end - position > 1:
            lines = tuple(entry.line for entry in ordered[position:end])
            yield Conflict(device, epoch, ordered[position].seq, lines)
        position = end
