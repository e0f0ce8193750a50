"""The schedule in the device's form: rows of one length that the device searches without loading them all."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from clapmark.base.errors import UsageError
from clapmark.schedule.fold import cut, fold
from clapmark.schedule.model import Schedule, Talk
from firmware.core import schedule as device
from firmware.core.lines import line

_DAY_CHANGE = timedelta(hours=5)  # a talk at 1 a.m. belongs to the evening before
_BODY_BYTES = device.ROW_BYTES - line.TRAILER_BYTES


def to_device_format(schedule: Schedule, day: date | None = None) -> bytes:
    """Return `schedule` (only the talks of `day`, if given) as the file that the device reads.

    Talks that vanished from the conference are left out. The night until 5 a.m. belongs to the day before. The offset
    in the header is that of the first talk; a conference over a change of the clock is shown with it until the end.
    Raises UsageError if there is no talk on `day`.
    """
    there = [talk for talk in schedule.talks if not talk.vanished]
    talks = [talk for talk in there if day is None or _day(talk) == day]
    if day is not None and not talks:
        days = sorted({_day(talk) for talk in there})
        raise UsageError(f"{schedule.title} has no talk on {day}. Its days: {', '.join(str(each) for each in days)}.")
    rooms = device_rooms(schedule)
    talks.sort(key=lambda talk: (talk.start_utc_s, rooms[talk.room], talk.id.encode()))
    by_id = sorted(range(len(talks)), key=lambda index: talks[index].id.encode())
    lines = [_header(schedule, talks)]
    lines += (_row(talk, rooms, row) for talk, row in zip(talks, by_id, strict=True))
    return b"".join(lines)


def device_rooms(schedule: Schedule) -> Mapping[str, bytes]:
    """Return the name of each room as the device has it: Latin-1, short, and still different from the others."""
    names: dict[str, bytes] = {"": b""}
    taken: set[bytes] = set()  # the device compares them in any case
    for room in schedule.rooms():
        short = device_room(room)
        attempt = 1
        while short.lower() in taken:
            attempt += 1
            short = device_room(room, f" {attempt}")
        names[room] = short
        taken.add(short.lower())
    return names


def device_room(room: str, ending: str = "") -> bytes:
    """Return the name of a room as the device has it, with `ending` (ASCII) behind it: Latin-1, at most ROOM_BYTES."""
    return cut(fold(room, "room"), device.ROOM_BYTES - len(ending)) + ending.encode()


def rooms_on_device(schedule: Schedule, name: str) -> tuple[str, ...]:
    """Return the rooms of `schedule` that the device calls `name`; none if it has no such room."""
    wanted = name.encode("latin-1", "replace").lower()
    if not wanted:
        return ()
    return tuple(room for room, short in device_rooms(schedule).items() if short.lower() == wanted)


def _day(talk: Talk) -> date:
    return (talk.start - _DAY_CHANGE).date()


def _header(schedule: Schedule, talks: list[Talk]) -> bytes:
    zone = ZoneInfo(schedule.zone)
    first = talks[0].start if talks else datetime.combine(schedule.start, time(12), zone)
    offset = first.utcoffset() or timedelta()
    longest_s = max((talk.end_utc_s - talk.start_utc_s for talk in talks), default=0)
    longest_s = max(longest_s, 0)  # a talk may end before it starts
    words = (
        device.MAGIC.decode(),
        device.VERSION,
        len(talks),
        int(offset.total_seconds()),
        longest_s,
        schedule.slug,
    )
    return _sealed(" ".join(str(word) for word in words).encode())


def _row(talk: Talk, rooms: Mapping[str, bytes], row: int) -> bytes:
    speakers = ", ".join(talk.speakers)
    fields = (
        talk.id.encode(),
        str(talk.start_utc_s).encode(),
        str(talk.end_utc_s).encode(),
        str(row).encode(),
        rooms[talk.room],
        cut(fold(talk.title, talk.id), device.TITLE_BYTES),
        cut(fold(speakers), device.SPEAKER_BYTES) if speakers else b"",
    )
    return _sealed(b"\t".join(fields))


def _sealed(body: bytes) -> bytes:
    if len(body) > _BODY_BYTES:  # the widths above leave room for 10 digits of seconds, until the year 2286
        raise ValueError(f"a row of {len(body)} bytes does not fit into {_BODY_BYTES}")
    buffer = bytearray(body.ljust(_BODY_BYTES) + bytes(line.TRAILER_BYTES))
    line.seal(buffer, _BODY_BYTES)
    return bytes(buffer)
