"""A newer version of a schedule: talks that moved or were renamed keep their ids, vanished ones their bookmarks."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from clapmark.base.fold_names import fold
from clapmark.schedule.ids import free_id
from clapmark.schedule.model import MAX_TALKS, Schedule, Talk, talk_order
from clapmark.schedule.normalise import too_many_talks
from clapmark.schedule.text import quoted

_MAX_NAMED = 20  # talks that are reported one by one

_Key = Callable[[Talk], Hashable]
# the source's own identifiers, the best first; "" says nothing
_IDENTIFIERS: tuple[_Key, ...] = (lambda talk: talk.guid, lambda talk: talk.code, lambda talk: talk.source_id)


@dataclass(frozen=True)
class Update:
    """A newer version with the ids of the one before, and what became of the talks."""

    schedule: Schedule
    new: int
    moved: int  # to another time or room
    renamed: int
    kept: tuple[Talk, ...]  # vanished, and kept for their bookmarks
    gone: int  # vanished without bookmarks

    def notices(self) -> list[str]:
        """Return a sentence for each change that the person should know of."""
        counts = (
            (self.new, "new"),
            (self.moved, "at another time or place"),
            (self.renamed, "under another title"),
            (self.gone, "gone, without bookmarks"),
        )
        changes = [f"{count} {what}" for count, what in counts if count]
        sentences = [f"Talks that changed since the last time: {', '.join(changes)}."] if changes else []
        sentences += [
            f"{quoted(talk.title)} ({talk.id}) is no longer in the schedule; it stays, marked as vanished, because "
            "bookmarks belong to it."
            for talk in self.kept[:_MAX_NAMED]
        ]
        if len(self.kept) > _MAX_NAMED:
            sentences.append(f"So do {len(self.kept) - _MAX_NAMED} more.")
        return sentences


def shared_talks(one: Schedule, other: Schedule) -> float:
    """Return the share of the talks of the smaller schedule that the other one has as well, from 0 to 1.

    A talk is the same by its title and start, or by an identifier of the source that is no plain number.
    """
    sets = [{key for talk in schedule.talks for key in _same_talk(talk)} for schedule in (one, other)]
    pairs = ((one, sets[1]), (other, sets[0]))
    return max(
        sum(any(key in keys for key in _same_talk(talk)) for talk in schedule.talks) / max(len(schedule.talks), 1)
        for schedule, keys in pairs
    )


def _same_talk(talk: Talk) -> list[Hashable]:
    return [(fold(talk.title), talk.start_utc_s), *((talk.guid,) if len(talk.guid) > 8 else ())]


def carry_over(before: Schedule, fresh: Schedule, bookmarked: Collection[str]) -> Update:
    """Return `fresh`, a newer version of the schedule `before`, with the ids that its talks have there.

    `bookmarked` are the ids of the talks that bookmarks belong to: those of them that are not in `fresh` stay, marked
    as vanished. The same version once more changes nothing. Raises ScheduleError if that makes too many talks.
    """
    pairs = _pairs(before, fresh)
    matched = {talk.id for talk in pairs.values()}
    missing = [talk for talk in before.talks if talk.id not in matched]
    zone = ZoneInfo(fresh.zone)
    kept = tuple(
        replace(talk, start=talk.start.astimezone(zone), end=talk.end.astimezone(zone), vanished=True)
        for talk in missing
        if talk.id in bookmarked
    )
    talks = sorted((*_with_ids(fresh, pairs, kept), *kept), key=talk_order)
    if len(talks) > MAX_TALKS:
        raise too_many_talks("The new version, together with vanished talks that have bookmarks,")
    changes = [(pairs[talk.id], talk) for talk in fresh.talks if talk.id in pairs]
    return Update(
        schedule=replace(fresh, talks=tuple(talks)),
        new=len(fresh.talks) - len(pairs),
        moved=sum(_place(old) != _place(new) for old, new in changes),
        renamed=sum(old.title != new.title for old, new in changes),
        kept=kept,
        gone=len(missing) - len(kept),
    )


def _with_ids(fresh: Schedule, pairs: dict[str, Talk], kept: Iterable[Talk]) -> list[Talk]:
    given = {talk.id.lower() for talk in (*pairs.values(), *kept)}
    taken = given | {talk.id.lower() for talk in fresh.talks}
    talks = []
    for talk in fresh.talks:
        talk_id = pairs[talk.id].id if talk.id in pairs else talk.id
        if talk.id not in pairs and talk_id.lower() in given:
            identity = "\n".join((talk.title, talk.start.isoformat(), talk.room, talk.id))
            talk_id = free_id(talk.title, identity, taken)
            taken.add(talk_id)
        talks.append(replace(talk, id=talk_id))
    return talks


def _pairs(before: Schedule, fresh: Schedule) -> dict[str, Talk]:
    """Return, by the id that a talk of `fresh` was given at import, the talk of `before` that it is."""
    old = {talk.id: talk for talk in before.talks}
    new = {talk.id: talk for talk in fresh.talks}
    pairs: dict[str, Talk] = {}

    def pair(matches: Iterable[tuple[Talk, Talk]]) -> None:
        for one, other in matches:
            pairs[other.id] = old.pop(one.id)
            del new[other.id]

    # talks that nothing tells apart are paired in their order
    pair(_alike(old.values(), new.values(), _content, several=True))
    for identifier in _IDENTIFIERS:
        pair(_alike(old.values(), new.values(), identifier))
    pair(_alike(old.values(), new.values(), _full_place, several=True))
    # where identifiers speak for two different talks, a title or a slot does not speak against them
    told_apart = _told_apart(before.talks), _told_apart(fresh.talks)
    for key in (_title, _slot):
        found = _alike(old.values(), new.values(), key)
        pair([(one, other) for one, other in found if one.id not in told_apart[0] or other.id not in told_apart[1]])
    return pairs


def _alike(old: Iterable[Talk], new: Iterable[Talk], key: _Key, several: bool = False) -> list[tuple[Talk, Talk]]:
    """Return the pairs with the same `key`: where one talk on each side has it, or, with `several`, in their order."""
    groups: dict[Hashable, tuple[list[Talk], list[Talk]]] = defaultdict(lambda: ([], []))
    for side, talks in enumerate((old, new)):
        for talk in talks:
            groups[key(talk)][side].append(talk)
    return [
        pair
        for value, (ones, others) in groups.items()
        if value and (several or len(ones) == len(others) == 1)
        for pair in zip(ones, others, strict=False)
    ]


def _told_apart(talks: Collection[Talk]) -> set[str]:
    """Return the ids of the talks that have an identifier of their source to themselves."""
    found = set()
    for identifier in _IDENTIFIERS:
        counts = Counter(identifier(talk) for talk in talks)
        found |= {talk.id for talk in talks if identifier(talk) and counts[identifier(talk)] == 1}
    return found


def _content(talk: Talk) -> Hashable:
    return replace(talk, id="", vanished=False)


def _place(talk: Talk) -> tuple[int, int, str]:
    return talk.start_utc_s, talk.end_utc_s, talk.room


def _full_place(talk: Talk) -> Hashable:
    return fold(talk.title), talk.start_utc_s, fold(talk.room)


def _title(talk: Talk) -> Hashable:
    return fold(talk.title)


def _slot(talk: Talk) -> Hashable:
    return (talk.start_utc_s, talk.room, talk.speakers) if talk.speakers else None
