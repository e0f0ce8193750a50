"""The schedule.json of frab and pretalx (days, rooms in a day, talks in a room), and of the CCC hub (a list of events).

Formats: https://github.com/voc/schedule/tree/master/validator/json, versions 1 and 2, and the same data as frab's
schedule.xml. Seen in the wild and read here: guids that are missing or no UUIDs, names under `public_name` or `name`, a
talk without `date`, HTML in abstracts, texts in several languages, `null` or `[]` in any optional place.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from clapmark.base.errors import UsageError
from clapmark.schedule.errors import RecordError
from clapmark.schedule.model import MAX_ABSTRACT, MAX_TALKS, Schedule
from clapmark.schedule.normalise import Draft, build_schedule, too_many_talks
from clapmark.schedule.readers.shape import Node
from clapmark.schedule.text import quoted, without_html
from clapmark.schedule.times.durations import LONGEST, length_text, parse_duration
from clapmark.schedule.times.zone_names import is_offset
from clapmark.schedule.zones import after, asked_zone, in_zone, resolve_local

_CLOCK = re.compile(r"(\d{1,3}):([0-5]\d)(?::([0-5]\d))?")
_EARLY = time(6)  # a talk before this belongs to the night of the day before, where the day does not say when it ends
_NEAR = timedelta(minutes=1)  # between two lengths that agree


def recognises(value: object) -> bool:
    """Return whether the JSON `value` is a schedule of frab, pretalx or the hub, sound or not."""
    if not isinstance(value, dict):
        return False
    inner = value.get("schedule")
    if isinstance(inner, dict):
        return "conference" in inner
    conference = value.get("conference")
    return isinstance(conference, dict) and isinstance(conference.get("days"), list)


def read(value: object, *, file: str, zone: ZoneInfo | None, title: str, slug: str) -> Schedule:
    """Return the schedule in the JSON `value`. `zone` goes before the zone that the file names.

    `file` names the source in messages; empty `title` and `slug` are taken from the file. Raises UsageError if no
    zone is known, ScheduleError if no talk can be read. A talk that cannot be read is left out and noted.
    """
    notes: list[str] = []
    root = Node(value, "", file, notes)
    schedule = root.node("schedule") if root.has("schedule") else root
    conference = schedule.node("conference")
    is_named = zone is None
    reader = _Reader(zone or _zone(conference, notes), conference, is_named, notes)
    records = _hub_events(schedule, conference) if schedule.has("events") else _talks(conference)
    drafts: list[Draft] = []
    left_out: list[str] = []
    for talk, day, room in records:
        try:
            drafts.append(reader.draft(talk, day, room))
        except RecordError as error:
            left_out.append(f"{error.fact} (the talk {quoted(talk.text('title'), 40)})")
        if len(drafts) + len(left_out) > MAX_TALKS:
            raise too_many_talks(file)
    return build_schedule(
        drafts,
        file=file,
        title=title or conference.text("title", "acronym"),
        zone=reader.zone,
        slug=slug,
        url=conference.text("url"),
        warnings=notes,
        left_out=left_out,
    )


def _zone(conference: Node, notes: list[str]) -> ZoneInfo:
    name = conference.text("time_zone_name", "timezone", "time_zone")
    if not name:
        raise UsageError(f"{conference.file} names no time zone: add the conference's, such as --zone Europe/Berlin.")
    try:
        zone, note = asked_zone(name)
    except UsageError as error:
        raise UsageError(f"{conference.file}: {error} Add --zone with the right one.") from error
    if is_offset(name):
        note = f"The file says that the conference's time zone is {quoted(name)}. If the clock in the hall shows "
        note += "another time, load it again with --zone."
    if note:
        notes.append(note)
    return zone


def _talks(conference: Node) -> Iterator[tuple[Node, Node | None, str]]:
    """Yield the talks of frab's days and rooms, each with its day and the name of its room."""
    for day in conference.nodes("days"):
        rooms = day.raw("rooms")
        if isinstance(rooms, dict):
            by_name = Node(rooms, f"{day.place}.rooms", day.file, day.notes)
            yield from ((talk, day, name) for name in by_name.names() for talk in by_name.nodes(name))
        else:  # null; or [], which PHP writes for no rooms; or a list of rooms
            for room in day.nodes("rooms"):
                for key in ("talks", "events", "sessions"):
                    yield from ((talk, day, room.text("name")) for talk in room.nodes(key))
        for key in ("talks", "events"):
            yield from ((talk, day, "") for talk in day.nodes(key))


def _hub_events(schedule: Node, conference: Node) -> Iterator[tuple[Node, Node | None, str]]:
    """Yield the events of the hub's version 2; a room or track that has only a slug or guid is looked up."""
    rooms = _by_name_of(conference.nodes("rooms"))
    for event in schedule.nodes("events"):
        room = event.raw("room")
        found = ""
        if isinstance(room, dict):
            node = Node(room, f"{event.place}.room", event.file, event.notes)
            found = node.text("name") or rooms.get(node.text("guid"), "") or rooms.get(node.text("slug"), "")
        elif isinstance(room, str):
            found = rooms.get(room, "")
        found = found or rooms.get(event.text("room_guid"), "") or event.text("room_name")
        yield _with_plain_times(event), None, found


def _with_plain_times(event: Node) -> Node:
    """Return an event whose times are called `schedule_start` and so on, as in the hub's API, with the usual names."""
    if event.has("start") or not event.has("schedule_start"):
        return event
    value = {key: event.raw(key) for key in event.names()}
    value |= {key: event.raw(f"schedule_{key}") for key in ("start", "end", "duration")}
    return Node(value, event.place, event.file, event.notes)


def _by_name_of(nodes: list[Node]) -> dict[str, str]:
    return {key: node.text("name") for node in nodes for key in (node.text("guid"), node.text("slug")) if key}


class _Reader:
    """Turns records into drafts; knows the conference's zone, days and tracks."""

    def __init__(self, zone: ZoneInfo, conference: Node, is_named: bool, notes: list[str]) -> None:
        self.zone = zone
        self._is_named = is_named  # the zone by the file, not by --zone
        self._tracks = _by_name_of(conference.nodes("tracks"))
        self._days = max(len(conference.nodes("days")), 1)
        self._notes = notes

    def draft(self, talk: Node, day: Node | None, room: str) -> Draft:
        """Return the draft of one talk. Raises RecordError if it has no start that can be read."""
        start = self._start(talk, day)
        end = self._end(talk, start)
        abstract = talk.text("abstract") or talk.text("description")
        return Draft(
            title=talk.text("title"),
            start=start,
            end=end,
            place=talk.place,
            room=(room if day is None else "") or talk.text("room", "room_name") or room,
            speakers=_speakers(talk),
            abstract=without_html(abstract, MAX_ABSTRACT),
            url=talk.text("url"),
            track=self._track(talk),
            kind=talk.text("type"),
            guid=talk.word("guid"),
            code=talk.text("code"),
            source_id=talk.word("id"),
            recording_url=_recording(talk),
        )

    def _track(self, talk: Node) -> str:
        value = talk.raw("track")
        if not isinstance(value, dict):
            return talk.text("track")
        track = Node(value, f"{talk.place}.track", talk.file, talk.notes)
        known = self._tracks.get(track.text("guid"), "") or self._tracks.get(track.text("slug"), "")
        return track.text("name") or known or talk.text("track") or track.text("slug")

    def _start(self, talk: Node, day: Node | None) -> datetime:
        """Return the start. `date` has the day, the time and an offset, `start` the time: both are read.

        They agree if `start` is the time of `date` as written, or as it is in the conference's zone. Else `start` is
        right where `date` has no time of its own or is outside the day, and `date` otherwise.
        """
        if "T" in talk.text("start") and not talk.text("date"):  # the hub
            return self._local(talk, talk.moment("start"))
        if not talk.text("date"):
            return self._local(talk, *_day_and_clock(talk, day))
        try:
            moment = talk.moment("date")
        except RecordError:
            if not talk.text("start") or day is None:
                raise
            found = self._local(talk, *_day_and_clock(talk, day))
            self._note(talk, f"the date {quoted(talk.text('date'))} cannot be read, so the day and the start were used")
            return found
        clock = _clock_of(talk.text("start"))
        local, warning = in_zone(moment, self.zone)
        if clock is None or clock == local.time().replace(second=0):
            return self._noted(talk, local, warning)
        if clock == moment.time().replace(second=0, tzinfo=None):
            if not self._is_named or moment.tzinfo is None:
                return self._noted(talk, local, warning)
            taken = self._local(talk, moment.date(), clock)
            fact = f"the offset of the date {quoted(talk.text('date'))} is not that of {self.zone.key}"
            self._note(talk, f"{fact}; {taken:%H:%M} there was taken, which `start` says as well")
            return taken
        has_no_time = len(talk.text("date").strip()) <= 10
        by_start = self._local(talk, moment.date(), clock)
        if has_no_time:
            return by_start
        taken = by_start if _is_in_day(by_start, day, self.zone) and not _is_in_day(local, day, self.zone) else local
        self._note(talk, f"`date` says {local:%H:%M} and `start` {clock:%H:%M}; {taken:%H:%M} was taken")
        return taken

    def _end(self, talk: Node, start: datetime) -> datetime | None:
        """Return the end by the duration, else by the end; None if neither can be read."""
        by_duration = self._by_duration(talk, start)
        if not talk.text("end"):
            return by_duration
        try:
            by_end: datetime | None = self._by_end(talk, start)
        except RecordError as error:
            self._notes.append(f"{error.fact}; this value was ignored.")
            by_end = None
        if by_end is None or by_duration is None:
            return by_end or by_duration
        if abs(by_end - by_duration) <= _NEAR:
            return by_end
        taken = by_end if timedelta() < by_end - start <= timedelta(days=1) else by_duration
        self._note(talk, f"`duration` and `end` contradict each other; {taken:%H:%M} was taken as the end")
        return taken

    def _by_end(self, talk: Node, start: datetime) -> datetime:
        clock = _clock_of(talk.text("end"))
        if clock is None:
            return in_zone(talk.moment("end"), self.zone)[0]
        end, _ = resolve_local(start.date(), clock, self.zone)
        return end if end >= start else resolve_local(start.date() + timedelta(days=1), clock, self.zone)[0]

    def _by_duration(self, talk: Node, start: datetime) -> datetime | None:
        value = talk.raw("duration")
        if value is None or value == "":
            if not talk.text("end"):
                self._note(talk, "it has no duration")
            return None
        try:
            length, note = parse_duration(talk.text("duration"), self._days)
        except ValueError as error:
            self._note(talk, f"the duration {quoted(value, 40)} cannot be read: {error}")
            return None
        if not isinstance(value, str):
            note = note or f"the duration is the number {value}, which was read as {length_text(length)}"
        if note:
            self._note(talk, note)
        return after(start, min(length, LONGEST))

    def _local(self, talk: Node, moment: datetime | date, clock: time | None = None) -> datetime:
        if clock is not None:
            return self._noted(talk, *resolve_local(moment, clock, self.zone))
        assert isinstance(moment, datetime)  # noqa: S101  # nosec B101  # the two ways to call it
        return self._noted(talk, *in_zone(moment, self.zone))

    def _noted(self, talk: Node, moment: datetime, warning: str) -> datetime:
        if warning:
            self._note(talk, warning)
        return moment

    def _note(self, talk: Node, text: str) -> None:
        self._notes.append(f"{talk.place}, the talk {quoted(talk.text('title'), 40)}: {text}.")


def _speakers(talk: Node) -> tuple[str, ...]:
    names = ("public_name", "name", "full_public_name", "display_name")
    found = talk.names_of("persons", *names) or talk.names_of("speakers", *names)
    if found or not talk.has("participants"):
        return tuple(found)
    people = talk.nodes("participants")
    speakers = [person for person in people if person.text("role").lower() in {"", "speaker", "host", "presenter"}]
    return tuple(person.text(*names) for person in speakers)


def _recording(talk: Node) -> str:
    recording = talk.raw("recording")
    if isinstance(recording, dict):
        found = Node(recording, f"{talk.place}.recording", talk.file, talk.notes).text("url", "link")
    else:
        found = recording if isinstance(recording, str) else ""
    if found or talk.text("video_download_url"):
        return found or talk.text("video_download_url")
    for link in talk.nodes("links"):
        if "recording" in f"{link.text('type')} {link.text('title')}".lower():
            return link.text("url")
    return ""


def _is_in_day(moment: datetime, day: Node | None, zone: ZoneInfo) -> bool:
    if day is None or not day.text("day_start") or not day.text("day_end"):
        return False
    try:
        first, last = (in_zone(day.moment(key), zone)[0] for key in ("day_start", "day_end"))
    except RecordError:
        return False
    return first.astimezone(UTC) <= moment.astimezone(UTC) <= last.astimezone(UTC)


def _day_and_clock(talk: Node, day: Node | None) -> tuple[date, time]:
    text = talk.required_text("start")
    clock = _clock_length(text)
    if clock is None or clock >= timedelta(days=1) or day is None:
        raise talk.wrong("start", text, 'a time such as "20:30"')
    same_day = datetime.combine(day.moment("date").date(), time()) + clock
    next_day = same_day + timedelta(days=1)
    if _has_moment(day, "day_end"):
        end = day.moment("day_end").replace(tzinfo=None)
        begin = day.moment("day_start").replace(tzinfo=None) if _has_moment(day, "day_start") else same_day
        # a talk may begin a little before the declared start of its day, or behind its end
        is_night = max(next_day - end, timedelta()) < max(begin - same_day, timedelta()) or next_day < end
    else:
        is_night = same_day.time() < _EARLY
    start = next_day if is_night else same_day
    return start.date(), start.time()


def _has_moment(day: Node, key: str) -> bool:
    try:
        day.moment(key)
    except RecordError:
        return False
    return True


def _clock_length(text: str) -> timedelta | None:
    match = _CLOCK.fullmatch(text.strip())
    if match is None:
        return None
    return timedelta(hours=int(match[1]), minutes=int(match[2]), seconds=int(match[3] or 0))


def _clock_of(text: str) -> time | None:
    """Return the time of day in hours and minutes, None if `text` is none."""
    length = _clock_length(text)
    if length is None or length >= timedelta(days=1):
        return None
    return (datetime.min + length).time().replace(second=0)
