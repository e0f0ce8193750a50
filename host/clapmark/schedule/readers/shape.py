"""Values taken out of JSON that others wrote: each checked for its type, each error with its place in the file."""

import json
from datetime import datetime
from typing import Any

from clapmark.schedule.errors import ScheduleError
from clapmark.schedule.model import FIRST_YEAR, LAST_YEAR
from clapmark.schedule.text import one_line, quoted

MAX_ENTRIES = 50_000  # of one list; of talks in all there may be far fewer


def parse_json(data: bytes, file: str) -> object:
    """Return the value of the JSON text `data`. Raises ScheduleError if it is none or nested too deep."""
    try:
        return json.loads(data)
    except RecursionError as error:
        raise ScheduleError(f"{file} is JSON nested so deep that it is no schedule. Export it again.") from error
    except json.JSONDecodeError as error:
        raise ScheduleError(
            f"{file} is cut or damaged: line {error.lineno}, column {error.colno}: {error.msg}. Download it again."
        ) from error
    except ValueError as error:  # no text at all, or a number of thousands of digits
        raise ScheduleError(f"{file} cannot be read as JSON: {one_line(str(error), 100)}. Export it again.") from error


class Node:
    """One JSON object and its place in the file; hands out checked values."""

    def __init__(self, value: object, place: str, file: str) -> None:
        if not isinstance(value, dict):
            raise ScheduleError(_message(file, place, value, "an object in braces"))
        self._value: dict[str, Any] = value
        self.place = place
        self.file = file

    def text(self, key: str, *others: str) -> str:
        """Return the text under the first of the keys that has one, or "" where all are missing or null."""
        for name in (key, *others):
            value = self._value.get(name)
            if value is not None:
                if not isinstance(value, str):
                    raise self.wrong(name, value, "a text")
                if value:
                    return value
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
        if value is not None and not isinstance(value, bool):
            raise self.wrong(key, value, "true or false")
        return bool(value)

    def moment(self, key: str) -> datetime:
        """Return the date and time under `key`, which must be there; without a zone where it has no offset."""
        text = self.required_text(key)
        try:
            found = datetime.fromisoformat(text)
        except ValueError as error:
            raise self.wrong(key, text, 'a date and time such as "2019-08-21T20:30:00+02:00"') from error
        if not FIRST_YEAR <= found.year <= LAST_YEAR:
            raise self.wrong(key, text, f"a year from {FIRST_YEAR} to {LAST_YEAR}")
        return found

    def node(self, key: str) -> "Node":
        """Return the object under `key`, which must be there."""
        if not isinstance(self._value.get(key), dict):
            raise self.wrong(key, self._value.get(key), "an object in braces")
        return Node(self._value[key], self._at(key), self.file)

    def nodes(self, key: str) -> list["Node"]:
        """Return the objects in the list under `key`; empty where it is missing or null."""
        return [Node(value, f"{self._at(key)}[{index}]", self.file) for index, value in enumerate(self._list(key))]

    def texts(self, key: str) -> list[str]:
        """Return the texts in the list under `key`; empty where it is missing or null."""
        values = self._list(key)
        for index, value in enumerate(values):
            if not isinstance(value, str):
                place = f"{self._at(key)}[{index}]"
                raise ScheduleError(_message(self.file, place, value, "a text"))
        return list(values)

    def words(self, key: str) -> list[str]:
        """Return the texts and whole numbers in the list under `key` as texts; empty where it is missing or null."""
        values = self._list(key)
        for index, value in enumerate(values):
            if not isinstance(value, str | int) or isinstance(value, bool):
                raise ScheduleError(_message(self.file, f"{self._at(key)}[{index}]", value, "a text or a whole number"))
        return [value if isinstance(value, str) else _whole_number(value) for value in values]

    def names(self) -> list[str]:
        """Return the object's keys in the file's order."""
        return list(self._value)

    def has(self, key: str) -> bool:
        """Return whether there is a value under `key`; null is none."""
        return self._value.get(key) is not None

    def wrong(self, key: str, value: object, expected: str) -> ScheduleError:
        """Return the error that `value` stands under `key` where `expected` was expected."""
        return ScheduleError(_message(self.file, self._at(key), value, expected))

    def _list(self, key: str) -> list[Any]:
        value = self._value.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.wrong(key, value, "a list in brackets")
        if len(value) > MAX_ENTRIES:
            raise ScheduleError(f"{self.file}, {self._at(key)}: the list is longer than any schedule. Export it again.")
        return value

    def _at(self, key: str) -> str:
        name = one_line(key, 40)
        return f"{self.place}.{name}" if self.place else name


def _whole_number(value: int) -> str:
    return str(value) if abs(value) < 10**18 else ""


def _message(file: str, place: str, value: object, expected: str) -> str:
    where = f", {place}" if place else ""
    return f"{file}{where}: {_kind(value)} stands where {expected} is expected. Correct it or export it again."


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
