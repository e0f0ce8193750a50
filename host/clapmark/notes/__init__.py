"""Notes: bookmarks become bullets in posts, without a written word being touched.

`plan_notes` works out what would change and writes nothing; `apply` writes it.
"""

from clapmark.notes.plan import Change, NotesPlan, apply, plan_notes

__all__ = ["Change", "NotesPlan", "apply", "plan_notes"]
