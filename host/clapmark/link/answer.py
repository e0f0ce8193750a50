"""Parses what a device says: every number, text and JSON value of an answer is checked here, and nowhere else.

A CRC that fits says only that the line is intact. The device may be another one, of another version, or broken; the
laptop must not crash, hang or show control characters because of it. docs/link.md describes the fields.
"""

import json

from clapmark.base.errors import ClapmarkError
from clapmark.base.foreign_text import one_line, quoted
from firmware.core.lines.fields import LineError, decimal, fields

MOST_TEXT = 200  # characters of a sentence that a device may say


class ProtocolError(ClapmarkError):
    """The device speaks another version of the link, or does not follow docs/link.md."""


class Answer:
    """The fields of one answer, by name. Its methods raise ProtocolError, with a sentence, for what cannot be."""

    def __init__(self, verb: bytes, words: list[bytes]) -> None:
        """Take the `key=value` words of a frame. Raises ProtocolError if they are not of that form."""
        self.verb = verb.decode("utf-8", "replace")
        try:
            self.values: dict[str, bytes] = fields(words)
        except (LineError, UnicodeDecodeError) as error:
            raise self.wrong(f"its fields cannot be read: {one_line(str(error), 80)}") from error

    @classmethod
    def of_values(cls, verb: bytes, values: dict[str, bytes]) -> "Answer":
        """Return the answer with these fields, which were taken apart before."""
        answer = cls(verb, [])
        answer.values = values
        return answer

    def number(self, key: str, low: int = 0, high: int = 1 << 49, default: int | None = None) -> int:
        """Return the integer in field `key`, which must be between `low` and `high`; `default` if there is none."""
        value = self.values.get(key)
        if value is None and default is not None:
            return default
        if value is None:
            raise self.wrong(f'the field "{key}" is missing')
        try:
            return int(decimal(value, low, high))
        except LineError as error:
            shown = quoted(value.decode("utf-8", "replace"), 30)
            raise self.wrong(f'the field "{key}" cannot be {shown}') from error

    def text(self, key: str, limit: int = MOST_TEXT) -> str:
        """Return the text in field `key` on one harmless line of at most `limit` characters, "" if there is none."""
        return one_line(self.values.get(key, b"").decode("utf-8", "replace"), limit)

    def data(self, key: str) -> bytes:
        """Return the bytes in field `key`."""
        value = self.values.get(key)
        if value is None:
            raise self.wrong(f'the field "{key}" is missing')
        return value

    def wrong(self, what: str) -> ProtocolError:
        """Return the error to raise; `what` says which rule the answer breaks."""
        return ProtocolError(
            f"The device's answer to {quoted(self.verb, 20)} does not follow the protocol: {what}. Nothing is lost: "
            "what the device has saved stays there. Update its firmware with `clapmark deploy` and try again."
        )


def settings_of(data: bytes) -> dict[str, object]:
    """Return the settings in the JSON that a device sent. Raises ProtocolError if it is no object with names."""
    try:
        values = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ProtocolError(
            "The device's settings are not valid JSON. Nothing was changed. `clapmark deploy` updates its firmware; "
            "`clapmark settings load FILE` puts known settings on it."
        ) from error
    if not isinstance(values, dict):
        raise ProtocolError("The device's settings are not a list of names with values. Nothing was changed.")
    return values
