"""Notes: bookmarks become bullets in posts, without a written word being touched.

`plan_notes` works out what would change and writes nothing; `apply` writes it; `changes.plan_undo` is the way back.
"""

from clapmark.notes.changes import Change
from clapmark.notes.plan import NotesPlan, apply, plan_notes

__all__ = ["Change", "NotesPlan", "apply", "plan_notes"]
