"""The archive: the folder on the laptop that holds journals, schedules and posts (DESIGN.md, "The archive")."""

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

from clapmark.archive.config import FLAVOURS, SETTINGS_NAME, check_slug, read_settings
from clapmark.archive.inside import regular, writable
from clapmark.archive.new_archive import init_archive, likely_flavour
from clapmark.base import durable
from clapmark.base.errors import UsageError
from clapmark.base.shell import shell_word
from clapmark.schedule.ids import is_slug

__all__ = [
    "FLAVOURS",
    "SETTINGS_NAME",
    "Archive",
    "check_slug",
    "find_archive",
    "init_archive",
    "is_journal_name",
    "likely_flavour",
    "scratch_folder",
]

_DEVICE = re.compile(r"[0-9a-f]{12}")
_EPOCH = re.compile(r"[0-9A-F]{8}")  # one case only: file systems that know no case must not mix two journals


class Archive:
    """An archive that exists, and where its files lie. Creating the object reads clapmark.toml and writes nothing."""

    def __init__(self, folder: Path) -> None:
        """Open the archive in `folder`. Raises UsageError where it is none, or its clapmark.toml cannot be read."""
        self.folder = folder
        self.settings = read_settings(folder)

    def log_path(self, device: str, epoch: str) -> Path:
        """Return the path of a journal's log. Raises UsageError for a device or epoch that is no hexadecimal id."""
        return regular(self._journal_folder(device, epoch) / f"{epoch}.log")

    def damage_path(self, device: str, epoch: str) -> Path:
        """Return the path of the list of what was damaged or missing when a journal was fetched."""
        return regular(self._journal_folder(device, epoch) / f"{epoch}.damaged.log")

    def journals(self) -> list[tuple[str, str]]:
        """Return the (device, epoch) of every journal in the archive, sorted."""
        found = []
        for path in (self.folder / "journal").glob("*/*.log"):
            device, epoch = path.parent.name, path.name.removesuffix(".log")
            if is_journal_name(device, epoch):
                found.append((device, epoch))
        return sorted(found)

    def conferences(self) -> list[str]:
        """Return the slugs of the conferences that have a schedule, sorted."""
        return sorted(
            path.parent.name
            for path in (self.folder / "conferences").glob("*/schedule.json")
            if is_slug(path.parent.name)
        )

    def schedule_path(self, slug: str) -> Path:
        """Return where the schedule of a conference lies. Raises UsageError for a slug that is no safe file name."""
        return self.conference_path(slug, "schedule.json")

    def written_path(self, slug: str) -> Path:
        """Return where it is remembered which bullets were written for a conference."""
        return self.conference_path(slug, "written.log")

    def conference_path(self, slug: str, name: str) -> Path:
        """Return the path of the file `name` of a conference. Raises UsageError for a slug that is no file name."""
        return regular(self.folder / "conferences" / check_slug(slug) / name)

    def writable(self, path: Path) -> Path:
        """Return `path`, which is about to be written. Raises ConflictError if a link leads out of the archive."""
        return writable(self.folder, path)

    def has_daily_posts(self, slug: str) -> bool:
        """Return whether each day of a conference has a post of its own."""
        return "{date}" in self._post_template(slug)

    def post_path(self, slug: str, day: str = "") -> Path:
        """Return where the post of a conference lies, or of its `day` (2019-05-03) where each has its own.

        Raises UsageError if the settings lead out of the archive.
        """
        template = self._post_template(slug)
        path = self.folder / template.replace("{slug}", check_slug(slug)).replace("{date}", day)
        inside = "\0" not in template and path.resolve().is_relative_to(self.folder.resolve())
        suffixes = (".md", ".txt") if self.settings.flavour == "plain" else (".md",)
        if not inside or path.suffix not in suffixes:
            raise UsageError(
                f'{SETTINGS_NAME} puts the post of {slug} at "{template!a:.100}": it must be a '
                f"{' or '.join(suffixes)} file in the archive."
            )
        return regular(path)

    @property
    def assigned_path(self) -> Path:
        """Where it is kept which talk a person gave a bookmark to."""
        return regular(self.folder / "conferences" / "assigned.log")

    def scratch(self) -> Path:
        """Return the folder of derived files, which git need not see; it is made if it is missing."""
        return scratch_folder(self.folder)

    @contextlib.contextmanager
    def lock(self, *, dry_run: bool = False) -> Iterator[None]:
        """Keep other clapmark processes from changing this archive. Raises durable.LockedError at once if one does.

        A dry run needs no lock, and takes none: it writes nothing, not even the lock file.
        """
        if dry_run:
            yield
            return
        with durable.locked(self.writable(self.scratch() / "lock"), str(self.folder)):
            yield

    def _post_template(self, slug: str) -> str:
        return self.settings.of_conference(slug).post or self.settings.post

    def _journal_folder(self, device: str, epoch: str) -> Path:
        if not is_journal_name(device, epoch):
            raise UsageError(
                f"A journal is named by 12 and 8 hexadecimal digits, not by {device!a:.40} and {epoch!a:.40}."
            )
        return self.folder / "journal" / device


def scratch_folder(folder: Path) -> Path:
    """Return the folder of derived files of the archive in `folder`; it is made, and hidden from git, if missing."""
    scratch = folder / ".clapmark"
    writable(folder, scratch / "any")  # the folder itself may be a link
    if not (scratch / ".gitignore").exists():
        durable.replace_file(writable(folder, scratch / ".gitignore"), b"*\n")
    return scratch


def find_archive(start: Path) -> Archive:
    """Return the archive at or above `start`. Raises UsageError, with the next step, if there is none."""
    start = start.absolute()
    for folder in (start, *start.parents):
        if (folder / SETTINGS_NAME).is_file():
            return Archive(folder)
    raise UsageError(f"{start} is not in a Clapmark archive. `clapmark init {shell_word(start)}` creates one there.")


def is_journal_name(device: str, epoch: str) -> bool:
    """Return whether these are the device and epoch of a journal: 12 hexadecimal digits, and 8 in upper case."""
    return bool(_DEVICE.fullmatch(device) and _EPOCH.fullmatch(epoch))
