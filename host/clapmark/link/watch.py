"""What the verb `watch` says of the countdown (docs/link.md), checked."""

from dataclasses import dataclass

from clapmark.base.foreign_text import one_line
from clapmark.link.answer import Answer

_STATES = ("ready", "running", "paused", "ended")
_MOST_MS = 1 << 40
_MOST_TEXT = 200


@dataclass(frozen=True)
class Watched:
    """The countdown on the device. Times are milliseconds; texts are harmless, "" for none."""

    mark: int  # stands for all of this but the passing of time
    uptime_ms: int  # when `left_ms` was read
    state: str
    left_ms: int
    total_ms: int
    planned_ms: int
    one_finger_ms: int
    two_finger_ms: int
    overtime: bool
    counts_up: bool
    end_utc_min: int
    silent: bool
    alert: bool
    is_shown: bool  # the countdown is on the device's screen
    preset: str
    talk_id: str
    next_id: str
    speaker: str
    title: str


def watched(answer: Answer) -> Watched:
    """Return the fields of an answer. Raises ProtocolError if one is missing or cannot be."""
    state = answer.text("countdown")
    if state not in _STATES:
        raise answer.wrong('the field "countdown" has no such value')
    return Watched(
        answer.number("at", 0, 1 << 30),
        answer.number("ms"),
        state,
        answer.number("left", -_MOST_MS, _MOST_MS),
        answer.number("total", 0, _MOST_MS),
        answer.number("plan", 0, _MOST_MS),
        answer.number("one", 0, _MOST_MS),
        answer.number("two", 0, _MOST_MS),
        bool(answer.number("overtime", 0, 1)),
        bool(answer.number("up", 0, 1)),
        answer.number("end", 0, 1 << 40),
        bool(answer.number("silent", 0, 1)),
        bool(answer.number("alert", 0, 1)),
        answer.number("screen", 0, 99) == 1,
        _text(answer, "preset"),
        _text(answer, "talk"),
        _text(answer, "next"),
        _text(answer, "speaker"),
        _text(answer, "title"),
    )


def _text(answer: Answer, key: str) -> str:
    encoding = "utf-8" if key == "preset" else "latin-1"
    return one_line(answer.values.get(key, b"").decode(encoding, "replace"), _MOST_TEXT)
