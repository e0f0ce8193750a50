"""Which conferences have not changed since notes last had nothing left to do for them: those need no work.

`.clapmark/settled.json` holds, for each conference, the SHA-256 over everything that its posts are made from, and over
the posts. It is derived: where it is missing, or anything at all differs, the notes of that conference are planned.
"""

import hashlib
import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import clapmark
from clapmark.archive.archive import SETTINGS_NAME, Archive
from clapmark.base import durable
from clapmark.conference import Conference, Outline
from clapmark.notes.plan import NotesPlan, bookmarks_without_conference, check_post_paths, plan_conference
from firmware.version import VERSION

_NAME = "settled.json"
_SOURCES = ("archive", "bookmarks", "conference", "crowd", "notes", "posts", "recordings", "schedule")


def plan_changed_notes(archive: Archive) -> NotesPlan:
    """Return what notes would change in the archive, as `plan_notes` does; only what has changed is calculated."""
    check_post_paths(archive)
    outline = Outline(archive)
    kept = _read(archive)
    plan = NotesPlan(archive.folder)
    for slug in archive.conferences():
        conference = Conference(archive, slug, outline)
        plan.add(_settled(conference, kept.get(slug)) or plan_conference(conference), slug)
    plan.without_conference |= bookmarks_without_conference(outline)
    return plan


def keep_settled(archive: Archive, plan: NotesPlan) -> None:
    """Store which posts are up to date after `plan` was written, except those with something left for the person.

    `plan` is of the whole archive.
    """
    outline = Outline(archive)
    kept = _read(archive)
    values: dict[str, object] = {}
    for slug, part in plan.parts.items():
        if part.is_settled:
            values[slug] = kept.get(slug)
            continue
        if part.left:
            continue
        values[slug] = {
            "key": _key(Conference(archive, slug, outline), part.posts),
            "posts": [post.relative_to(archive.folder).as_posix() for post in part.posts],
            "bookmarks": part.bookmarks,
            "unlinked": part.unlinked,
            "without_conference": sorted(part.without_conference),
        }
    path = archive.scratch() / _NAME
    if values == kept:
        return
    durable.replace_file(archive.writable(path), json.dumps(values).encode())


def _read(archive: Archive) -> dict[str, object]:
    try:
        kept = json.loads((archive.folder / ".clapmark" / _NAME).read_bytes())
    except (OSError, ValueError):
        return {}
    return kept if isinstance(kept, dict) else {}


def _settled(conference: Conference, kept: object) -> NotesPlan | None:
    """Return the plan without changes that holds for a conference in which nothing has changed, or None."""
    folder = conference.archive.folder
    if not isinstance(kept, dict):
        return None
    try:
        posts = [folder / str(name) for name in kept["posts"]]
        counts = int(kept["bookmarks"]), int(kept["unlinked"])
        without = {str(name) for name in kept["without_conference"]}
        if kept["key"] != _key(conference, posts):
            return None
    except (OSError, ValueError, KeyError, TypeError):
        return None  # derived data: on any error, the conference is planned again
    return NotesPlan(
        folder, posts=posts, bookmarks=counts[0], unlinked=counts[1], without_conference=without, is_settled=True
    )


def _key(conference: Conference, posts: Iterable[Path]) -> str:
    archive, slug = conference.archive, conference.slug
    own = archive.schedule_path(slug).parent
    others = [archive.schedule_path(span.slug) for span in conference.neighbours]
    files = [archive.folder / SETTINGS_NAME, *sorted(path for path in own.rglob("*") if path.is_file())]
    total = hashlib.sha256(_program() + "\n".join(conference.key_parts).encode())
    for path in [*files, *others, *sorted(posts)]:
        data = path.read_bytes() if path.is_file() else None
        size = -1 if data is None else len(data)
        total.update(f"\n{path.as_posix()} {size}\n".encode("utf-8", "surrogateescape"))
        total.update(data or b"")
    return total.hexdigest()


@cache
def _program() -> bytes:
    """Return what identifies the code that decides about a post: another version may decide otherwise."""
    package = Path(clapmark.__file__).parent
    total = hashlib.sha256(VERSION)
    for path in sorted(path for folder in _SOURCES for path in (package / folder).rglob("*.py")):
        stamp = path.stat()
        total.update(f"{path.as_posix()} {stamp.st_size} {stamp.st_mtime_ns}\n".encode("utf-8", "surrogateescape"))
    return total.digest()
