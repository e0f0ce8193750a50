"""Writes records and shows on the screen whether they were saved: the only way from a decision into the journal."""

from firmware.core.portable import const
from firmware.core.state import FLASH_NONE, FLASH_NOT_SAVED

_FLASH_MS = const(3000)


class RecordWriter:
    """`begin` a record, add its fields to the line writer, `save` it; `flash` shows the person what happened."""

    def __init__(self, journal, state):
        self.state = state
        self.is_open = False  # a record was begun, and it is not known yet whether it is saved
        self.flash_ends_ms = 0
        self._journal = journal

    def begin(self, kind, ms):
        """Start a record of that kind for the moment `ms`; return the line writer for its fields."""
        self.is_open = True
        return self._journal.begin(kind, ms)

    def save(self, ms):
        """Save the record that was begun; return its seq. If that fails, show NOT SAVED and return 0."""
        seq = self._journal.save()
        if seq:
            self.is_open = False
        else:
            self.not_saved(self._journal.problem, ms)
        return seq

    def not_saved(self, reason, ms):
        """Show that the record that was begun is not in the journal, and why (Latin-1 bytes)."""
        self.is_open = False
        self.state.flash_reason = reason
        self.flash(FLASH_NOT_SAVED, ms)

    def flash(self, kind, ms):
        """Show for three seconds what a press did; `kind` is one of the FLASH_ numbers of core.state."""
        self.state.flash = kind
        self.flash_ends_ms = ms + _FLASH_MS

    def tick(self, now_ms):
        """Hide the flash when its time is over."""
        if self.state.flash and now_ms >= self.flash_ends_ms:
            self.state.flash = FLASH_NONE
