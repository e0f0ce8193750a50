"""Decides what a press, a cue or a setting does: countdowns, bookmarks, menu, talks."""
