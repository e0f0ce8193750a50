"""The note-taker's side: bookmarks, passages, tags, and what is taken back."""

from firmware.core import state
from firmware.core.marking import Marking
from firmware.core.portable import const

_TALKS = const(8)  # whose bookmarks are counted; who comes back after so many others starts at 1


class Notes:
    """Turns presses of the mark button, and what follows them, into records. Times are milliseconds of uptime."""

    def __init__(self, recorder):
        self.marking = Marking(())
        self._recorder = recorder
        self._counts = {}  # bookmarks by talk id
        self._last_talk = b""  # the id of the newest bookmark's

    def mark(self, ms):
        """Keep a bookmark for the moment `ms`."""
        marking = self.marking
        recorder = self._recorder
        shown = recorder.state
        retag_seq = marking.last_seq if marking.is_retagged() else 0
        retag_tag = marking.last_tag if retag_seq else b""
        writer = recorder.begin(b"bookmark", ms)
        writer.text_field(b"tag", marking.next_tag)
        if shown.talk is not None:
            writer.text_field(b"talk", shown.talk.id)
        seq = recorder.save(ms)
        if seq:
            self._last_talk = self._talk_id()
            number = self.count(self._last_talk, 1)
            marking.saved(seq, number, ms)
            shown.flash_number = number
            shown.flash_tag = marking.last_tag
            recorder.flash(state.FLASH_SAVED, ms)
        else:
            marking.forget()
        if retag_seq:  # the new bookmark comes first: its moment is now
            self._write_retag(retag_seq, retag_tag, ms)

    def passage(self, pressed_ms, ms):
        """The mark button was held from `pressed_ms` to `ms`: the bookmark is a passage of that length."""
        recorder = self._recorder
        seq = self.marking.last_seq
        if seq:
            writer = recorder.begin(b"span", ms)
            writer.number_field(b"of", seq)
            writer.number_field(b"len", ms - pressed_ms)
            if recorder.save(ms):
                recorder.flash(state.FLASH_SAVED, ms)

    def next_tag(self, ms):
        """Give the newest bookmark the next tag while it can have one, else choose the tag of the next bookmark."""
        marking = self.marking
        if marking.in_window(ms):
            marking.cycle_last(ms)
            self._recorder.state.flash_tag = marking.last_tag
            self._recorder.flash(state.FLASH_RETAGGED, ms)
        else:
            marking.cycle_next()

    def take_back(self, ms):
        """Take the newest bookmark back, if there is one."""
        marking = self.marking
        recorder = self._recorder
        if marking.last_seq:
            recorder.begin(b"undo", ms).number_field(b"of", marking.last_seq)
            if recorder.save(ms):
                self.count(self._last_talk, -1)
                marking.forget()
                recorder.flash(state.FLASH_UNDONE, ms)

    def tick(self, now_ms):
        """Write down a tag that has settled, and bring the state up to date."""
        marking = self.marking
        if marking.retag_due(now_ms):
            self._write_retag(marking.last_seq, marking.last_tag, now_ms)
            marking.retagged()
        shown = self._recorder.state
        shown.tag = marking.next_tag
        shown.bookmark_count = self.count(self._talk_id(), 0)

    def _write_retag(self, seq, tag, ms):
        writer = self._recorder.begin(b"retag", ms)
        writer.number_field(b"of", seq)
        writer.text_field(b"tag", tag)
        self._recorder.save(ms)

    def count(self, talk_id, change):
        """Return how many bookmarks a talk has, after `change`; b"" is no talk."""
        counts = self._counts
        number = max(0, counts.get(talk_id, 0) + change)
        if change:
            if talk_id not in counts and len(counts) >= _TALKS:
                counts.clear()  # the heap must not grow all day
            counts[talk_id] = number
        return number

    def _talk_id(self):
        talk = self._recorder.state.talk
        return talk.id if talk is not None else b""
