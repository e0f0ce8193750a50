"""Recovers every readable record from the raw bytes of a flash, next to any damage.

The device must continue in its ring. Here each sector is read for itself, those without a header are identified by
their record numbers, and sectors of an older epoch count too.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from clapmark.archive import record
from clapmark.archive.archive import Archive, is_journal_name
from clapmark.archive.journal_log import JournalLog
from clapmark.archive.journals import KNOWN_KINDS
from clapmark.base.errors import ExitCode
from clapmark.link.frame_reader import Damaged, Line
from clapmark.rescue.flash_dump import FlashDump
from firmware.core.lines.fields import LineError
from firmware.core.lines.sector import FORMAT, HEADER_BYTES, MAX_SEQ, NUMBERS_OF_TWO_SECTORS, SECTOR_BYTES
from firmware.core.lines.sector_header import Header, read_header
from firmware.core.lines.sector_reader import HOUSEKEEPING, NOTHING, RECORD, SectorReader

Name = tuple[str, str]  # device and epoch


@dataclass
class _Sector:
    """One sector of a known journal: `low_seq` to below `high_seq` are the numbers that it may hold."""

    serial: int
    block: int
    low_seq: int
    high_seq: int = MAX_SEQ
    is_leftover: bool = False  # of an erase that was cut: what is damaged there is no loss
    records: list[Line] = field(default_factory=list)
    damaged: list[Damaged] = field(default_factory=list)


@dataclass
class RescuedJournal:
    """What an image holds of one journal, and what the archive did with it."""

    device: str
    epoch: str
    records: list[Line] = field(default_factory=list)
    damaged: list[Damaged] = field(default_factory=list)
    gaps: list[tuple[int, int]] = field(default_factory=list)  # numbers that are neither here nor in the archive
    new: int = 0
    already_there: int = 0
    new_damaged: int = 0
    conflicts: int = 0
    unknown_kinds: Counter[str] = field(default_factory=Counter)


@dataclass
class Rescue:
    """What an image holds: its journals, and how many sectors have records of a journal that nothing there names."""

    journals: list[RescuedJournal]
    orphan_sectors: int = 0
    later_format: bool = False

    @property
    def exit_code(self) -> ExitCode:
        """DAMAGED if anything was not whole, or is not known here."""
        is_reported = any(
            entry.damaged or entry.gaps or entry.conflicts or entry.unknown_kinds for entry in self.journals
        )
        return ExitCode.DAMAGED if is_reported or self.orphan_sectors or self.later_format else ExitCode.OK


def read_rescue(dump: FlashDump, nameless: Name | None = None) -> Rescue:
    """Return all that can be read in `dump`; sectors whose journal nothing tells belong to `nameless` if given."""
    return _Reader(dump).read(nameless)


def store(rescue: Rescue, archive: Archive | None, *, dry_run: bool) -> None:
    """Add new records to the archive, durably; update the counts. Takes the archive's lock.

    With `dry_run`, only count. Without an archive everything counts as new. Raises LockedError, OSError.
    """
    if archive is None:
        for journal in rescue.journals:
            _count_alone(journal)
    elif dry_run:
        for journal in rescue.journals:
            _store_one(journal, JournalLog(archive, journal.device, journal.epoch))
    else:
        with archive.lock():
            for journal in rescue.journals:
                log = JournalLog(archive, journal.device, journal.epoch)
                _store_one(journal, log)
                log.flush()
                log.remember()


def _count_alone(journal: RescuedJournal) -> None:
    journal.new, journal.new_damaged = len(journal.records), len(journal.damaged)
    numbers = sorted({line.seq for line in journal.records})
    journal.gaps = [(before + 1, after - 1) for before, after in pairwise(numbers) if after > before + 1]


def _store_one(journal: RescuedJournal, log: JournalLog) -> None:
    for line in journal.records:
        if log.has_line(line.data):
            journal.already_there += 1
            continue
        journal.conflicts += log.has_seq(line.seq)
        journal.new += 1
        log.add(line.seq, line.data)
    for piece in journal.damaged:
        journal.new_damaged += log.add_damage(piece.sector, piece.offset, piece.data)
    numbers = [line.seq for line in journal.records]
    if numbers:
        journal.gaps = log.unknown(min(numbers), max(numbers))


class _Reader:
    """Reads the sectors of a dump; for the firmware's readers it is a block device."""

    def __init__(self, dump: FlashDump) -> None:
        self._sectors = dump.sectors
        # what stands at the very end of an image that is cut need not be damaged in the flash
        self._cut_at = len(dump.sectors) * SECTOR_BYTES - dump.cut_bytes % SECTOR_BYTES if dump.cut_bytes else -1
        self._journals: dict[Name, list[_Sector]] = {}
        self._committed: Counter[Name] = Counter()
        self._later_format = False

    def readblocks(self, block: int, buffer: bytearray | memoryview, offset: int) -> None:
        """Read as a device does."""
        buffer[:] = self._sectors[block][offset : offset + len(buffer)]

    def read(self, nameless: Name | None) -> Rescue:
        lost = [block for block in range(len(self._sectors)) if not self._take_header(block)]
        for name, sectors in self._journals.items():
            sectors.sort(key=lambda sector: (sector.serial, sector.block))
            for sector in sectors:
                later = (other.low_seq for other in sectors if other.serial > sector.serial)
                sector.high_seq = min(later, default=MAX_SEQ)
                self._fill(sector, name)
        if nameless is not None:
            self._journals.setdefault(nameless, [])
        orphan_sectors = [
            block for block, _ in sorted(self._numbers(lost), key=lambda pair: pair[1]) if not self._place(block)
        ]
        self._take_damaged_sectors(lost)
        if nameless is not None:
            for block in orphan_sectors:
                self._add(nameless, _Sector(block, block, 1))
            orphan_sectors = []
        journals = [_rescued(name, sectors) for name, sectors in sorted(self._journals.items()) if sectors]
        return Rescue(journals, len(orphan_sectors), self._later_format)

    def _take_header(self, block: int) -> bool:
        """Return whether the sector needs no further look: it has a header, or is blank."""
        if not self._sectors[block].strip(b"\xff"):
            return True
        try:
            header: Header | None = read_header(self, block, bytearray(HEADER_BYTES))
            if header is None:
                return False
            if header.format != FORMAT:
                self._later_format = True
                return True
            name = header.device.decode("ascii"), header.epoch.decode("ascii")
        except (ValueError, IndexError):  # a whole line, but nothing that a device writes
            return False
        if not is_journal_name(*name):
            return False
        self._journals.setdefault(name, []).append(_Sector(header.serial, block, header.first_seq))
        self._committed[name] = max(self._committed[name], header.committed_seq)
        return True

    def _fill(self, sector: _Sector, name: Name | None = None) -> None:
        for piece in self._pieces(sector):
            if isinstance(piece, Line):
                sector.records.append(piece)
            elif isinstance(piece, Damaged):
                sector.damaged.append(piece)
            elif name is not None:
                self._committed[name] = max(self._committed[name], piece)

    def _pieces(self, sector: _Sector) -> Iterator[Line | Damaged | int]:
        """Yield records, damaged places, and the numbers that commit lines name."""
        reader = SectorReader(self)
        reader.open(sector.block, 0, sector.low_seq)
        while (found := reader.next(SECTOR_BYTES, sector.high_seq)) != NOTHING:
            data = bytes(reader.line)
            if found == HOUSEKEEPING:
                words = data.split(b" ")
                if words[0] == b"=commit" and words[1].isdigit():
                    yield int(words[1])
                continue
            if found == RECORD:
                try:
                    yield Line(record.parse(data).seq, data)
                    continue
                except (LineError, UnicodeError):
                    pass  # a whole line, but nothing that a device writes: damage
            if sector.block * SECTOR_BYTES + reader.end_offset != self._cut_at:
                yield Damaged(sector.serial, reader.offset, data)

    def _numbers(self, blocks: Iterable[int]) -> Iterator[tuple[int, int]]:
        """Yield the sectors that hold records, with the lowest number."""
        for block in blocks:
            seqs = [piece.seq for piece in self._pieces(_Sector(0, block, 1)) if isinstance(piece, Line)]
            if seqs:
                yield block, min(seqs)

    def _place(self, block: int) -> bool:
        """Insert a sector without a header where its record numbers fit; return whether exactly one place was found."""
        probe = _Sector(0, block, 1)
        self._fill(probe)
        first, last = probe.records[0].seq, probe.records[-1].seq
        places = [
            (name, before, after)
            for name, sectors in self._journals.items()
            for before, after in pairwise([None, *sectors, None])
            if (before is None or _last_seq(before) < first) and (after is None or last < after.low_seq)
            if before is not None or after is not None
        ]
        if len(places) > 1:  # an older journal lies there too: near by is better
            places = [place for place in places if _distance(first, last, *place[1:]) <= NUMBERS_OF_TWO_SECTORS]
        if len(places) != 1:
            return False
        name, before, after = places[0]
        sector = _Sector(self._serial(block, before, after), block, 1 if before is None else _last_seq(before) + 1)
        sector.high_seq = MAX_SEQ if after is None else after.low_seq
        sector.is_leftover = before is None and after is not None and self._committed[name] >= after.low_seq
        self._add(name, sector)
        return True

    def _add(self, name: Name, sector: _Sector) -> None:
        self._fill(sector, name)
        if sector.is_leftover:
            sector.damaged.clear()
        if sector.records:
            sector.low_seq = sector.records[0].seq
        self._journals[name].append(sector)
        self._journals[name].sort(key=lambda other: (other.low_seq, other.serial))

    def _serial(self, block: int, before: _Sector | None, after: _Sector | None) -> int:
        """Return the serial that fits the sector's place in the ring: it names the damage there."""
        count = len(self._sectors)
        if before is not None:
            return before.serial + ((block - before.serial) % count or count)
        if after is not None:
            return max(0, after.serial - ((after.serial - block) % count or count))
        return block

    def _take_damaged_sectors(self, blocks: Iterable[int]) -> None:
        """Sectors without a valid line are damage of the newest journal, unless it has recycled them."""
        if not self._journals or not any(self._journals.values()):
            return
        newest = max((pair for pair in self._journals.items() if pair[1]), key=lambda pair: pair[1][-1].serial)
        name, sectors = newest
        taken = {sector.block for entries in self._journals.values() for sector in entries}
        head, oldest = sectors[-1], sectors[0]
        for block in blocks:
            probe = _Sector(head.serial - (head.serial - block) % len(self._sectors), block, 1)
            if block in taken or probe.serial < 0:
                continue
            self._fill(probe)
            is_gone = probe.serial < oldest.serial and self._committed[name] >= oldest.low_seq
            if not probe.records and not is_gone:
                self._journals[name].append(probe)


def _last_seq(sector: _Sector) -> int:
    return sector.records[-1].seq if sector.records else sector.low_seq - 1


def _distance(first: int, last: int, before: _Sector | None, after: _Sector | None) -> int:
    """Return how many numbers lie between a sector's records and its nearer neighbour."""
    ahead = MAX_SEQ if before is None else first - _last_seq(before)
    return min(ahead, MAX_SEQ if after is None else after.low_seq - last)


def _rescued(name: Name, sectors: list[_Sector]) -> RescuedJournal:
    journal = RescuedJournal(*name)
    seen: set[bytes] = set()
    for sector in sectors:
        for line in sector.records:
            if line.data not in seen:  # a file system keeps old copies of a sector
                seen.add(line.data)
                journal.records.append(line)
        journal.damaged += sector.damaged
    journal.records.sort(key=lambda line: line.seq)
    kinds = (record.parse(line.data).kind for line in journal.records)
    journal.unknown_kinds = Counter(kind.decode("ascii", "replace") for kind in kinds if kind not in KNOWN_KINDS)
    return journal
