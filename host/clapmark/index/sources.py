"""The files that the index is made from, and how a change of one is seen without reading it."""

from dataclasses import dataclass
from pathlib import Path

from clapmark.archive.archive import SETTINGS_NAME, Archive
from clapmark.archive.log_cache import stamp_of
from clapmark.posts.paths import post_paths


@dataclass(frozen=True)
class Sources:
    """The stamps of all files by their path in the archive."""

    common: dict[str, str]  # settings, schedules and assignments: what all bookmarks depend on
    logs: dict[str, str]
    posts: dict[str, str]  # and the lists of what was written: the two say which bullets were deleted

    def stamps(self) -> dict[str, str]:
        """Return all of them."""
        return self.common | self.logs | self.posts


def read_sources(archive: Archive) -> Sources:
    """Return the files that there are at this moment. Take this before reading them: a later change is seen then."""
    folder, slugs = archive.folder, archive.conferences()
    common = [folder / SETTINGS_NAME, archive.assigned_path, *map(archive.schedule_path, slugs)]
    return Sources(
        common=_stamps(folder, common),
        logs=_stamps(folder, [archive.log_path(*name) for name in archive.journals()]),
        posts=_stamps(
            folder,
            [path for slug in slugs for path in (*post_paths(archive, slug), archive.written_path(slug))],
        ),
    )


def _stamps(folder: Path, paths: list[Path]) -> dict[str, str]:
    stamps = {path.relative_to(folder).as_posix(): stamp_of(path) for path in paths}
    return {name: " ".join(map(str, stamp)) for name, stamp in stamps.items() if stamp is not None}
