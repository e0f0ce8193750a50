"""Commands for the archive: schedules, notes, recordings, exports, search."""
