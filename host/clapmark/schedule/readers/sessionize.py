"""Sessionize's JSON: the GridSmart view (days, rooms, sessions), the Sessions view (groups), and the All view.

Format: https://sessionize.com/playbook/api. In the All view speakers, rooms and categories are named by ids, in the
others they are part of each session. Times are local times without an offset, and no view names the zone.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from clapmark.base.errors import UsageError
from clapmark.schedule.errors import RecordError, ScheduleError
from clapmark.schedule.model import MAX_ABSTRACT, MAX_TALKS, Schedule
from clapmark.schedule.normalise import Draft, build_schedule, too_many_talks
from clapmark.schedule.readers.shape import Node
from clapmark.schedule.text import quoted, without_html
from clapmark.schedule.zones import in_zone

_MAX_SESSIONS = 2 * MAX_TALKS  # with breaks, repetitions and what is not scheduled
_Details = Callable[[Node], tuple[str, tuple[str, ...], list[tuple[str, str]]]]  # room, speakers, (category, item)


def recognises(value: object) -> bool:
    """Return whether the JSON `value` is a view of Sessionize, sound or not.

    Others have sessions with a start as well: theirs have other names for the room and the speakers.
    """
    if isinstance(value, dict):
        return _is_list_of_sessions(value.get("sessions"))
    if not isinstance(value, list):
        return False
    groups = [item for item in value if isinstance(item, dict)]
    rooms = [room for item in groups for room in _list(item.get("rooms")) if isinstance(room, dict)]
    return any(_is_list_of_sessions(group.get("sessions")) for group in [*groups, *rooms])


def _is_list_of_sessions(value: object) -> bool:
    if not isinstance(value, list):
        return False
    sessions = [item for item in value if isinstance(item, dict)]
    if not sessions:
        return not value
    keys = {key for session in sessions for key in session}
    own = {"room", "roomId", "isServiceSession", "isPlenumSession", "categoryItems", "questionAnswers"}
    return "startsAt" in keys and ("location" not in keys) and (bool(keys & own) or "speakers" in keys)


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def read(value: object, *, file: str, zone: ZoneInfo | None, title: str, slug: str) -> Schedule:
    """Return the schedule in the JSON `value`. Breaks (service sessions without a speaker) are left out.

    `file` names the source in messages; empty `title` and `slug` are taken from it. Raises UsageError if `zone` is
    None, ScheduleError if no talk can be read.
    """
    if zone is None:
        raise UsageError(f"{file}: Sessionize gives local times only. Add their zone, such as --zone Europe/Berlin.")
    warnings: list[str] = []
    drafts: list[Draft] = []
    left_out: list[str] = []
    seen: set[tuple[str, str]] = set()
    unscheduled = breaks = 0
    for number, (session, details) in enumerate(_sessions(value, file, warnings)):
        if number >= _MAX_SESSIONS:
            raise too_many_talks(file)
        room, speakers, categories = details(session)
        key = session.word("id"), session.text("startsAt")
        if not key[1]:
            unscheduled += 1
        elif session.flag("isServiceSession") and not speakers:
            breaks += 1
        elif not key[0] or key not in seen:  # a session for all rooms may be listed in each of them
            seen.add(key)
            try:
                drafts.append(_draft(session, room, speakers, categories, zone, warnings))
            except RecordError as error:
                left_out.append(f"{error.fact} (the talk {quoted(session.text('title'), 40)})")
    if unscheduled:
        warnings.append(f"Sessions that have no time yet were left out: {unscheduled}.")
    if breaks:
        warnings.append(f"Breaks (service sessions without a speaker) were left out: {breaks}.")
    if not drafts and (unscheduled or breaks):
        raise ScheduleError(
            f"{file} has no talk with a time: {unscheduled} sessions have none yet, and {breaks} are breaks. Load it "
            "again when the conference has published its schedule."
        )
    return build_schedule(
        drafts, file=file, title=title, zone=zone, slug=slug, url="", warnings=warnings, left_out=left_out
    )


def _sessions(value: object, file: str, notes: list[str]) -> Iterator[tuple[Node, _Details]]:
    if isinstance(value, dict):
        root = Node(value, "", file, notes)
        details = _all_view(root)
        for session in root.nodes("sessions"):
            yield session, details
        return
    for day in Node({"days": value}, "", file, notes).nodes("days"):
        for group in [*day.nodes("rooms"), day]:
            for session in group.nodes("sessions"):
                yield session, _own_details(group)


def _own_details(group: Node) -> _Details:
    room = group.text("name")

    def details(session: Node) -> tuple[str, tuple[str, ...], list[tuple[str, str]]]:
        speakers = tuple(session.names_of("speakers", "name", "fullName"))
        categories = [
            (category.text("name"), item.text("name"))
            for category in session.nodes("categories")
            for item in category.nodes("categoryItems")
        ]
        return session.text("room") or room, speakers, categories

    return details


def _all_view(root: Node) -> _Details:
    rooms = {room.word("id"): room.text("name") for room in root.nodes("rooms")}
    speakers = {speaker.word("id"): _full_name(speaker) for speaker in root.nodes("speakers")}
    items: Mapping[str, tuple[str, str]] = {
        item.word("id"): (category.text("title"), item.text("name"))
        for category in root.nodes("categories")
        for item in category.nodes("items")
    }

    def details(session: Node) -> tuple[str, tuple[str, ...], list[tuple[str, str]]]:
        names = tuple(speakers[key] for key in session.words("speakers") if key in speakers)
        categories = [items[key] for key in session.words("categoryItems") if key in items]
        return rooms.get(session.word("roomId"), "") or session.text("room"), names, categories

    return details


def _full_name(speaker: Node) -> str:
    return speaker.text("fullName") or f"{speaker.text('firstName')} {speaker.text('lastName')}".strip()


def _draft(
    session: Node,
    room: str,
    speakers: tuple[str, ...],
    categories: list[tuple[str, str]],
    zone: ZoneInfo,
    warnings: list[str],
) -> Draft:
    start, warning = in_zone(session.moment("startsAt"), zone)
    end, end_warning = _end(session, zone, warnings)
    warnings.extend(f"{session.place}: {text}." for text in (warning, end_warning) if text)
    return Draft(
        title=session.text("title"),
        start=start,
        end=end,
        place=session.place,
        room=room,
        speakers=speakers,
        abstract=without_html(session.text("description"), MAX_ABSTRACT),
        track=_item(categories, "track"),
        kind=_item(categories, "format") or _item(categories, "type"),
        source_id=session.word("id"),
        recording_url=session.text("recordingUrl"),
    )


def _end(session: Node, zone: ZoneInfo, notes: list[str]) -> tuple[datetime | None, str]:
    if not session.text("endsAt"):
        return None, ""
    try:
        return in_zone(session.moment("endsAt"), zone)
    except RecordError as error:
        notes.append(f"{error.fact}; this value was ignored.")
        return None, ""


def _item(categories: list[tuple[str, str]], word: str) -> str:
    return next((item for category, item in categories if word in category.lower()), "")
