"""The running order of a session: who speaks when, who has spoken for how long, who was skipped."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from clapmark.base.errors import ClapmarkError

WAITING, CURRENT, SPEAKING, DONE, SKIPPED = "waiting", "current", "speaking", "done", "skipped"


class RundownError(ClapmarkError):
    """What was asked of the running order cannot be; the message says why."""


@dataclass(frozen=True)
class Entry:
    """One talk of the session. Lengths and times are milliseconds, times are UTC."""

    talk_id: str
    title: str
    speakers: tuple[str, ...]
    start_utc_ms: int  # as planned
    planned_ms: int
    state: str = WAITING
    began_utc_ms: int | None = None
    actual_ms: int | None = None

    def values(self) -> dict[str, object]:
        """Return it as the pages and the API get it."""
        return {
            "talk": self.talk_id,
            "title": self.title,
            "speakers": list(self.speakers),
            "start_utc_ms": self.start_utc_ms,
            "planned_ms": self.planned_ms,
            "state": self.state,
            "began_utc_ms": self.began_utc_ms,
            "actual_ms": self.actual_ms,
        }


class Rundown:
    """The talks of a session in the order in which they are to run."""

    def __init__(self, entries: Iterable[Entry] = (), title: str = "", end_utc_ms: int = 0) -> None:
        self.title = title
        self.entries = list(entries)
        self.is_reordered = False  # the device follows its schedule and must be sent to who is next here
        last = self.entries[-1] if self.entries else None
        self.end_utc_ms = end_utc_ms or (last.start_utc_ms + last.planned_ms if last else 0)

    @property
    def start_utc_ms(self) -> int:
        """When the session begins; 0 without talks."""
        return min((entry.start_utc_ms for entry in self.entries), default=0)

    def find(self, talk_id: str) -> int:
        """Return the place of a talk, or -1."""
        return next((place for place, entry in enumerate(self.entries) if entry.talk_id == talk_id), -1)

    def after(self, talk_id: str) -> Entry | None:
        """Return who is next after that talk: the first one behind it that waits."""
        place = self.find(talk_id)
        return next((entry for entry in self.entries[place + 1 :] if entry.state in {WAITING, SKIPPED}), None)

    def before(self, talk_id: str) -> Entry | None:
        """Return the talk before that one, or None."""
        place = self.find(talk_id)
        return self.entries[place - 1] if place > 0 else None

    def select(self, talk_id: str) -> None:
        """Go to a talk: who was called and did not speak was skipped."""
        here = self.find(talk_id)
        for place, entry in enumerate(self.entries):
            if place == here:
                if entry.state in {WAITING, SKIPPED}:
                    self._set(place, state=CURRENT)
            elif entry.state == CURRENT:
                self._set(place, state=SKIPPED if here > place else WAITING)

    def begin(self, talk_id: str, utc_ms: int) -> None:
        """Note that the talk's countdown runs."""
        place = self.find(talk_id)
        if place >= 0:
            entry = self.entries[place]
            is_again = entry.state == SPEAKING and entry.began_utc_ms is not None
            self._set(place, state=SPEAKING, began_utc_ms=entry.began_utc_ms if is_again else utc_ms, actual_ms=None)

    def end(self, talk_id: str, actual_ms: int) -> None:
        """Note how long the talk took."""
        place = self.find(talk_id)
        if place >= 0:
            self._set(place, state=DONE, actual_ms=actual_ms)

    def skip(self, talk_id: str) -> None:
        """Note that nobody spoke."""
        place = self.find(talk_id)
        if place >= 0 and self.entries[place].state in {WAITING, CURRENT}:
            self._set(place, state=SKIPPED)

    def swap(self, one: str, two: str) -> None:
        """Let two speakers change places. Raises RundownError if one of them has spoken, or is speaking."""
        places = self.find(one), self.find(two)
        if min(places) < 0:
            raise RundownError("There is no such speaker in this session; the running order is unchanged.")
        if places[0] == places[1]:
            raise RundownError("Choose two speakers to swap; the running order is unchanged.")
        for place in places:
            if self.entries[place].state in {SPEAKING, DONE}:
                raise RundownError("Who has spoken or is speaking cannot be moved; the running order is unchanged.")
        first, second = (self.entries[place] for place in places)
        # the slots stay where they are in time: only the people change places
        self.entries[places[0]] = replace(second, start_utc_ms=first.start_utc_ms, state=first.state)
        self.entries[places[1]] = replace(first, start_utc_ms=second.start_utc_ms, state=second.state)
        self.is_reordered = True

    def rest_ms(self, talk_id: str) -> int:
        """Return the planned time of all talks behind that one that still wait."""
        place = self.find(talk_id)
        return sum(entry.planned_ms for entry in self.entries[place + 1 :] if entry.state == WAITING)

    def behind_ms(self, talk_id: str, left_ms: float, now_utc_ms: int) -> int | None:
        """Return by how much the session will end late (negative: early), or None without a session.

        `left_ms` is what the speaker of `talk_id` has left; before the session begins it is 0 or less.
        """
        if not self.entries:
            return None
        expected_ms = max(now_utc_ms, self.start_utc_ms if not self._has_begun() else 0)
        return round(expected_ms + max(0.0, left_ms) + self.rest_ms(talk_id)) - self.end_utc_ms

    def taken_over(self, newer: "Rundown") -> "Rundown":
        """Return `newer`, a schedule that replaced this one, with what happened until now."""
        known = {entry.talk_id: entry for entry in self.entries}
        for place, entry in enumerate(newer.entries):
            old = known.get(entry.talk_id)
            if old is not None:
                newer._set(place, state=old.state, began_utc_ms=old.began_utc_ms, actual_ms=old.actual_ms)
        return newer

    def _has_begun(self) -> bool:
        return any(entry.began_utc_ms is not None for entry in self.entries)

    def _set(self, place: int, **changes: object) -> None:
        self.entries[place] = replace(self.entries[place], **changes)  # type: ignore[arg-type]  # of Entry's own fields
