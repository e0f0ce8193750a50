"""Bookmarks, passages, tags and undo: what a note-taker's presses write."""

from firmware.core.marking import Marking
from firmware.core.portable import const
from firmware.core.state import FLASH_RETAGGED, FLASH_SAVED, FLASH_UNDONE

_TALKS = const(8)  # whose bookmarks are counted; a talk that comes back after so many others starts at 1


class Bookmarks:
    """Turns presses of the mark button, and what follows them, into records. Times are milliseconds of uptime."""

    def __init__(self, records):
        self.marking = Marking(())
        self._records = records
        self._talk_ids = [b""] * _TALKS  # whose bookmarks are counted; allocated once, as a press must not allocate
        self._numbers = [0] * _TALKS
        self._used = 1  # of these two; the first entry is "no talk"
        self._last_talk = b""  # the id of the newest bookmark's

    def mark(self, ms):
        """Record a bookmark for the moment `ms`."""
        marking = self.marking
        records = self._records
        state = records.state
        records.is_open = True  # any failure from here on: this press is NOT SAVED
        retag_seq = marking.last_seq if marking.is_retagged() else 0
        retag_tag = marking.last_tag if retag_seq else b""
        writer = records.begin(b"bookmark", ms)
        writer.text_field(b"tag", marking.next_tag)
        if state.talk is not None:
            writer.text_field(b"talk", state.talk.id)
        seq = records.save(ms)
        if seq:
            self._last_talk = self._talk_id()
            number = self.count(self._last_talk, 1)
            marking.saved(seq, number, ms)
            state.flash_number = number
            state.flash_tag = marking.last_tag
            records.flash(FLASH_SAVED, ms)
        else:
            marking.forget()
        if retag_seq:  # the new bookmark comes first: its moment is now
            self._write_retag(retag_seq, retag_tag, ms)

    def passage(self, pressed_ms, ms):
        """The mark button was held from `pressed_ms` to `ms`: the bookmark is a passage of that length."""
        records = self._records
        seq = self.marking.last_seq
        if seq:
            writer = records.begin(b"span", ms)
            writer.number_field(b"of", seq)
            writer.number_field(b"len", ms - pressed_ms)
            if records.save(ms):
                records.flash(FLASH_SAVED, ms)

    def next_tag(self, ms):
        """Give the newest bookmark the next tag while it can have one, else choose the tag of the next bookmark."""
        marking = self.marking
        if marking.in_window(ms):
            marking.cycle_last(ms)
            self._records.state.flash_tag = marking.last_tag
            self._records.flash(FLASH_RETAGGED, ms)
        else:
            marking.cycle_next()

    def take_back(self, ms):
        """Take the newest bookmark back, if there is one."""
        marking = self.marking
        records = self._records
        if marking.last_seq:
            records.begin(b"undo", ms).number_field(b"of", marking.last_seq)
            if records.save(ms):
                self.count(self._last_talk, -1)
                marking.forget()
                records.flash(FLASH_UNDONE, ms)

    def tick(self, now_ms):
        """Write down a tag that has settled, and bring the state up to date."""
        marking = self.marking
        if marking.retag_due(now_ms):
            self.settle(now_ms)
        state = self._records.state
        state.tag = marking.next_tag
        state.bookmark_count = self.count(self._talk_id(), 0)

    def settle(self, ms):
        """Record the tag that the screen shows, if no record has it yet."""
        marking = self.marking
        if marking.is_retagged():
            marking.retagged()
            self._write_retag(marking.last_seq, marking.last_tag, ms)

    def _write_retag(self, seq, tag, ms):
        writer = self._records.begin(b"retag", ms)
        writer.number_field(b"of", seq)
        writer.text_field(b"tag", tag)
        self._records.save(ms)

    def count(self, talk_id, change):
        """Return how many bookmarks a talk has, after `change`; b"" is not a talk."""
        index = 0
        while index < self._used and self._talk_ids[index] != talk_id:
            index += 1
        if index == self._used:
            if not change:
                return 0
            if index == _TALKS:  # the memory must not grow all day
                index = 1
            self._talk_ids[index] = talk_id
            self._numbers[index] = 0
            self._used = index + 1
        number = max(0, self._numbers[index] + change)
        self._numbers[index] = number
        return number

    def _talk_id(self):
        talk = self._records.state.talk
        return talk.id if talk is not None else b""
