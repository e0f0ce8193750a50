"""Tags, and what may still be done to the newest bookmark: its tag cycled, itself taken back."""

from .portable import const

WINDOW_MS = const(3000)  # for so long after a mark, the action button belongs to that bookmark


class Marking:
    """Which tag the next bookmark gets, and the newest bookmark. Times are milliseconds of uptime."""

    def __init__(self, tags):
        self.tags = tags  # a tuple of bytes, at least one
        self.next_index = 0
        self.last_seq = 0  # seq of the newest bookmark that can be taken back, 0 when there is none
        self.last_tag_index = 0
        self.last_number = 0
        self._written_tag_index = 0
        self._window_ends_ms = -1

    @property
    def next_tag(self):
        """The tag of the next bookmark."""
        return self.tags[self.next_index]

    @property
    def last_tag(self):
        """The tag of the newest bookmark, as the screen shows it."""
        return self.tags[self.last_tag_index]

    def set_tags(self, tags):
        """Take other tags; the next bookmark gets the first."""
        self.tags = tags
        self.next_index = 0
        self.forget()

    def saved(self, seq, number, ms):
        """A bookmark was saved: it is the newest, the `number`-th of its talk."""
        self.last_seq = seq
        self.last_number = number
        self.last_tag_index = self._written_tag_index = self.next_index
        self._window_ends_ms = ms + WINDOW_MS

    def forget(self):
        """There is no newest bookmark any more."""
        self.last_seq = 0
        self._window_ends_ms = -1

    def in_window(self, ms):
        """Return whether a press at `ms` still belongs to the newest bookmark."""
        return self.last_seq != 0 and ms < self._window_ends_ms

    def window_left_ms(self, now_ms):
        """Return the milliseconds until the window closes, or -1 when it is closed."""
        left_ms = self._window_ends_ms - now_ms
        return left_ms if self.last_seq and left_ms > 0 else -1

    def cycle_last(self, ms):
        """Give the newest bookmark the next tag; the window starts anew."""
        self.last_tag_index = (self.last_tag_index + 1) % len(self.tags)
        self._window_ends_ms = ms + WINDOW_MS

    def cycle_next(self):
        """Choose the next tag for the next bookmark."""
        self.next_index = (self.next_index + 1) % len(self.tags)

    def retag_due(self, now_ms):
        """Return whether the newest bookmark's tag has settled and differs from what is written."""
        return self.last_seq != 0 and self.last_tag_index != self._written_tag_index and now_ms >= self._window_ends_ms

    def is_retagged(self):
        """Return whether the shown tag differs from the written one."""
        return self.last_seq != 0 and self.last_tag_index != self._written_tag_index

    def retagged(self):
        """The retag record was saved."""
        self._written_tag_index = self.last_tag_index
