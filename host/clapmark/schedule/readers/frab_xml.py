"""The schedule.xml of frab, Pentabarf and pretalx: the data of their schedule.json in another dress.

Format: https://github.com/voc/schedule/tree/master/validator/xsd. It is turned into the JSON's shape and read as that,
so that both are read by the same rules. Days, rooms and talks are named by their place, as there.
"""

import html
import re
from dataclasses import replace
from typing import Any
from xml.etree.ElementTree import Element, ParseError, TreeBuilder  # nosec B405  # types only; defusedxml reads
from zoneinfo import ZoneInfo

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import XMLParser

from clapmark.schedule.errors import ScheduleError
from clapmark.schedule.model import Schedule
from clapmark.schedule.readers import frab_json
from clapmark.schedule.text import one_line

MAX_DEPTH = 20  # schedule, day, room, event, persons, person: six
MAX_ELEMENTS = 500_000
_ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_AMPERSAND = re.compile(r"&(?:#\d{1,7};|#[xX][0-9a-fA-F]{1,6};|[A-Za-z][A-Za-z0-9]{1,31};)?")
_TEXTS = (
    "date",
    "start",
    "duration",
    "room",
    "title",
    "track",
    "type",
    "abstract",
    "description",
    "url",
    "code",
    "end",
)


def read(data: bytes, *, file: str, zone: ZoneInfo | None, title: str, slug: str) -> Schedule:
    """Return the schedule in the XML `data`; the arguments, and what is raised, as for `frab_json.read`."""
    notes: list[str] = []
    root = _parsed_or_repaired(data, file, notes)
    if root.tag != "schedule" or root.find("conference") is None:
        raise ScheduleError(f"{file} is XML, but no schedule of frab or pretalx: is it the right file?")
    schedule = frab_json.read(_value(root), file=file, zone=zone, title=title, slug=slug)
    return replace(schedule, warnings=(*notes, *schedule.warnings))


class _BoundedBuilder(TreeBuilder):
    """Builds the tree of a document, unless it is larger or deeper than any schedule."""

    def __init__(self, file: str) -> None:
        super().__init__()
        self._file = file
        self._depth = 0
        self._count = 0

    def start(self, tag: Any, attrs: Any) -> Element:  # noqa: ANN401  # as in the class above
        self._depth += 1
        self._count += 1
        if self._depth > MAX_DEPTH or self._count > MAX_ELEMENTS:
            what = "nested deeper" if self._depth > MAX_DEPTH else "of more elements"
            raise ScheduleError(f"{self._file} is XML {what} than any schedule. Export it again.")
        return super().start(tag, attrs)

    def end(self, tag: Any) -> Element:  # noqa: ANN401  defusedxml has no types
        self._depth -= 1
        return super().end(tag)


def _parsed_or_repaired(data: bytes, file: str, notes: list[str]) -> Element:
    """Return the document; what XML does not allow in a text that somebody typed is taken out first, if need be."""
    try:
        return _parsed(data, file)
    except ScheduleError as error:
        if not isinstance(error.__cause__, ParseError):
            raise
        repaired = _without_illegal(data)
        if repaired == data:
            raise
        try:
            root = _parsed(repaired, file)
        except ScheduleError:
            raise error from None
    notes.append("The file has characters that XML does not allow; they were replaced or left out.")
    return root


def _without_illegal(data: bytes) -> bytes:
    """Return UTF-8 XML without invalid bytes, control characters, unknown entities and `&` that begin none."""
    text = data.decode("utf-8", "replace")
    text = _ILLEGAL.sub("", text)
    return _AMPERSAND.sub(_entity, text).encode()


def _entity(match: re.Match[str]) -> str:
    name = match[0]
    if name in {"&amp;", "&lt;", "&gt;", "&quot;", "&apos;"}:
        return name
    character = html.unescape(name) if name.endswith(";") else name
    if character == name or _ILLEGAL.match(character):
        return "" if name.startswith("&#") else f"&amp;{name[1:]}"
    return f"&#{ord(character)};" if len(character) == 1 else character


def _parsed(data: bytes, file: str) -> Element:
    parser = XMLParser(target=_BoundedBuilder(file), forbid_dtd=True)
    try:
        parser.feed(data)
        root: Element = parser.close()
    except ParseError as error:
        raise ScheduleError(f"{file} is cut or damaged: {one_line(str(error), 100)}. Download it again.") from error
    except DefusedXmlException as error:
        raise ScheduleError(
            f"{file} declares a document type or entities. No schedule needs them, so it was not read: export it again."
        ) from error
    except (LookupError, ValueError) as error:  # an encoding that expat does not know
        reason = one_line(str(error), 100)
        raise ScheduleError(f"{file} cannot be read as XML: {reason}. Save it as UTF-8 and try again.") from error
    return root


def _value(root: Element) -> dict[str, object]:
    conference = root.find("conference")
    names = ("title", "acronym", "url", "time_zone_name", "timezone")
    found: dict[str, object] = {} if conference is None else {name: _text(conference, name) for name in names}
    found["days"] = [_day(day) for day in root.findall("day")]
    return {"schedule": {"conference": found}}


def _day(day: Element) -> dict[str, object]:
    rooms: dict[str, list[object]] = {}
    for room in day.findall("room"):
        name = room.get("name", "")
        rooms.setdefault(name, []).extend(_event(event, name) for event in room.findall("event"))
    return {"date": day.get("date"), "day_start": day.get("start"), "day_end": day.get("end"), "rooms": rooms}


def _event(event: Element, room: str) -> dict[str, object]:
    value: dict[str, object] = {name: _text(event, name) for name in _TEXTS}
    value["room"] = value["room"] or room
    value["id"] = event.get("id")
    value["guid"] = event.get("guid")
    value["code"] = event.get("code") or value["code"]
    value["persons"] = [{"name": _person(person)} for person in event.findall("persons/person")]
    value["links"] = [
        {"url": link.get("href", ""), "type": link.get("type", ""), "title": _whole_text(link)}
        for link in event.findall("links/link")
    ]
    value["video_download_url"] = _text(event, "video_download_url")
    recording = event.find("recording")
    if recording is not None:
        value["recording"] = {"url": _text(recording, "url"), "link": _text(recording, "link")}
    return value


def _person(person: Element) -> str:
    return _text(person, "public_name") or _text(person, "name") or _whole_text(person) or person.get("public_name", "")


def _text(parent: Element, name: str) -> str:
    child = parent.find(name)
    return "" if child is None else _whole_text(child)


def _whole_text(element: Element) -> str:
    return "".join(element.itertext()).strip()
