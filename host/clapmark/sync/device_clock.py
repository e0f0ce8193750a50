"""The device's clock: when the laptop sets it, and what is done when the two contradict each other.

A laptop whose clock is wrong must not spoil what the device knows. Where the two are more than a minute apart, the
person is warned before anything is set, and the device's clock stays as it is unless they ask for it.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

from clapmark.base.environment import Environment

CLOCK_OFF_MS = 2_000  # the device's clock is set when it is further off than this
CONTRADICTION_MS = 60_000  # and not without being asked for if it is further off than this
_CLOCK_AGE_MS = 6 * 3600 * 1000  # or was set longer ago than this: 50 ppm make a second of it
_DRIFT_PPM = 200  # of a device that has run for weeks, generously
_LAST_MS = 253_402_300_799_000  # the last second of the year 9999
_OUTVOTE = 2  # clock records that agree outvote the one before (archive/clock_votes.py)


class ClockGreeting(Protocol):
    """What `clapmark.link.hello.Hello` says about the device's clock."""

    @property
    def ms(self) -> int: ...  # noqa: D102  a field of `hello`
    @property
    def utc_ms(self) -> int: ...  # noqa: D102  a field of `hello`
    @property
    def clock_seq(self) -> int: ...  # noqa: D102  a field of `hello`
    @property
    def clock_ms(self) -> int: ...  # noqa: D102  a field of `hello`


class ClockLink(Protocol):
    """What is needed of `clapmark.link.client.LinkClient`."""

    def set_time(self, utc_ms: int, err_ms: int, offset_s: int) -> int:
        """Set the clock; return the seq of the clock record."""

    def error_ms(self) -> int:
        """Return how wrong `set_time` may be."""


def set_device_clock(
    link: ClockLink,
    hello: ClockGreeting,
    environment: Environment,
    offset_s: int,
    *,
    is_wanted: bool = False,
    tell: Callable[[str], None] | None = None,
) -> int:
    """Set the device's clock if this boot does not know the time well; return the seq of the last clock record, or 0.

    `offset_s` is local time minus UTC. Where laptop and device contradict each other, `tell(sentence)` is called and
    nothing is set. With `is_wanted` the laptop's clock overrides the device's: it is set, often enough to
    outvote the clock record that is wrong.
    """
    contradiction = contradiction_ms(hello, environment.utc_ms())
    if contradiction and not is_wanted:
        (tell or environment.tell)(_sentence(hello, environment, offset_s))
        return 0
    if not is_wanted and not needs_time(hello, environment.utc_ms()):
        return 0
    seq = 0
    for _ in range(_OUTVOTE if contradiction else 1):
        seq = link.set_time(environment.utc_ms(), link.error_ms(), offset_s)
    return seq


def needs_time(hello: ClockGreeting, utc_ms: int) -> bool:
    """Return whether the device does not know the time, or not well."""
    is_old = hello.ms - hello.clock_ms > _CLOCK_AGE_MS
    return hello.clock_seq == 0 or is_old or abs(hello.utc_ms - utc_ms) > CLOCK_OFF_MS


def contradiction_ms(hello: ClockGreeting, utc_ms: int) -> int:
    """Return by how much the device's clock is ahead of the laptop's if that is more than drift can explain, else 0."""
    if not hello.utc_ms:
        return 0  # it knows no time
    off_ms = hello.utc_ms - utc_ms
    drift_ms = max(hello.ms - hello.clock_ms, 0) * _DRIFT_PPM // 1_000_000
    return off_ms if abs(off_ms) > CONTRADICTION_MS + drift_ms else 0


def moved_sentence(hello: ClockGreeting, utc_ms: int) -> str:
    """Return the sentence about a clock that was just set."""
    if not hello.utc_ms:
        return "The device's clock was not set; it shows this laptop's time now."
    off_ms = hello.utc_ms - utc_ms
    side = "ahead of" if off_ms > 0 else "behind"
    return f"The device's clock was {span_text(abs(off_ms))} {side} this laptop's; it was set to this laptop's time."


def span_text(ms: int) -> str:
    """Return a length of time in words, in the one or two largest units: 1.5 s, 12 minutes, 3 days, 6.9 years."""
    seconds = ms / 1000
    for length_s, name in ((365.25 * 86_400, "years"), (86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds >= 2 * length_s:
            return f"{seconds / length_s:.1f} {name}".replace(".0 ", " ")
    return f"{seconds:.1f} s".replace(".0 ", " ")


def _sentence(hello: ClockGreeting, environment: Environment, offset_s: int) -> str:
    here_ms = environment.utc_ms()
    return (
        f"This laptop's clock says {_local(here_ms, offset_s)}, the device's says {_local(hello.utc_ms, offset_s)}: "
        f"they contradict each other by {span_text(abs(hello.utc_ms - here_ms))}. The device's clock was left as it "
        "is, and the times of your bookmarks stay. If the laptop is wrong, correct its clock. If the device is wrong, "
        "`clapmark sync --set-clock` sets it."
    )


def _local(utc_ms: int, offset_s: int) -> str:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=min(max(utc_ms, 0), _LAST_MS))
    try:
        return f"{moment + timedelta(seconds=offset_s):%Y-%m-%d %H:%M}"
    except OverflowError:
        return f"{moment:%Y-%m-%d %H:%M}"
