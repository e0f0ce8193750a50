"""`schedule.json` in the archive: the schedule as JSON, the same bytes for the same schedule.

An object with `format`, `version` and the fields of `Schedule`; its `talks` are objects with the fields of `Talk`.
Times are local times of the zone with their offset. Keys are sorted, so git shows what changed.
"""

import json
from datetime import date, datetime
from zoneinfo import ZoneInfo

from clapmark.schedule.errors import ScheduleError
from clapmark.schedule.ids import is_id, is_slug
from clapmark.schedule.model import (
    FIRST_YEAR,
    LAST_YEAR,
    LIGHTNING,
    MAX_ABSTRACT,
    MAX_NAME,
    MAX_SPEAKERS,
    MAX_TALKS,
    MAX_TITLE,
    NO_TITLE,
    TALK,
    Schedule,
    Talk,
    talk_order,
)
from clapmark.schedule.normalise import too_many_talks, web_address
from clapmark.schedule.readers.shape import Node, parse_json
from clapmark.schedule.text import one_line, paragraphs, quoted
from clapmark.schedule.zones import find_zone

FORMAT = "clapmark-schedule"
VERSION = 1


def to_json(schedule: Schedule) -> bytes:
    """Return `schedule` as UTF-8 JSON with a line end. The warnings are not part of it."""
    value = {
        "format": FORMAT,
        "version": VERSION,
        "slug": schedule.slug,
        "title": schedule.title,
        "zone": schedule.zone,
        "start": schedule.start.isoformat(),
        "end": schedule.end.isoformat(),
        "url": schedule.url,
        "talks": [_talk_value(talk) for talk in schedule.talks],
    }
    return (json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()


def from_json(data: bytes, file: str = "schedule.json") -> Schedule:
    """Return the schedule that `to_json` wrote. `file` names it in messages. Raises ScheduleError if it is damaged.

    The file may have been edited, or have come from elsewhere: nothing in it is trusted.
    """
    return from_value(parse_json(data, file), file)


def recognises(value: object) -> bool:
    """Return whether the JSON `value` says that it is a schedule of ours."""
    return isinstance(value, dict) and value.get("format") == FORMAT


def from_value(value: object, file: str) -> Schedule:
    """Return the schedule in the JSON `value`, as `from_json`."""
    root = Node(value, "", file)
    if not recognises(value):
        raise ScheduleError(f"{file} is no schedule of Clapmark. Load the conference's: clapmark schedule load FILE.")
    version = root.integer("version")
    if version != VERSION:
        raise ScheduleError(f"{file} is of version {version}, this clapmark reads version {VERSION}. Update clapmark.")
    slug = root.required_text("slug")
    if not is_slug(slug):
        raise root.wrong("slug", slug, "a name of small letters, digits and -")
    zone = find_zone(root.required_text("zone"))
    nodes = root.nodes("talks")
    if len(nodes) > MAX_TALKS:
        raise too_many_talks(file)
    talks = tuple(sorted((_talk(node, zone) for node in nodes), key=talk_order))
    _check_ids(talks, file)
    return Schedule(
        slug=slug,
        title=one_line(root.required_text("title"), MAX_TITLE),
        zone=zone.key,
        start=_date(root, "start"),
        end=_date(root, "end"),
        talks=talks,
        url=web_address(root.text("url")),
    )


def _talk_value(talk: Talk) -> dict[str, object]:
    return {
        "id": talk.id,
        "guid": talk.guid,
        "code": talk.code,
        "source_id": talk.source_id,
        "title": talk.title,
        "speakers": list(talk.speakers),
        "room": talk.room,
        "start": talk.start.isoformat(),
        "end": talk.end.isoformat(),
        "abstract": talk.abstract,
        "url": talk.url,
        "track": talk.track,
        "kind": talk.kind,
        "recording_url": talk.recording_url,
        "vanished": talk.vanished,
    }


def _talk(node: Node, zone: ZoneInfo) -> Talk:
    talk_id = node.required_text("id")
    if not is_id(talk_id):
        raise node.wrong("id", talk_id, "an id of 1 to 12 letters, digits, _ and -")
    kind = node.text("kind") or TALK
    if kind not in {TALK, LIGHTNING}:
        raise node.wrong("kind", kind, f'"{TALK}" or "{LIGHTNING}"')
    start, end = _moment(node, "start", zone), _moment(node, "end", zone)
    if end.timestamp() < start.timestamp():
        raise node.wrong("end", node.text("end"), "a time that is not before the start")
    names = (one_line(name, MAX_NAME) for name in node.texts("speakers")[:MAX_SPEAKERS])
    return Talk(
        id=talk_id,
        title=one_line(node.required_text("title"), MAX_TITLE) or NO_TITLE,
        start=start,
        end=end,
        room=one_line(node.text("room"), MAX_NAME),
        speakers=tuple(name for name in names if name),
        abstract=paragraphs(node.text("abstract"), MAX_ABSTRACT),
        url=web_address(node.text("url")),
        track=one_line(node.text("track"), MAX_NAME),
        kind=kind,
        guid=one_line(node.text("guid"), MAX_NAME),
        code=one_line(node.text("code"), MAX_NAME),
        source_id=one_line(node.text("source_id"), MAX_NAME),
        recording_url=web_address(node.text("recording_url")),
        vanished=node.flag("vanished"),
    )


def _moment(node: Node, key: str, zone: ZoneInfo) -> datetime:
    text = node.required_text(key)
    try:
        found = datetime.fromisoformat(text)
        if found.tzinfo is None or not FIRST_YEAR - 1 <= found.year <= LAST_YEAR + 1:
            raise ValueError(text)
    except ValueError as error:
        raise node.wrong(key, text, 'a time with its offset, such as "2019-05-03T15:15:00-04:00"') from error
    return found.astimezone(zone)


def _date(node: Node, key: str) -> date:
    text = node.required_text(key)
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise node.wrong(key, text, 'a date such as "2019-05-03"') from error


def _check_ids(talks: tuple[Talk, ...], file: str) -> None:
    seen: set[str] = set()
    for talk in talks:
        if talk.id.lower() in seen:
            raise ScheduleError(f"{file}: two talks have the id {quoted(talk.id)}. Give one of them another.")
        seen.add(talk.id.lower())
