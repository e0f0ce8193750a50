"""A raw image of a journal, read on the laptop: how many of its records no laptop has yet (docs/journal.md)."""

from collections.abc import Iterable
from dataclasses import dataclass

from clapmark.flash.partition_table import SECTOR_BYTES
from firmware.core.lines.sector import FORMAT, HEADER_BYTES
from firmware.core.lines.sector_header import Header, read_header
from firmware.core.lines.sector_reader import DAMAGED, HOUSEKEEPING, NOTHING, RECORD, SectorReader

_NO_LIMIT = 0x3FFFFFFF
# what the device writes by itself, whether or not anybody presses anything
_HOUSEKEEPING_KINDS = (b"boot", b"clock")


@dataclass(frozen=True)
class JournalState:
    """What a journal holds. `unsynced` counts the records that no laptop has, but for boots and clocks."""

    device: str
    epoch: str
    last_seq: int
    committed_seq: int
    unsynced: int
    damaged: int


class Blocks:
    """The bytes of a partition as the block device that the firmware's readers take; it cannot be written."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def readblocks(self, block: int, buffer: bytearray | memoryview, offset: int) -> None:
        """Read `len(buffer)` bytes from `offset` of sector `block`."""
        start = block * SECTOR_BYTES + offset
        buffer[:] = self._data[start : start + len(buffer)]


def read_journal(data: bytes) -> JournalState | None:
    """Return the state of the newest epoch in a partition's bytes, or None if nothing was ever written there."""
    blocks = Blocks(data)
    buffer = bytearray(HEADER_BYTES)
    headers: dict[int, Header] = {}
    nameless = 0
    for block in range(len(data) // SECTOR_BYTES):
        header = read_header(blocks, block, buffer)
        if header is not None and header.format == FORMAT:
            headers[block] = header
        elif data[block * SECTOR_BYTES : (block + 1) * SECTOR_BYTES].strip(b"\xff"):
            nameless += 1
    if not headers:
        return JournalState("", "", 0, 0, 0, nameless) if nameless else None
    newest = max(headers.values(), key=lambda header: header.serial)
    mine = [(block, header) for block, header in headers.items() if header.epoch == newest.epoch]
    return _count(blocks, newest, sorted(mine, key=lambda pair: pair[1].serial), nameless)


def _count(blocks: Blocks, newest: Header, sectors: Iterable[tuple[int, Header]], damaged: int) -> JournalState:
    committed = newest.committed_seq
    lines: list[tuple[int, bytes]] = []
    for block, header in sectors:
        reader = SectorReader(blocks)
        reader.open(block, 0, header.first_seq)
        while (found := reader.next(SECTOR_BYTES, _NO_LIMIT)) != NOTHING:
            line = bytes(reader.line)
            if found == RECORD:
                lines.append((reader.seq, line))
            elif found == HOUSEKEEPING and line.startswith(b"=commit "):
                committed = max(committed, int(line.split(b" ")[1]))
            elif found == DAMAGED:
                damaged += 1
    unsynced = [line for seq, line in lines if seq > committed and line.split(b" ")[3] not in _HOUSEKEEPING_KINDS]
    return JournalState(
        device=newest.device.decode("ascii", "replace"),
        epoch=newest.epoch.decode("ascii", "replace"),
        last_seq=max((seq for seq, _ in lines), default=0),
        committed_seq=committed,
        unsynced=len(unsynced),
        damaged=damaged,
    )
