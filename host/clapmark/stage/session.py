"""The session on stage: its talks from the schedule, or with what clapmark.toml says of it."""

from datetime import datetime
from zoneinfo import ZoneInfo

from clapmark.archive.config import SessionSettings
from clapmark.base.errors import UsageError
from clapmark.schedule import Schedule, Talk
from clapmark.stage.rundown import Entry, Rundown

_GAP_S = 20 * 60  # talks of a room with less between them are one session
_MOST_TALKS = 100


def groups(schedule: Schedule) -> list[list[Talk]]:
    """Return the sessions of a schedule: the talks of one room that follow each other, in the order of time."""
    found: list[list[Talk]] = []
    for room in schedule.rooms() or ("",):
        open_group: list[Talk] = []
        for talk in (talk for talk in schedule.talks if talk.room == room and not talk.vanished):
            if open_group and talk.start_utc_s - open_group[-1].end_utc_s > _GAP_S:
                found.append(open_group)
                open_group = []
            open_group.append(talk)
        if open_group:
            found.append(open_group)
    return sorted(found, key=lambda group: (group[0].start_utc_s, group[0].room))


def session_near(schedule: Schedule, utc_s: int, room: str = "", talk_id: str = "") -> Rundown:
    """Return the session of the talk `talk_id`, or the one that runs at `utc_s` or is nearest (in `room`, if given)."""
    candidates = [group for group in groups(schedule) if not room or group[0].room.lower() == room.lower()]
    with_talk = [group for group in candidates if any(talk.id == talk_id for talk in group)]
    chosen = with_talk or sorted(candidates, key=lambda group: _distance_s(group, utc_s))[:1]
    if not chosen:
        return Rundown()
    talks = chosen[0][:_MOST_TALKS]
    return Rundown(
        [_entry(talk) for talk in talks], " · ".join(part for part in (talks[0].room, schedule.title) if part)
    )


def session_of(schedule: Schedule, preset: SessionSettings) -> Rundown:
    """Return the session that a table of clapmark.toml describes. Raises UsageError if no talk belongs to it."""
    zone = ZoneInfo(schedule.zone)
    start, end = (_local(moment, zone) for moment in (preset.start, preset.end))
    talks = [
        talk
        for talk in schedule.talks
        if not talk.vanished
        and (not preset.room or talk.room.lower() == preset.room.lower())
        and (start is None or talk.end > start)
        and (end is None or talk.start < end)
    ]
    if not talks:
        raise UsageError(
            f"No talk of {schedule.slug} belongs to the session {preset.name}: look at its room, start and end in "
            "clapmark.toml; `clapmark schedule show` lists the talks."
        )
    entries = [_entry(talk, preset.minutes) for talk in talks[:_MOST_TALKS]]
    return Rundown(entries, preset.title or preset.name, round(end.timestamp() * 1000) if end else 0)


def _entry(talk: Talk, minutes: int = 0) -> Entry:
    planned_s = minutes * 60 or max(talk.end_utc_s - talk.start_utc_s, 60)
    return Entry(talk.id, talk.title, talk.speakers, talk.start_utc_s * 1000, planned_s * 1000)


def _distance_s(group: list[Talk], utc_s: int) -> int:
    if utc_s < group[0].start_utc_s:
        return group[0].start_utc_s - utc_s
    return max(0, utc_s - group[-1].end_utc_s)


def _local(moment: datetime | None, zone: ZoneInfo) -> datetime | None:
    return moment if moment is None or moment.tzinfo else moment.replace(tzinfo=zone)
