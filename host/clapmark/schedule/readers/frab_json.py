"""The schedule.json of frab and pretalx: days, rooms in a day, talks in a room.

Format: https://github.com/voc/schedule/tree/master/validator/json (and the same data as frab's schedule.xml). Seen in
the wild and read here: guids that are missing or no UUIDs, names under `public_name` or `name`, a talk without `date`,
HTML in abstracts, `null` in any optional place.
"""

import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from clapmark.base.errors import UsageError
from clapmark.schedule.model import MAX_ABSTRACT, MAX_TALKS, Schedule
from clapmark.schedule.normalise import Draft, build_schedule, too_many_talks
from clapmark.schedule.readers.shape import Node
from clapmark.schedule.text import without_html
from clapmark.schedule.zones import after, find_zone, in_zone, resolve_local

_CLOCK = re.compile(r"(\d{1,3}):([0-5]\d)(?::([0-5]\d))?")
_EARLY = time(6)  # a talk before this belongs to the night of the day before, where the day does not say when it ends


def recognises(value: object) -> bool:
    """Return whether the JSON `value` is a frab or pretalx schedule, sound or not."""
    return isinstance(value, dict) and isinstance(value.get("schedule"), dict) and "conference" in value["schedule"]


def read(value: object, *, file: str, zone: ZoneInfo | None, title: str, slug: str) -> Schedule:
    """Return the schedule in the JSON `value`. `zone` goes before the zone that the file names.

    `file` names the source in messages; empty `title` and `slug` are taken from the file. Raises UsageError if no
    zone is known, ScheduleError if the file is not as it should be.
    """
    conference = Node(value, "", file).node("schedule").node("conference")
    zone = zone or _zone(conference)
    warnings: list[str] = []
    drafts: list[Draft] = []
    for day in conference.nodes("days"):
        for talk in _talks(day):
            drafts.append(_draft(talk, day, zone, warnings))
            if len(drafts) > MAX_TALKS:
                raise too_many_talks(file)
    return build_schedule(
        drafts,
        file=file,
        title=title or conference.text("title", "acronym"),
        zone=zone,
        slug=slug,
        url=conference.text("url"),
        warnings=warnings,
    )


def _zone(conference: Node) -> ZoneInfo:
    name = conference.text("time_zone_name")
    if not name:
        raise UsageError(f"{conference.file} names no time zone: add the conference's, such as --zone Europe/Berlin.")
    try:
        return find_zone(name)
    except UsageError as error:
        raise UsageError(f"{conference.file}: {error} Add --zone with the right one.") from error


def _talks(day: Node) -> list[Node]:
    if not day.has("rooms"):
        return []
    rooms = day.node("rooms")
    return [talk for name in rooms.names() for talk in rooms.nodes(name)]


def _draft(talk: Node, day: Node, zone: ZoneInfo, warnings: list[str]) -> Draft:
    start = _start(talk, day, zone, warnings)
    length = _clock(talk, "duration")
    abstract = talk.text("abstract") or talk.text("description")
    return Draft(
        title=without_html(talk.text("title"), MAX_ABSTRACT),
        start=start,
        end=after(start, length),
        place=talk.place,
        room=talk.text("room"),
        speakers=tuple(person.text("public_name", "name", "full_public_name") for person in talk.nodes("persons")),
        abstract=without_html(abstract, MAX_ABSTRACT),
        url=talk.text("url"),
        track=talk.text("track"),
        kind=talk.text("type"),
        guid=talk.word("guid"),
        code=talk.text("code"),
        source_id=talk.word("id"),
        recording_url=_recording(talk),
    )


def _recording(talk: Node) -> str:
    recording = talk.node("recording").text("url", "link") if talk.has("recording") else ""
    if recording or talk.text("video_download_url"):
        return recording or talk.text("video_download_url")
    for link in talk.nodes("links"):
        if "recording" in f"{link.text('type')} {link.text('title')}".lower():
            return link.text("url")
    return ""


def _start(talk: Node, day: Node, zone: ZoneInfo, warnings: list[str]) -> datetime:
    if talk.text("date"):
        local, warning = in_zone(talk.moment("date"), zone)
    else:
        local, warning = resolve_local(*_day_and_clock(talk, day), zone)
    if warning:
        warnings.append(f"{talk.place}: {warning}.")
    return local


def _day_and_clock(talk: Node, day: Node) -> tuple[date, time]:
    clock = _clock(talk, "start")
    if clock >= timedelta(days=1):
        raise talk.wrong("start", talk.text("start"), 'a time such as "20:30"')
    same_day = datetime.combine(day.moment("date").date(), time()) + clock
    next_day = same_day + timedelta(days=1)
    if day.text("day_end"):
        end = day.moment("day_end").replace(tzinfo=None)
        begin = day.moment("day_start").replace(tzinfo=None) if day.text("day_start") else same_day
        # a talk may begin a little before the declared start of its day, or behind its end
        is_night = max(next_day - end, timedelta()) < max(begin - same_day, timedelta()) or next_day < end
    else:
        is_night = same_day.time() < _EARLY
    start = next_day if is_night else same_day
    return start.date(), start.time()


def _clock(node: Node, key: str) -> timedelta:
    text = node.required_text(key)
    match = _CLOCK.fullmatch(text.strip())
    if match is None:
        raise node.wrong(key, text, 'a text of hours and minutes such as "08:30"')
    return timedelta(hours=int(match[1]), minutes=int(match[2]), seconds=int(match[3] or 0))
