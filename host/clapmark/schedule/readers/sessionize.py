"""Sessionize's JSON: the GridSmart view (days, rooms, sessions), the Sessions view (groups), and the All view.

Format: https://sessionize.com/playbook/api. In the All view speakers, rooms and categories are named by ids, in the
others they stand in each session. Times are local times without an offset, and no view names the zone.
"""

from collections.abc import Callable, Iterator, Mapping
from zoneinfo import ZoneInfo

from clapmark.base.errors import UsageError
from clapmark.schedule.model import MAX_ABSTRACT, MAX_TALKS, MAX_TITLE, Schedule
from clapmark.schedule.normalise import Draft, build_schedule, too_many_talks
from clapmark.schedule.readers.shape import Node
from clapmark.schedule.text import without_html
from clapmark.schedule.zones import in_zone

_MAX_SESSIONS = 2 * MAX_TALKS  # with breaks, repetitions and what is not scheduled
_Details = Callable[[Node], tuple[str, tuple[str, ...], list[tuple[str, str]]]]  # room, speakers, (category, item)


def recognises(value: object) -> bool:
    """Return whether the JSON `value` is a view of Sessionize, sound or not."""
    if isinstance(value, dict):
        return isinstance(value.get("sessions"), list)
    if not isinstance(value, list):
        return False
    return any(
        isinstance(item, dict) and any(isinstance(item.get(key), list) for key in ("rooms", "sessions"))
        for item in value
    )


def read(value: object, *, file: str, zone: ZoneInfo | None, title: str, slug: str) -> Schedule:
    """Return the schedule in the JSON `value`. Breaks (service sessions without a speaker) are left out.

    `file` names the source in messages; empty `title` and `slug` are taken from it. Raises UsageError if `zone` is
    None, ScheduleError if the file is not as it should be.
    """
    if zone is None:
        raise UsageError(f"{file}: Sessionize gives local times only. Add their zone, such as --zone Europe/Berlin.")
    warnings: list[str] = []
    drafts: list[Draft] = []
    seen: set[tuple[str, str]] = set()
    unscheduled = breaks = 0
    for number, (session, details) in enumerate(_sessions(value, file)):
        if number >= _MAX_SESSIONS:
            raise too_many_talks(file)
        room, speakers, categories = details(session)
        key = session.word("id"), session.text("startsAt")
        if not key[1]:
            unscheduled += 1
        elif session.flag("isServiceSession") and not speakers:
            breaks += 1
        elif not key[0] or key not in seen:  # a session for all rooms may stand in each of them
            seen.add(key)
            drafts.append(_draft(session, room, speakers, categories, zone, warnings))
    if unscheduled:
        warnings.append(f"Sessions that have no time yet were left out: {unscheduled}.")
    if breaks:
        warnings.append(f"Breaks (service sessions without a speaker) were left out: {breaks}.")
    return build_schedule(drafts, file=file, title=title, zone=zone, slug=slug, url="", warnings=warnings)


def _sessions(value: object, file: str) -> Iterator[tuple[Node, _Details]]:
    if isinstance(value, dict):
        root = Node(value, "", file)
        details = _all_view(root)
        for session in root.nodes("sessions"):
            yield session, details
        return
    for day in Node({"days": value}, "", file).nodes("days"):
        for group in [*day.nodes("rooms"), day]:
            for session in group.nodes("sessions"):
                yield session, _own_details(group)


def _own_details(group: Node) -> _Details:
    room = group.text("name")

    def details(session: Node) -> tuple[str, tuple[str, ...], list[tuple[str, str]]]:
        speakers = tuple(speaker.text("name") for speaker in session.nodes("speakers"))
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
    end, end_warning = in_zone(session.moment("endsAt"), zone) if session.text("endsAt") else (None, "")
    warnings.extend(f"{session.place}: {text}." for text in (warning, end_warning) if text)
    return Draft(
        title=without_html(session.text("title"), MAX_TITLE),
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


def _item(categories: list[tuple[str, str]], word: str) -> str:
    return next((item for category, item in categories if word in category.lower()), "")
