"""Reads the journal in a raw flash image. Written from docs/journal.md alone; imports nothing of Clapmark."""

from dataclasses import dataclass, field

from tests.support.second_lines import body_of

SECTOR = 4096
MOST_IN_LINE = 120
MOST_IN_PIECE = 256
MOST_IN_HEADER = 80
BLANK_RUN = b"\xff" * 16


@dataclass(frozen=True)
class Header:
    """What the header of a sector says."""

    device: str
    epoch: str
    serial: int
    first: int
    committed: int
    length: int  # of one copy


@dataclass
class Contents:
    """What a journal holds: records (seq, line), damage (serial, offset, bytes), and what the laptop has for good."""

    device: str = ""
    epoch: str = ""
    committed: int = 0
    records: list[tuple[int, bytes]] = field(default_factory=list)
    damage: list[tuple[int, int, bytes]] = field(default_factory=list)


def read_image(image: bytes) -> Contents:
    """Return what the journal in `image` holds; `epoch` is empty where no header is left."""
    count = len(image) // SECTOR
    sectors = [image[number * SECTOR : (number + 1) * SECTOR] for number in range(count)]
    headers = {}
    for place, sector in enumerate(sectors):
        header = header_of(sector)
        if header and header.serial % count == place:
            headers[place] = header
    if not headers:
        return Contents()
    head = max(headers.values(), key=lambda header: header.serial)
    ring = {
        header.serial: header
        for header in headers.values()
        if (header.device, header.epoch) == (head.device, head.epoch) and header.serial > head.serial - count
    }
    contents = Contents(head.device, head.epoch, head.committed)
    last = head.serial
    while goes_on(sectors, ring, last):
        last += 1
    for serial in range(max(ring), last + 1):
        for _, line in pieces(sectors[serial % count]):
            words = (body_of(line) or b"").split(b" ")
            if words[0] == b"=commit":
                contents.committed = max(contents.committed, int(words[1]))
    first = oldest(sectors, ring, last, contents.committed)
    read_sectors(sectors, ring, range(first, last + 1), contents)
    return contents


def read_sectors(sectors: list[bytes], ring: dict[int, Header], serials: range, contents: Contents) -> None:
    """Walk the sectors in the order of their serials; fill in records and damage."""
    newest = 0
    for serial in serials:
        header = ring.get(serial)
        limit = limit_of(ring, serial)
        newest = max(newest, header.first - 1 if header else 0)
        sector = sectors[serial % len(sectors)]
        for offset, piece in pieces(sector):
            if is_spare_header(sector, offset, piece):
                continue
            body = body_of(piece) if len(piece) <= MOST_IN_LINE else None
            if body is not None and body[:1] == b"=":
                continue
            seq = seq_of(body)
            if seq <= newest or (limit and seq >= limit):
                contents.damage.append((serial, offset, piece))
            else:
                contents.records.append((seq, piece))
                newest = seq


def header_of(sector: bytes) -> Header | None:
    """Return the header of a sector, from its first whole copy."""
    for offset, line in pieces(sector):
        words = (body_of(line) or b"").split(b" ")
        if words[0] == b"=sector":
            if words[1] != b"1":
                raise ValueError("a journal of another format")
            device, epoch = words[2].decode(), words[3].decode()
            return Header(device, epoch, int(words[4]), int(words[5]), int(words[6]), len(line))
        if offset > MOST_IN_HEADER:
            return None
    return None


def pieces(sector: bytes):
    """Yield (offset, bytes) of every whole line and every damaged piece of a sector."""
    place = 0
    while place < SECTOR:
        if sector[place] == 0xFF:
            place += 1
            continue
        length = line_length(sector, place)
        if not length:
            end = place + 1
            while end < min(SECTOR, place + MOST_IN_PIECE):
                if line_length(sector, end) or sector[end : end + 16] == BLANK_RUN:
                    break
                end += 1
            length = len(sector[place:end].rstrip(b"\xff"))
        yield place, sector[place : place + length]
        place += length


def line_length(sector: bytes, place: int) -> int:
    """Return the length of the whole line that begins at `place`, or 0."""
    if sector[place] != ord("=") and not ord("1") <= sector[place] <= ord("9"):
        return 0
    end = sector.find(b"\n", place, place + MOST_IN_LINE) + 1
    return end - place if end and body_of(sector[place:end]) is not None else 0


def is_spare_header(sector: bytes, offset: int, piece: bytes) -> bool:
    """Return whether this is a damaged copy of a header next to an undamaged one."""
    if offset == 0 and body_of(piece) is None:
        behind = line_length(sector, len(piece))
        return bool(behind) and sector[len(piece) :].startswith(b"=sector ")
    first = line_length(sector, 0)
    return bool(first) and offset == first and body_of(piece) is None and len(piece) <= first


def seq_of(body: bytes | None) -> int:
    """Return the SEQ of a record's body, -1 if it is none."""
    word = (body or b"").split(b" ")[0]
    return int(word) if word.isdigit() else -1


def limit_of(ring: dict[int, Header], serial: int) -> int:
    """Return FIRST of the next sector that has a header, 0 if there is none."""
    later = [other for other in ring if other > serial]
    return ring[min(later)].first if later else 0


def records_in(sector: bytes) -> list[int]:
    """Return the SEQ of all whole lines of a sector that look like records."""
    return [seq for _, piece in pieces(sector) if (seq := seq_of(body_of(piece))) > 0]


def goes_on(sectors: list[bytes], ring: dict[int, Header], serial: int) -> bool:
    """Return whether the sector behind `serial` has lost its header, and its records go on counting."""
    behind = sectors[(serial + 1) % len(sectors)]
    if header_of(behind) or behind[:MOST_IN_HEADER] == b"\xff" * MOST_IN_HEADER:
        return False
    last = ring[max(ring)].first - 1
    for number in range(max(ring), serial + 1):
        for seq in records_in(sectors[number % len(sectors)]):
            last = max(last, seq)
    return any(last < seq <= last + 454 for seq in records_in(behind))


def oldest(sectors: list[bytes], ring: dict[int, Header], last: int, committed: int) -> int:
    """Return the serial of the oldest sector that is still in use.

    A sector without a header before all others is what an erase that was cut has left, if its records are committed.
    """
    serial = max(0, last - len(sectors) + 1)
    while serial < last and serial not in ring:
        is_blank = not sectors[serial % len(sectors)].strip(b"\xff")
        if not is_blank and committed < limit_of(ring, serial):
            break
        serial += 1
    return serial
