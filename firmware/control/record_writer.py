"""Keeps records, and says on the screen what became of them: the only way from a decision into the journal."""

from firmware.core import state
from firmware.core.portable import const

_FLASH_MS = const(3000)


class Recorder:
    """`begin` a record, add its fields to the writer, `save` it; `flash` tells the person."""

    def __init__(self, journal, shown):
        self.journal = journal
        self.begin = journal.begin
        self.state = shown
        self.flash_ends_ms = 0

    def save(self, ms):
        """Save the record that was begun; return its seq. If it cannot be, say so on the screen and return 0."""
        seq = self.journal.save()
        if not seq:
            self.state.flash_reason = self.journal.problem
            self.flash(state.FLASH_NOT_SAVED, ms)
        return seq

    def flash(self, kind, ms):
        """Show for three seconds what a press did; `kind` is one of the FLASH_ numbers of core.state."""
        self.state.flash = kind
        self.flash_ends_ms = ms + _FLASH_MS

    def tick(self, now_ms):
        """Take the flash away when its time is over."""
        if self.state.flash and now_ms >= self.flash_ends_ms:
            self.state.flash = state.FLASH_NONE
