"""Writes records and shows on the screen whether they were saved: the only way from a decision into the journal."""

from firmware.core.portable import const
from firmware.core.state import FLASH_NONE, FLASH_NOT_SAVED

_FLASH_MS = const(3000)


class RecordWriter:
    """`begin` a record, add its fields to the line writer, `save` it; `flash` shows the person what happened."""

    def __init__(self, journal, state):
        self.journal = journal
        self.begin = journal.begin
        self.state = state
        self.flash_ends_ms = 0

    def save(self, ms):
        """Save the record that was begun; return its seq. If that fails, show NOT SAVED and return 0."""
        seq = self.journal.save()
        if not seq:
            self.state.flash_reason = self.journal.problem
            self.flash(FLASH_NOT_SAVED, ms)
        return seq

    def flash(self, kind, ms):
        """Show for three seconds what a press did; `kind` is one of the FLASH_ numbers of core.state."""
        self.state.flash = kind
        self.flash_ends_ms = ms + _FLASH_MS

    def tick(self, now_ms):
        """Hide the flash when its time is over."""
        if self.state.flash and now_ms >= self.flash_ends_ms:
            self.state.flash = FLASH_NONE
