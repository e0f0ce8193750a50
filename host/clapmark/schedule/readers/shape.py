"""Values taken out of JSON that others wrote: each checked for its type, each error with its place in the file."""

import json
import re
from datetime import UTC, datetime
from typing import Any

from clapmark.schedule.errors import RecordError, ScheduleError
from clapmark.schedule.model import FIRST_YEAR, LAST_YEAR
from clapmark.schedule.text import one_line, quoted

MAX_ENTRIES = 50_000  # of one list; of talks in all there may be far fewer
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})?")
_NAMES = ("name", "title", "rendered", "text", "value", "label")  # of an object in the place of a text


def parse_json(data: bytes | str, file: str) -> object:
    """Return the value of the JSON text `data`. Raises ScheduleError if it is not JSON or is nested too deep."""
    try:
        return json.loads(data)
    except RecursionError as error:
        raise ScheduleError(f"{file} is JSON that is nested too deeply for a schedule. Export it again.") from error
    except json.JSONDecodeError as error:
        raise ScheduleError(
            f"{file} is cut or damaged: line {error.lineno}, column {error.colno}: {error.msg}. Download it again."
        ) from error
    except ValueError as error:  # no text at all, or a number of thousands of digits
        raise ScheduleError(f"{file} cannot be read as JSON: {one_line(str(error), 100)}. Export it again.") from error


class Node:
    """One JSON object and its place in the file; hands out checked values.

    With `notes`, a value of the wrong type in an optional place is skipped, and `notes` gets a sentence on it; without,
    it raises. Required values always raise RecordError.
    """

    def __init__(self, value: object, place: str, file: str, notes: list[str] | None = None) -> None:
        if not isinstance(value, dict):
            raise _wrong(file, place, value, "an object in braces")
        self._value: dict[str, Any] = value
        self.place = place
        self.file = file
        self.notes = notes

    def text(self, key: str, *others: str) -> str:
        """Return the text under the first of the keys that has one, or "" where all are missing or null.

        Lenient nodes also take numbers, objects with a name, and texts in several languages: English, else the first.
        """
        for name in (key, *others):
            value = self._value.get(name)
            if value is None:
                continue
            found = value if isinstance(value, str) else self._as_text(name, value)
            if found:
                return found
        return ""

    def required_text(self, key: str) -> str:
        """Return the text under `key`, which must be there."""
        found = self.text(key)
        if not found:
            raise self.wrong(key, self._value.get(key), "a text")
        return found

    def word(self, key: str) -> str:
        """Return the text or whole number under `key` as text, or "" where it is missing or null."""
        value = self._value.get(key)
        if isinstance(value, int) and not isinstance(value, bool):
            return _whole_number(value)
        return self.text(key)

    def integer(self, key: str) -> int:
        """Return the whole number under `key`, which must be there."""
        value = self._value.get(key)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.wrong(key, value, "a whole number")
        return value

    def flag(self, key: str) -> bool:
        """Return the truth value under `key`; False where it is missing or null."""
        value = self._value.get(key)
        if value is None or isinstance(value, bool):
            return bool(value)
        if self.notes is not None and str(value).lower() in {"true", "yes", "1", "false", "no", "0", ""}:
            return str(value).lower() in {"true", "yes", "1"}
        self._odd(key, value, "true or false")
        return False

    def moment(self, key: str) -> datetime:
        """Return the date and time under `key`, which must be there; without a zone where it has no offset.

        A number counts seconds or milliseconds since 1970, UTC.
        """
        value = self._value.get(key)
        expected = 'a date and time such as "2019-08-21T20:30:00+02:00"'
        try:
            if isinstance(value, int | float) and not isinstance(value, bool):
                seconds = value / 1000 if abs(value) > 10**11 else value
                if seconds < 300_000_000:  # 1979: not a time of this kind
                    raise ValueError(value)
                found = datetime.fromtimestamp(seconds, UTC)
            else:
                text = self.required_text(key).strip()
                found = datetime.fromisoformat(text)
        except (ValueError, OverflowError, OSError) as error:
            raise self.wrong(key, value, expected) from error
        if not FIRST_YEAR <= found.year <= LAST_YEAR:
            raise self.wrong(key, value, f"a year from {FIRST_YEAR} to {LAST_YEAR}")
        return found

    def node(self, key: str) -> "Node":
        """Return the object under `key`, which must be there."""
        if not isinstance(self._value.get(key), dict):
            raise self.wrong(key, self._value.get(key), "an object in braces")
        return Node(self._value[key], self._at(key), self.file, self.notes)

    def nodes(self, key: str) -> list["Node"]:
        """Return the objects in the list under `key`; empty where it is missing or null."""
        found = []
        for place, value in self._items(key):
            if self.notes is not None and not isinstance(value, dict):
                self._odd_at(place, value, "an object in braces")
            else:
                found.append(Node(value, place, self.file, self.notes))
        return found

    def names_of(self, key: str, *fields: str) -> list[str]:
        """Return the names in the list under `key`: texts, or the first text that an object has under `fields`."""
        found = []
        for place, value in self._items(key):
            if isinstance(value, str):
                found.append(value)
            elif isinstance(value, dict):
                found.append(Node(value, place, self.file, self.notes).text(*fields))
            else:
                self._odd_at(place, value, "a name")
        return [name for name in found if name]

    def texts(self, key: str) -> list[str]:
        """Return the texts in the list under `key`; empty where it is missing or null."""
        return [value for place, value in self._items(key) if self._is(place, value, str, "a text")]

    def words(self, key: str) -> list[str]:
        """Return the texts and whole numbers in the list under `key` as texts; empty where it is missing or null."""
        found = []
        for place, value in self._items(key):
            if isinstance(value, bool):
                self._odd_at(place, value, "a text or a whole number")
            elif self._is(place, value, str | int, "a text or a whole number"):
                found.append(value if isinstance(value, str) else _whole_number(value))
        return found

    def names(self) -> list[str]:
        """Return the object's keys in the file's order."""
        return list(self._value)

    def has(self, key: str) -> bool:
        """Return whether there is a value under `key`; null does not count."""
        return self._value.get(key) is not None

    def raw(self, key: str) -> object:
        """Return the value under `key` as it is, None where it is missing."""
        return self._value.get(key)

    def wrong(self, key: str, value: object, expected: str) -> RecordError:
        """Return the error that `value` was found under `key` where `expected` was expected."""
        return _wrong(self.file, self._at(key), value, expected)

    def _as_text(self, key: str, value: object) -> str:
        if self.notes is None:
            raise self.wrong(key, value, "a text")
        if isinstance(value, int | float) and not isinstance(value, bool):
            return _whole_number(value) if isinstance(value, int) else f"{value:g}"
        if isinstance(value, dict):
            found = _text_of(value)
            if found is not None:
                return found
        self._odd(key, value, "a text")
        return ""

    def _items(self, key: str) -> list[tuple[str, Any]]:
        value = self._value.get(key)
        if value is None:
            return []
        at = self._at(key)
        if self.notes is not None and isinstance(value, dict):
            # PHP writes a list whose numbers have a gap as an object; others write a single entry without a list
            if all(name.isdecimal() for name in value):
                return [(f"{at}.{name}", item) for name, item in value.items()]
            return [(at, value)]
        if not isinstance(value, list):
            self._odd(key, value, "a list in brackets")
            return []
        if len(value) > MAX_ENTRIES:
            raise ScheduleError(f"{self.file}, {at}: the list is longer than any schedule. Export it again.")
        return [(f"{at}[{index}]", item) for index, item in enumerate(value)]

    def _is(self, place: str, value: object, kind: Any, expected: str) -> bool:  # noqa: ANN401  # a type or a union
        if isinstance(value, kind):
            return True
        self._odd_at(place, value, expected)
        return False

    def _odd(self, key: str, value: object, expected: str) -> None:
        self._odd_at(self._at(key), value, expected)

    def _odd_at(self, place: str, value: object, expected: str) -> None:
        error = _wrong(self.file, place, value, expected)
        if self.notes is None:
            raise error
        self.notes.append(f"{error.fact}; this value was ignored.")

    def _at(self, key: str) -> str:
        name = one_line(key, 40)
        return f"{self.place}.{name}" if self.place else name


def _text_of(value: dict[str, Any]) -> str | None:
    """Return the text of an object: of several languages English, else the first; or its name; None without both."""
    texts = {key: item for key, item in value.items() if isinstance(item, str)}
    if value and all(_LANGUAGE.fullmatch(key) for key in value) and len(texts) + _nulls(value) == len(value):
        english = next((texts[key] for key in texts if key.split("-")[0].split("_")[0] == "en" and texts[key]), "")
        return english or next((text for text in texts.values() if text), "")
    return next((texts[key] for key in _NAMES if texts.get(key)), None)


def _nulls(value: dict[str, Any]) -> int:
    return sum(item is None for item in value.values())


def _whole_number(value: int) -> str:
    return str(value) if abs(value) < 10**18 else ""


def _wrong(file: str, place: str, value: object, expected: str) -> RecordError:
    where = f"{place}: " if place else ""
    return RecordError(file, f"{where}found {_kind(value)}, expected {expected}")


def _kind(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        small = isinstance(value, float) or abs(value) < 10**12
        return f"the number {value}" if small else "a very large number"
    if isinstance(value, str):
        return f"the text {quoted(value, 40)}"
    return "a list" if isinstance(value, list) else "an object"
