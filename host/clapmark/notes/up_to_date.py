"""Whether anything has changed since notes last had nothing left to do: then there is nothing to work out.

`.clapmark/settled.json` holds the SHA-256 over every file that posts are made from, and of the posts. It is derived:
where it is missing, or anything at all differs, notes are worked out anew.
"""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

import clapmark
from clapmark.archive.archive import SETTINGS_NAME, Archive
from clapmark.base import durable
from clapmark.notes.plan import NotesPlan
from firmware.version import VERSION

_NAME = "settled.json"


def read_settled(archive: Archive) -> NotesPlan | None:
    """Return the plan without changes that holds for an archive in which nothing has changed, or None."""
    try:
        kept = json.loads((archive.folder / ".clapmark" / _NAME).read_bytes())
        posts = [archive.folder / str(name) for name in kept["posts"]]
        counts = [int(kept[key]) for key in ("bookmarks", "unlinked", "homeless")]
        if kept["key"] != _key(archive, posts):
            return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None  # derived: whatever is wrong with it, the notes themselves tell
    return NotesPlan(archive.folder, [], [], [], [], *counts)


def keep_settled(archive: Archive, plan: NotesPlan) -> None:
    """Keep that the posts are as they should be, after `plan` was written and if it left nothing to the person."""
    path = archive.folder / ".clapmark" / _NAME
    if plan.left:
        path.unlink(missing_ok=True)
        return
    values = {
        "key": _key(archive, plan.posts),
        "posts": [post.relative_to(archive.folder).as_posix() for post in plan.posts],
        "bookmarks": plan.bookmarks,
        "unlinked": plan.unlinked,
        "homeless": plan.homeless,
    }
    durable.replace_file(archive.writable(path), json.dumps(values).encode())


def _key(archive: Archive, posts: Iterable[Path]) -> str:
    folder = archive.folder
    below = (path for name in ("journal", "conferences") for path in (folder / name).rglob("*"))
    inputs = sorted(path for path in below if path.is_file())
    total = hashlib.sha256(VERSION)
    for path in [*_program(), folder / SETTINGS_NAME, *inputs, *sorted(posts)]:
        data = path.read_bytes() if path.is_file() else None
        size = -1 if data is None else len(data)
        total.update(f"\n{path.as_posix()} {size}\n".encode("utf-8", "surrogateescape"))
        total.update(data or b"")
    return total.hexdigest()


def _program() -> list[Path]:
    """Return the sources that decide what stands in a post: another program has its own ideas of that."""
    package = Path(clapmark.__file__).parent
    folders = ("archive", "bookmarks", "notes", "posts", "recordings", "schedule")
    return sorted(path for folder in folders for path in (package / folder).rglob("*.py"))
