"""Bookmarks, folded from the records that make, tag, lengthen and take back each of them; and the talks sat in."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from clapmark.archive import record
from clapmark.archive.journals import Journal
from clapmark.archive.wall_time import Clock, WallTime

ID_LENGTH = 10
_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS = [first + second for first in _LETTERS for second in _LETTERS]
PASSING_MS = 60_000  # a talk that was shown for less was on the way to another in the list


@dataclass  # not frozen: that takes five times as long, and there are hundreds of thousands
class Bookmark:
    """One press of the mark button, as it stands after everything that the device recorded about it later."""

    device: str
    epoch: str
    seq: int
    crc: str  # of its record, eight digits: tells two records apart that claim the same seq
    boot: int
    ms: int  # of the press, since boot
    when: WallTime
    tag: str
    talk_id: str = ""  # the talk that the device showed, "" if there was none
    is_guess: bool = False  # the device took that talk by its clock alone, and knew no room
    length_ms: int = 0  # of a passage, 0 for a moment
    undone: bool = False
    room: str = ""  # that was set on the device, as its schedule has it; "" if none was

    @cached_property
    def id(self) -> str:
        """Ten letters and digits that name this bookmark wherever it is written; they never change."""
        name = f"{self.device}/{self.epoch}/{self.seq}/{self.crc}".encode()
        number = int.from_bytes(hashlib.sha256(name).digest()[:7])
        # as base32, two letters at a time: the base64 module takes longer than all the rest
        first, second, third = _PAIRS[number >> 46], _PAIRS[number >> 36 & 1023], _PAIRS[number >> 26 & 1023]
        return first + second + third + _PAIRS[number >> 16 & 1023] + _PAIRS[number >> 6 & 1023]

    @property
    def order(self) -> tuple[int, str, int, int, int, str]:
        """The sort key of bookmarks: by time; within a boot by the device's own clock, which is exact."""
        return self.when.sort_ms, self.epoch, self.boot, self.ms, self.seq, self.id


@dataclass(frozen=True)
class Visit:
    """A talk that was sat in without a bookmark being needed: chosen on the device, or timed by a countdown."""

    talk_id: str
    when: WallTime


def fold_bookmarks(journal: Journal, clock: Clock) -> list[Bookmark]:
    """Return the bookmarks of one journal in the order of seq, those that were taken back with `undone` set.

    Later records win. What speaks of a bookmark that is not there (its record is damaged) changes nothing.
    """
    tags: dict[int, str] = {}
    lengths_ms: dict[int, int] = {}
    undone: set[int] = set()
    chosen: dict[int, str] = {}  # per boot: the talk that bookmarks without a talk of their own go to
    guessed: dict[int, str] = {}  # per boot: the talk that the device took by its clock alone
    rooms: dict[int, str] = {}  # per boot: the room that is set
    pressed: list[tuple[record.Record, str, bool, str]] = []
    for entry in journal.records:
        if entry.kind == record.TALK:
            is_guess = entry.fields.get("how") == b"clock"
            chosen[entry.boot] = "" if is_guess else entry.text("id")
            guessed[entry.boot] = entry.text("id") if is_guess else ""
        elif entry.kind == record.ROOM:
            rooms[entry.boot] = entry.text("name")
        elif entry.kind == record.BOOKMARK:
            talk_id = entry.text("talk") or chosen.get(entry.boot, "")
            is_guess = talk_id != "" and guessed.get(entry.boot) == talk_id
            pressed.append((entry, talk_id, is_guess, rooms.get(entry.boot, "")))
        elif entry.kind == record.RETAG:
            tags[entry.number("of")] = entry.text("tag")
        elif entry.kind == record.SPAN:
            lengths_ms[entry.number("of")] = max(entry.number("len"), 0)
        elif entry.kind == record.UNDO:
            undone.add(entry.number("of"))
    return [
        Bookmark(
            device=journal.device,
            epoch=journal.epoch,
            seq=entry.seq,
            crc=entry.crc.decode("ascii"),
            boot=entry.boot,
            ms=entry.ms,
            when=clock.time_at(entry.boot, entry.ms),
            tag=tags.get(entry.seq) or entry.text("tag"),
            talk_id=talk_id,
            is_guess=is_guess,
            length_ms=lengths_ms.get(entry.seq, 0),
            undone=entry.seq in undone,
            room=room,
        )
        for entry, talk_id, is_guess, room in pressed
    ]


def fold_visits(journal: Journal, clock: Clock) -> list[Visit]:
    """Return the talks that were chosen by a person for a minute at least, and those that a countdown ran for.

    A talk that the device chose by its clock is not a visit: it does not know in which room its owner sits.
    """
    visits = []
    left_at_ms: dict[int, int] = {}  # per boot, going backwards: when the next talk was chosen
    for entry in reversed(journal.records):
        talk_id = ""
        if entry.kind == record.TALK:
            stayed_ms = left_at_ms.get(entry.boot, entry.ms + PASSING_MS) - entry.ms
            left_at_ms[entry.boot] = entry.ms
            if entry.fields.get("how") in {b"picked", b"next"} and stayed_ms >= PASSING_MS:
                talk_id = entry.text("id")
        elif entry.kind == record.COUNTDOWN and entry.fields.get("do") == b"start":
            talk_id = entry.text("talk")
        if talk_id:
            visits.append(Visit(talk_id, clock.time_at(entry.boot, entry.ms)))
    return visits[::-1]


def all_bookmarks(journals: Iterable[Journal]) -> list[Bookmark]:
    """Return the bookmarks of several journals, sorted by time."""
    found = [bookmark for journal in journals for bookmark in fold_bookmarks(journal, Clock(journal.records))]
    return sorted(found, key=lambda bookmark: bookmark.order)
