"""Which talk a bookmark belongs to: the one assigned by hand, else chosen on the device, else the one that fits."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from clapmark.archive.archive import Archive
from clapmark.archive.wall_time import WallTime
from clapmark.base.fold_names import fold
from clapmark.bookmarks.assignments import NO_TALK, read_assignments
from clapmark.bookmarks.fold import Bookmark
from clapmark.schedule.device_format import rooms_on_device
from clapmark.schedule.model import LIGHTNING, Schedule, Talk

_AROUND_MS = 12 * 3600 * 1000  # a conference begins so long before its first talk, and ends so long after its last


class How(StrEnum):
    """Why a bookmark belongs to its talk."""

    ASSIGNED = "assigned"  # by `clapmark assign`; also to no talk
    CHOSEN = "chosen"  # on the device: by a person, or by its clock in a room that it knew
    TIME = "time"  # the only talk of the schedule that fits
    UNLINKED = "unlinked"


@dataclass(frozen=True)
class Linked:
    """A bookmark and where it belongs; `slug` is None if it belongs to no conference of the archive."""

    bookmark: Bookmark
    slug: str | None
    talk: Talk | None
    how: How


@dataclass(frozen=True)
class ScheduleSpan:
    """When a conference can have bookmarks, half a day around its talks; `load` reads its schedule.

    Both ends are UTC in milliseconds; a schedule without talks has `first_ms` after `last_ms`.
    """

    slug: str
    first_ms: int
    last_ms: int
    load: Callable[[], Schedule]

    def overlaps(self, when: WallTime) -> bool:
        """Return whether `when` may be in the days of the conference."""
        if self.first_ms > self.last_ms:
            return False
        return (when.earliest_ms is None or when.earliest_ms <= self.last_ms) and (
            when.latest_ms is None or when.latest_ms >= self.first_ms
        )


def span_of(schedule: Schedule) -> ScheduleSpan:
    """Return the span of a schedule that is read already."""
    if not schedule.talks:
        return ScheduleSpan(schedule.slug, 1, 0, lambda: schedule)
    first_ms = min(talk.start_utc_s for talk in schedule.talks) * 1000 - _AROUND_MS
    last_ms = max(talk.end_utc_s for talk in schedule.talks) * 1000 + _AROUND_MS
    return ScheduleSpan(schedule.slug, first_ms, last_ms, lambda: schedule)


class _Candidate:
    """A conference that a bookmark may belong to. Its schedule is read when a bookmark falls into its days."""

    def __init__(self, span: ScheduleSpan, room: str, grace_ms: int) -> None:
        self.slug = span.slug
        self.overlaps = span.overlaps
        self._span = span
        self._room = room
        self._grace_ms = grace_ms
        self._by_device_room: dict[str, _Index | None] = {}

    @cached_property
    def talks(self) -> "_Index":
        """The talks, found by id and by time."""
        return _Index(self._span.load(), {fold(self._room)} - {""}, self._grace_ms)

    def in_room(self, device_room: str) -> "_Index | None":
        """Return the talks of the room that the device calls `device_room`; None if the schedule has no such room."""
        if device_room not in self._by_device_room:
            schedule = self._span.load()
            rooms = {fold(room) for room in rooms_on_device(schedule, device_room)}
            self._by_device_room[device_room] = _Index(schedule, rooms, self._grace_ms) if rooms else None
        return self._by_device_room[device_room]


class _Index:
    """The talks of one schedule, found by id and by time."""

    def __init__(self, schedule: Schedule, rooms: Collection[str], grace_ms: int) -> None:
        """`rooms` are the folded names of those whose talks are found by time; all, if it is empty."""
        self.by_id = {talk.id: talk for talk in schedule.talks}
        talks = [talk for talk in schedule.talks if not rooms or fold(talk.room) in rooms]
        self._grace_ms = grace_ms
        self._spans = sorted(
            ((talk.start_utc_s * 1000, talk.end_utc_s * 1000, talk) for talk in talks),
            key=lambda span: (span[0], span[2].id),
        )
        self._starts_ms = [start_ms for start_ms, _, _ in self._spans]
        self._longest_ms = max((end_ms - start_ms for start_ms, end_ms, _ in self._spans), default=0)
        # between two of these moments the same talks fit, the same best
        edges = ((start_ms - grace_ms, start_ms, end_ms, end_ms + grace_ms) for start_ms, end_ms, _ in self._spans)
        self._edges_ms = sorted({edge_ms for four in edges for edge_ms in four})
        self._fitting: dict[int, list[Talk]] = {}  # by the number of edges that have passed

    def at(self, utc_ms: int) -> list[Talk]:
        """Return of each room the talk that fits `utc_ms` best, in the order of the rooms' names.

        Talks without a room are not in the same room: of those that run at the same time, all are returned.
        A talk that vanished from the schedule counts only where no other fits: most likely it did not happen.
        """
        passed = bisect_right(self._edges_ms, utc_ms)
        fitting = self._fitting.get(passed)
        if fitting is None:
            fitting = self._fitting[passed] = self._find(utc_ms)
        return fitting

    def _find(self, utc_ms: int) -> list[Talk]:
        best: dict[str, tuple[bool, int, int, Talk]] = {}
        roomless: list[tuple[bool, int, int, Talk]] = []
        first = bisect_left(self._starts_ms, utc_ms - self._longest_ms - self._grace_ms)
        last = bisect_right(self._starts_ms, utc_ms + self._grace_ms)
        for start_ms, end_ms, talk in self._spans[first:last]:
            fit = self._fit(start_ms, end_ms, utc_ms)
            if fit is None:
                continue
            candidate = (talk.vanished, *fit, talk)
            room = fold(talk.room)
            if not room:
                roomless.append(candidate)
            elif room not in best or candidate[:3] <= best[room][:3]:
                best[room] = candidate
        fitting = [*_best_of_unknown_rooms(roomless), *(best[room][3] for room in sorted(best))]
        return [talk for talk in fitting if not talk.vanished] or fitting

    def _fit(self, start_ms: int, end_ms: int, utc_ms: int) -> tuple[int, int] | None:
        """Return how well a talk fits, less is better, or None: it runs, ended just now, begins soon."""
        if start_ms <= utc_ms < end_ms:
            return 0, utc_ms - start_ms  # of two that overlap, the one that began last: a lightning talk in its session
        if end_ms <= utc_ms < end_ms + self._grace_ms:
            return 1, utc_ms - end_ms
        if start_ms - self._grace_ms <= utc_ms < start_ms:
            return 2, start_ms - utc_ms
        return None


def _is_session_of(talk: Talk, lightning: Talk) -> bool:
    is_around = talk.start_utc_s <= lightning.start_utc_s and lightning.end_utc_s <= talk.end_utc_s
    return lightning.kind == LIGHTNING and talk is not lightning and is_around


def _best_of_unknown_rooms(candidates: list[tuple[bool, int, int, Talk]]) -> list[Talk]:
    """Return the talk that fits best, and those that fit as well and overlap with it: nothing says which was heard."""
    if not candidates:
        return []
    best = min(candidates, key=lambda candidate: candidate[:3])
    first_s, last_s = best[3].start_utc_s, max(best[3].end_utc_s, best[3].start_utc_s + 1)
    return [
        talk
        for vanished, state, _, talk in candidates
        if (vanished, state) == best[:2]
        and not _is_session_of(talk, best[3])
        and (talk is best[3] or (talk.start_utc_s < last_s and first_s < max(talk.end_utc_s, talk.start_utc_s + 1)))
    ]


class Linker:
    """Finds the talk of a bookmark among the conferences of an archive. Pure: the same input gives the same links."""

    def __init__(
        self,
        schedules: Iterable[Schedule | ScheduleSpan],
        rooms: Mapping[str, str],
        grace_s: int = 300,
        assigned: Mapping[str, tuple[str, str]] | None = None,
    ) -> None:
        """`rooms` names, by slug, the room its owner sat in where that is known; `grace_s` is allowed at both ends.

        `assigned` holds by bookmark id the slug and the talk id that a person decided on; the id of no talk for none.
        """
        spans = [one if isinstance(one, ScheduleSpan) else span_of(one) for one in schedules]
        candidates = [_Candidate(span, rooms.get(span.slug, ""), grace_s * 1000) for span in spans]
        self._candidates = sorted(candidates, key=lambda candidate: candidate.slug)
        self._by_slug = {candidate.slug: candidate for candidate in self._candidates}
        self._grace_ms = grace_s * 1000
        self._assigned = assigned or {}

    def chosen(self, talk_id: str, when: WallTime) -> tuple[str, Talk] | None:
        """Return slug and talk for an id that the device gave at `when`; None if no conference of that time has it."""
        found = [
            (candidate.slug, talk)
            for candidate in self._candidates
            if candidate.overlaps(when) and (talk := candidate.talks.by_id.get(talk_id)) is not None
        ]
        if len(found) < 2:
            return found[0] if found else None
        return min(found, key=lambda pair: abs(pair[1].start_utc_s * 1000 - when.sort_ms))

    def fitting(self, when: WallTime, device_room: str = "") -> list[tuple[str, Talk]]:
        """Return slug and talk of what a press at `when` may belong to, one for each room; none if it is too vague.

        `device_room` is the room that was set on the device: where a schedule has it, only its talks fit.
        """
        utc_ms, error_ms = when.utc_ms, when.error_ms
        if utc_ms is None or error_ms is None or error_ms > max(self._grace_ms, 60_000):
            return []
        near = [candidate for candidate in self._candidates if candidate.overlaps(when)]
        in_room = [(candidate.slug, candidate.in_room(device_room)) for candidate in near] if device_room else []
        known = [(slug, talks) for slug, talks in in_room if talks is not None]
        searched = known or [(candidate.slug, candidate.talks) for candidate in near]
        return [(slug, talk) for slug, talks in searched for talk in talks.at(utc_ms)]

    def link(self, bookmark: Bookmark) -> Linked:
        """Return where `bookmark` belongs. It is never guessed: two talks that fit leave it unlinked.

        Neither is what the device guessed: which of several parallel talks, if no room was chosen.
        """
        if bookmark.id in self._assigned:
            slug, talk_id = self._assigned[bookmark.id]
            candidate = self._by_slug.get(slug)
            # a talk that is no longer in any schedule: the bookmark goes by the other rules until it is back
            if candidate is not None and (talk_id in candidate.talks.by_id or talk_id == NO_TALK):
                return Linked(bookmark, slug, candidate.talks.by_id.get(talk_id), How.ASSIGNED)
        when = bookmark.when
        if bookmark.talk_id and not bookmark.is_guess:
            pair = self.chosen(bookmark.talk_id, when)
            if pair:
                return Linked(bookmark, *pair, How.CHOSEN)
        else:
            found = self.fitting(when, bookmark.room)
            if len(found) == 1:
                return Linked(bookmark, *found[0], How.TIME)
        near = [candidate.slug for candidate in self._candidates if candidate.overlaps(when)]
        return Linked(bookmark, near[0] if len(near) == 1 else None, None, How.UNLINKED)


def linker_of(archive: Archive, schedules: Iterable[Schedule | ScheduleSpan]) -> Linker:
    """Return the linker with the rooms and the grace of the archive's settings, and what a person assigned."""
    settings = archive.settings
    rooms = {name: conference.room for name, conference in settings.conferences.items()}
    return Linker(schedules, rooms, settings.grace_s, read_assignments(archive))
