"""Rename a conference of the archive, or take its schedule out; bookmarks, posts and the user's words stay."""

from dataclasses import dataclass, field, replace
from pathlib import Path

from clapmark.archive.archive import Archive, check_slug
from clapmark.base import durable
from clapmark.base.errors import UsageError
from clapmark.bookmarks.assignments import add_assignments, read_assignments
from clapmark.posts.paths import post_paths
from clapmark.schedule import Schedule, from_json, to_json

REMOVED_NAME = "schedule.removed.json"


@dataclass
class Renamed:
    """What a rename did, or would do."""

    schedule: Schedule
    posts: list[tuple[Path, Path]] = field(default_factory=list)  # from, to
    assigned: int = 0  # decisions of `clapmark assign` that were written again for the new name


def rename_conference(archive: Archive, old: str, new: str, title: str, utc_ms: int, dry_run: bool = False) -> Renamed:
    """Change the short name of conference `old` to `new`, and its name to `title` if that is not empty.

    Its folder and its posts get the new name; nothing is overwritten. A rename that a power cut ended is completed by
    the same call. Raises UsageError if there is no such conference, or if something else has the new name;
    ConflictError if a link leads out of the archive.
    """
    before, after = archive.schedule_path(old), archive.schedule_path(new)
    is_begun = not before.exists() and after.exists() and _read(after).slug == old != new
    if not before.exists() and not is_begun:
        listed = ", ".join(archive.conferences()) or "none yet"
        raise UsageError(f"The archive has no conference {check_slug(old)}. It has: {listed}.")
    if old != new and not is_begun and after.parent.exists():
        raise UsageError(f"{after.parent} exists already. Choose another short name; nothing was changed.")
    schedule = _read(after if is_begun else before)
    schedule = replace(schedule, slug=new, title=title or schedule.title)
    posts = [(path, _post_path(archive, path, old, new)) for path in post_paths(archive, old) if path.exists()]
    posts = [pair for pair in posts if pair[0] != pair[1]]
    for _, target in posts:
        if target.exists():
            raise UsageError(f"{target} exists already: move it away, and rename again. Nothing was changed.")
    moved = {name: (new, talk) for name, (slug, talk) in read_assignments(archive).items() if slug == old != new}
    renamed = Renamed(schedule, posts, len(moved))
    if dry_run:
        return renamed
    for path in (before, after, *(path for pair in posts for path in pair)):
        archive.writable(path)
    if moved:
        add_assignments(archive, moved, utc_ms)
    for source, target in posts:
        target.parent.mkdir(parents=True, exist_ok=True)
        source.rename(target)
        durable.sync_folder(target.parent)
    if old != new and not is_begun:
        before.parent.rename(after.parent)
        durable.sync_folder(after.parent.parent)
    durable.replace_file(after, to_json(schedule))
    return renamed


def remove_conference(archive: Archive, slug: str, dry_run: bool = False) -> Path:
    """Take the schedule of a conference out of the archive, and return where it is kept.

    Bookmarks, posts, recordings and transcripts stay as they are. Raises UsageError if there is no such conference.
    """
    path = archive.schedule_path(slug)
    if not path.exists():
        listed = ", ".join(archive.conferences()) or "none yet"
        raise UsageError(f"The archive has no conference {check_slug(slug)}. It has: {listed}.")
    kept = path.with_name(REMOVED_NAME)
    if not dry_run:
        archive.writable(path)
        archive.writable(kept)
        path.replace(kept)
        durable.sync_folder(kept.parent)
    return kept


def _post_path(archive: Archive, path: Path, old: str, new: str) -> Path:
    """Return where a post of `old` is for `new`: the one of the conference, or of the same day."""
    if not archive.has_daily_posts(old):
        return archive.post_path(new)
    day = "0000-00-00"
    before, _, behind = str(archive.post_path(old, day)).partition(day)
    return archive.post_path(new, str(path)[len(before) : len(str(path)) - len(behind)])


def _read(path: Path) -> Schedule:
    return from_json(path.read_bytes(), file=str(path))
