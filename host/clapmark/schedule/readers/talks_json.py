"""JSON of any other program that lists talks: the longest list of objects that have a title and a start.

Fields are recognised by the names that the columns of a table may have (`columns.py`). Rooms, speakers and tracks may
be texts, objects with a name, or ids of other lists in the file. Seen in the wild and read here: the apps of KotlinConf
and Devoxx, Open Event (eventyay), Indico, pretalx' API and widget, Google's calendar API,
schema.org, and schedules that people wrote for their own web sites.
"""

import re
from collections.abc import Mapping
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from clapmark.base.errors import UsageError
from clapmark.schedule.errors import RecordError
from clapmark.schedule.model import MAX_ABSTRACT, MAX_TALKS, Schedule
from clapmark.schedule.normalise import Draft, build_schedule, too_many_talks
from clapmark.schedule.readers.columns import END_DATE, column_name, meanings
from clapmark.schedule.readers.shape import Node
from clapmark.schedule.text import one_line, quoted, without_html
from clapmark.schedule.times.dates import parse_clock, parse_day, parse_moment
from clapmark.schedule.times.durations import parse_duration
from clapmark.schedule.zones import after, find_zone, in_zone, resolve_end, resolve_local

_MAX_OBJECTS = 100_000
_DEPTH = 8
_WRAPPERS = (
    "proposal",
    "talk",
    "session",
    "attributes",
    "event",
    "submission",
    "slot",
    "slots",
)  # around the fields of some
_PERSON = ("name", "fullName", "full_name", "public_name", "displayName", "title")
_MORE = {"fromdate": "start", "todate": "end", "fromtime": "start", "totime": "end", "speakerids": "speakers",
         "speakerslist": "speakers", "roomid": "room", "locationid": "room", "trackid": "track",
         "microlocation": "room", "locationname": "room", "performer": "speakers", "performers": "speakers",
         "talktitle": "title", "shorttitle": ""}  # fmt: skip
_TITLES = ("title", "name", "acronym", "summary")

Item = tuple[str, dict[str, Any]]


def recognises(value: object) -> bool:
    """Return whether the JSON `value` has a list of objects with a title and a start."""
    return bool(_best(value))


def what_is_missing(value: object) -> str:
    """Return why `value` is no list of talks, as the end of a sentence."""
    lists = [items for items in _lists(value) if len(items) > 0]
    if not lists:
        return "it has no list of objects"
    longest = max(lists, key=len)
    names = [one_line(name, 30) for name in list(longest[0][1])[:10]]
    found = set(_fields(longest[0][1]).values())
    lacking = " and ".join(f"no {name}" for name in ("title", "start") if name not in found)
    return (
        f"the objects of its longest list have the fields {', '.join(names) or '(none)'}, but {lacking or 'no start'}"
    )


def read(value: object, *, file: str, zone: ZoneInfo | None, title: str, slug: str) -> Schedule:
    """Return the schedule in the JSON `value`. `zone` goes before the zone that the file names.

    `file` names the source in messages; empty `title` and `slug` are taken from the file. Raises UsageError if no
    zone is known, ScheduleError if no talk can be read.
    """
    notes = ["The file is JSON of a program that Clapmark does not know; the talks were found by the names of fields."]
    items = _best(value)
    root = Node(value, "", file, notes) if isinstance(value, dict) else Node({}, "", file, notes)
    zone = zone or _zone(root, items, file)
    names = _names_by_id(value)
    drafts: list[Draft] = []
    left_out: list[str] = []
    unknown: set[str] = set()
    for place, item in items:
        try:
            drafts.append(_draft(Node(item, place, file, notes), zone, names, unknown))
        except RecordError as error:
            left_out.append(f"{error.fact} (the talk {quoted(_title_of(item), 40)})")
        if len(drafts) + len(left_out) > MAX_TALKS:
            raise too_many_talks(file)
    if unknown:
        notes.append(f"Fields that were not read: {', '.join(sorted(unknown)[:12])}.")
    return build_schedule(
        drafts,
        file=file,
        title=title or root.text(*_TITLES) or _title_of_only(root),
        zone=zone,
        slug=slug,
        url=root.text("url"),
        warnings=notes,
        left_out=left_out,
    )


def _title_of_only(root: Node) -> str:
    """Return the title of the only object under `results`, where Indico has its event."""
    found = root.raw("results")
    only = found[0] if isinstance(found, list) and len(found) == 1 else None
    return Node(only, "", root.file, []).text("title") if isinstance(only, dict) and not _is_talk(only) else ""


def _lists(value: object) -> list[list[Item]]:
    """Return every list of objects: those at the same place of several objects joined, then neighbours."""
    found: dict[str, list[Item]] = {}
    siblings: dict[str, list[Item]] = {}
    _walk(value, "", "", 0, found, siblings)
    return [*found.values(), *siblings.values()]


def _walk(
    value: object, place: str, path: str, depth: int, found: dict[str, list[Item]], siblings: dict[str, list[Item]]
) -> None:
    if depth > _DEPTH:
        return
    if isinstance(value, list):
        own = [(f"{place}[{n}]", item) for n, item in enumerate(value[:_MAX_OBJECTS]) if isinstance(item, dict)]
        if own:
            found.setdefault(path, []).extend(own)
        for where, item in own:
            _walk(item, where, path, depth + 1, found, siblings)
    elif isinstance(value, dict):
        children = [(f"{place}.{one_line(key, 40)}".lstrip("."), key, child) for key, child in value.items()]
        if len(children) > 1 and all(isinstance(child, dict) for _, _, child in children):  # objects by their ids
            found.setdefault(f"{path}.{{}}", []).extend((where, child) for where, _, child in children)
        for where, key, child in children:
            if isinstance(child, list):
                items = [(f"{where}[{n}]", item) for n, item in enumerate(child) if isinstance(item, dict)]
                siblings.setdefault(path, []).extend(items[:_MAX_OBJECTS])
            _walk(child, where, f"{path}.{key}", depth + 1, found, siblings)


def _best(value: object) -> list[Item]:
    """Return the list that has the most talks, with its entries that are not talks."""
    best: list[Item] = []
    most = 0
    for items in _lists(value):
        count = sum(_is_talk(item) for _, item in items)
        if count > most and count * 2 > len(items):
            best, most = items, count
    return best


def _is_talk(item: Mapping[str, Any]) -> bool:
    by_meaning = {meaning: key for key, meaning in _fields(item).items()}
    whole = _flat(item)
    return (
        bool(by_meaning.get("title"))
        and any(whole.get(by_meaning.get(name, "")) not in (None, "") for name in ("start", "date"))
        and isinstance(whole.get(by_meaning["title"]), str | dict)
    )


def _flat(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of an object, with those of a wrapper in it such as `proposal` or `attributes`."""
    found = dict(item)
    for wrapper in _WRAPPERS:
        inner = item.get(wrapper)
        if isinstance(inner, list) and len(inner) == 1:
            inner = inner[0]
        if isinstance(inner, dict):
            del found[wrapper]
            found = {**inner, **found} if wrapper != "attributes" else {**found, **inner}
    return found


def _title_of(item: Mapping[str, Any]) -> str:
    key = next((key for key, meaning in _fields(item).items() if meaning == "title"), "")
    return Node(_flat(item), "", "", []).text(key) if key else ""


def _fields(item: Mapping[str, Any]) -> dict[str, str]:
    """Return what the fields mean, by their names."""
    names = [name for name, value in _flat(item).items() if value is not None]
    plain = {name: column_name(name).replace("_", "") for name in names}
    known = [_MORE.get(plain[name], name) or "(other)" for name in names]
    return {name: meaning for name, meaning in zip(names, meanings(known), strict=True) if meaning}


def _zone(root: Node, items: list[Item], file: str) -> ZoneInfo:
    keys = ("timezone", "timeZone", "time_zone", "time_zone_name", "tz", "zone")
    places = [root, *(Node(root.raw(key), key, file, []) for key in root.names() if isinstance(root.raw(key), dict))]
    named = [place.text(*keys) for place in places] + [
        Node(item, place, file, []).text(*keys) for place, item in items[:1]
    ]
    for item_place, item in items[:1]:
        start = item.get("startDate")  # Indico: {"date": …, "time": …, "tz": …}
        named.append(Node(start, item_place, file, []).text("tz") if isinstance(start, dict) else "")
    name = next(filter(None, named), "")
    if not name:
        raise UsageError(f"{file} does not say in which time zone it is: add --zone, such as --zone Europe/Berlin.")
    try:
        return find_zone(name)
    except UsageError as error:
        raise UsageError(f"{file}: {error} Add --zone with the right one.") from error


def _names_by_id(value: object) -> dict[str, str]:
    """Return the names of the objects in all lists that have an id and a name: speakers, rooms, tracks."""
    found: dict[str, str] = {}
    clashes: set[str] = set()
    for items in _lists(value):
        for _, item in items:
            if _is_talk(item):
                continue
            name = Node({key: item[key] for key in _PERSON if isinstance(item.get(key), str | dict)}, "", "", []).text(
                *_PERSON
            )
            keys = (item[key] for key in ("id", "guid", "slug", "code") if isinstance(item.get(key), str | int))
            for key in keys if name else ():
                if found.setdefault(str(key), name) != name:
                    clashes.add(str(key))
    return {key: name for key, name in found.items() if key not in clashes}


def _draft(node: Node, zone: ZoneInfo, names: Mapping[str, str], unknown: set[str]) -> Draft:
    flat = Node(_flat({key: node.raw(key) for key in node.names()}), node.place, node.file, node.notes)
    fields = _fields({key: node.raw(key) for key in node.names()})
    keys = {meaning: key for key, meaning in fields.items()}
    unknown.update(
        one_line(key, 30) for key in flat.names() if key not in fields and flat.raw(key) not in (None, "", [])
    )

    def text(meaning: str) -> str:
        return flat.text(keys[meaning]) if meaning in keys else ""

    start = _start(flat, keys, zone)
    return Draft(
        title=text("title"),
        start=start,
        end=_end(flat, keys, start, zone),
        place=node.place,
        room=_named(flat, keys.get("room"), names),
        speakers=_people(flat, keys.get("speakers"), names),
        abstract=without_html(text("abstract"), MAX_ABSTRACT),
        url=text("url"),
        track=_named(flat, keys.get("track"), names),
        kind=_named(flat, keys.get("kind"), names),
        guid=text("guid"),
        code=text("code"),
        source_id=flat.word(keys["id"]) if "id" in keys else "",
        recording_url=text("recording_url"),
    )


def _start(node: Node, keys: Mapping[str, str], zone: ZoneInfo) -> datetime:
    key = keys.get("start") or keys.get("date")
    if key is None:
        raise node.wrong("start", None, "a date and time")
    value = node.raw(key)
    if isinstance(value, dict):  # Indico: date, time, tz; Google: dateTime, timeZone, or only date
        parts = Node(value, f"{node.place}.{key}", node.file, node.notes)
        text = parts.text("dateTime") or f"{parts.text('date')} {parts.text('time')}".strip()
        if text and text == parts.text("date") and len(text) <= 10:
            raise node.wrong(key, text, "a time of day: it is an all-day event")
        own = find_zone(parts.text("tz", "timeZone")) if parts.text("tz", "timeZone") else zone
        try:
            moment = parse_moment(text, day_first=True)
        except ValueError as error:
            raise node.wrong(key, text, str(error)) from error
        return in_zone(moment if moment.tzinfo else moment.replace(tzinfo=own), zone)[0]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return in_zone(node.moment(key), zone)[0]
    text = node.text(key)
    try:
        if "date" in keys and keys["date"] != key:
            day = parse_day(node.text(keys["date"]), day_first=True)
            clock = parse_clock(text)
            local = datetime.combine(day, time()) + clock
            return resolve_local(local.date(), local.time(), zone)[0]
    except ValueError:
        pass  # the start may have the date itself
    try:
        return in_zone(parse_moment(text, day_first=True), zone)[0]
    except ValueError as error:
        raise node.wrong(key, value, str(error)) from error


def _end(node: Node, keys: Mapping[str, str], start: datetime, zone: ZoneInfo) -> datetime | None:
    # schema.org's endDate has the time as well
    end_date = keys.get(END_DATE)
    key = keys.get("end") or (end_date if end_date and len(str(node.raw(end_date))) > 10 else None)
    if key is not None and node.raw(key) not in (None, ""):
        try:
            return _end_at(node, key, start, zone)
        except (RecordError, ValueError):
            _ignored(node, key)
    key = keys.get("duration")
    if key is None or node.raw(key) in (None, ""):
        return None
    try:
        return after(start, parse_duration(node.text(key))[0])
    except ValueError:
        _ignored(node, key)
        return None


def _end_at(node: Node, key: str, start: datetime, zone: ZoneInfo) -> datetime:
    value = node.raw(key)
    if not isinstance(value, str):
        return _start(node, {"start": key}, zone)
    if re.fullmatch(r"\d{1,2}[:.]\d{2}(?::\d{2})?(?:\s*[ap]\.?m\.?)?", value.strip(), re.IGNORECASE):
        clock = parse_clock(value)
        return resolve_end(start, (datetime.min + (clock % (datetime.max - datetime.min))).time(), zone)[0]
    return in_zone(parse_moment(value, day_first=True), zone)[0]


def _ignored(node: Node, key: str) -> None:
    if node.notes is not None:
        node.notes.append(f"{node.place}: {key} {quoted(node.raw(key), 40)} cannot be read; this value was ignored.")


def _named(node: Node, key: str | None, names: Mapping[str, str]) -> str:
    """Return the name of a room, track or kind: a text, an object with a name, or the id of one."""
    if key is None:
        return ""
    value = node.raw(key)
    if isinstance(value, list):
        return next(iter(node.names_of(key, *_PERSON)), "")
    if isinstance(value, int) and not isinstance(value, bool):
        return names.get(str(value), str(value))
    text = node.text(key)
    return names.get(text, text)


def _people(node: Node, key: str | None, names: Mapping[str, str]) -> tuple[str, ...]:
    if key is None:
        return ()
    value = node.raw(key)
    if isinstance(value, str):
        return tuple(name.strip() for name in re.split(r"[;\n]|,(?![^()]*\))", value))
    if isinstance(value, list) and all(isinstance(one, str | int) and not isinstance(one, bool) for one in value):
        return tuple(names.get(str(one), str(one)) for one in value)
    if isinstance(value, dict):
        return (node.text(key),)
    return tuple(
        person.text(*_PERSON)
        or f"{person.text('firstName', 'first_name')} {person.text('lastName', 'last_name')}".strip()
        for person in node.nodes(key)
    )
