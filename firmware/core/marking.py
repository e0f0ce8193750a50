"""Tags, and what may still be done to the newest bookmark: its tag cycled, itself taken back."""

from .portable import const

WINDOW_MS = const(3000)  # for so long after a mark, the action button belongs to that bookmark


class Marking:
    """Which tag the next bookmark gets, and the newest bookmark. Times are milliseconds of uptime.

    `next_tag` is the tag of the next bookmark, `last_tag` that of the newest one, as the screen shows it; both are
    bytes and outlive a change of the list of tags. `last_seq` is the seq of the newest bookmark that can be taken
    back, 0 when there is none.
    """

    def __init__(self, tags):
        self.tags = tags  # a tuple of bytes; at least one once `set_tags` was called
        self.next_tag = tags[0] if tags else b""
        self.last_seq = 0
        self.last_tag = b""
        self.last_number = 0
        self._written_tag = b""
        self._window_ends_ms = 0

    def set_tags(self, tags):
        """Use another list of tags; the next bookmark keeps its tag where that is still in the list."""
        self.tags = tags
        if self.next_tag not in tags:
            self.next_tag = tags[0]

    def saved(self, seq, number, ms):
        """Note that a bookmark was saved: it is the newest, the `number`-th of its talk."""
        self.last_seq = seq
        self.last_number = number
        self.last_tag = self._written_tag = self.next_tag
        self._window_ends_ms = ms + WINDOW_MS

    def forget(self):
        """Note that there is no longer a newest bookmark."""
        self.last_seq = 0

    def in_window(self, ms):
        """Return whether a press at `ms` still belongs to the newest bookmark."""
        return self.last_seq != 0 and ms < self._window_ends_ms

    def window_left_ms(self, now_ms):
        """Return the milliseconds until the window closes, or -1 when it is closed."""
        left_ms = self._window_ends_ms - now_ms
        return left_ms if self.last_seq and left_ms > 0 else -1

    def cycle_last(self, ms):
        """Give the newest bookmark the next tag, and open the window again."""
        self.last_tag = self._tag_after(self.last_tag)
        self._window_ends_ms = ms + WINDOW_MS

    def cycle_next(self):
        """Choose the next tag for the next bookmark."""
        self.next_tag = self._tag_after(self.next_tag)

    def retag_due(self, now_ms):
        """Return whether the newest bookmark's tag has settled and differs from what is written."""
        return self.is_retagged() and now_ms >= self._window_ends_ms

    def is_retagged(self):
        """Return whether the shown tag differs from the written one."""
        return self.last_seq != 0 and self.last_tag != self._written_tag

    def retagged(self):
        """Note that the retag record was written."""
        self._written_tag = self.last_tag

    def _tag_after(self, tag):
        """Return the tag behind `tag` in the list, the first one if it is the last or not in the list."""
        tags = self.tags
        for index in range(len(tags) - 1):
            if tags[index] == tag:
                return tags[index + 1]
        return tags[0]
