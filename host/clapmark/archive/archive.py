"""The archive: the folder on the laptop that holds journals, schedules and posts (DESIGN.md, "The archive")."""

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

from clapmark.archive.config import FLAVOURS, SETTINGS_NAME, SETTINGS_TEXT, check_slug, read_settings
from clapmark.archive.inside import regular, writable
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
_JOURNAL_ATTRIBUTES = "*.log merge=union -text"
_CONFERENCE_ATTRIBUTES = "*.log merge=union -text"


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


def init_archive(folder: Path, flavour: str = "hugo") -> list[Path]:
    """Make `folder` an archive and return the files that were written; an existing file is never changed.

    A folder with files of its own is taken if it is a git repository, a Hugo site or an Obsidian vault; clapmark then
    only adds to it.
    Raises UsageError if it is neither, is an archive already, or the flavour is unknown.
    """
    if flavour not in FLAVOURS:
        raise UsageError(f"There is no flavour {flavour!a:.40}; this version writes posts for {', '.join(FLAVOURS)}.")
    post = FLAVOURS[flavour]
    posts_folder = post.removesuffix("{slug}.md")
    settings = SETTINGS_TEXT.format(flavour=flavour, post=post, folder=posts_folder, gap=" " * 2)
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file. Name a folder for the archive, new or existing.")
    if (folder / SETTINGS_NAME).exists():
        raise UsageError(f"{folder} is an archive already; nothing was changed. Its settings are in {SETTINGS_NAME}.")
    if folder.exists() and any(folder.iterdir()) and not _is_site(folder):
        raise UsageError(
            f"{folder} holds other files, and is no git repository, Hugo site or Obsidian vault; nothing was changed. "
            f"Choose a new folder, or create {SETTINGS_NAME} there yourself if this is the right one."
        )
    written = []
    attributes = {".gitattributes": f"journal/**/{_JOURNAL_ATTRIBUTES}\nconferences/**/{_CONFERENCE_ATTRIBUTES}\n"}
    if (folder / ".gitattributes").exists():  # somebody's own: left alone, git reads one per folder as well
        attributes = {
            "journal/.gitattributes": f"{_JOURNAL_ATTRIBUTES}\n",
            "conferences/.gitattributes": f"{_CONFERENCE_ATTRIBUTES}\n",
        }
    # the settings last: they make the folder an archive
    for name, text in [*attributes.items(), (SETTINGS_NAME, settings)]:
        if not (folder / name).exists():
            durable.replace_file(writable(folder, folder / name), text.encode())
            written.append(folder / name)
    return written


def likely_flavour(folder: Path) -> str:
    """Return the flavour that fits what is in `folder`: Obsidian's if it is a vault, else Hugo's."""
    return "obsidian" if (folder / ".obsidian").is_dir() else "hugo"


def scratch_folder(folder: Path) -> Path:
    """Return the folder of derived files of the archive in `folder`; it is made, and hidden from git, if missing."""
    scratch = folder / ".clapmark"
    writable(folder, scratch / "any")  # the folder itself may be a link
    if not (scratch / ".gitignore").exists():
        durable.replace_file(writable(folder, scratch / ".gitignore"), b"*\n")
    return scratch


def find_archive(start: Path) -> Archive:
    """Return the archive that `start` is or lies in. Raises UsageError, with the next step, if there is none."""
    start = start.absolute()
    for folder in (start, *start.parents):
        if (folder / SETTINGS_NAME).is_file():
            return Archive(folder)
    raise UsageError(
        f"{start} is no Clapmark archive, and lies in none. `clapmark init {shell_word(start)}` makes it one."
    )


def is_journal_name(device: str, epoch: str) -> bool:
    """Return whether these are the device and epoch of a journal: 12 hexadecimal digits, and 8 in upper case."""
    return bool(_DEVICE.fullmatch(device) and _EPOCH.fullmatch(epoch))


def _is_site(folder: Path) -> bool:
    names = [".git", ".obsidian", "hugo.toml", "hugo.yaml", "hugo.json", "config/_default", "archetypes"]
    if (folder / "content").is_dir():
        names += ["config.toml", "config.yaml"]  # the older names of Hugo's settings, which other tools use as well
    return any((folder / name).exists() for name in names)
