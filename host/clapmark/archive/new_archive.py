"""Makes a folder an archive: what is in it already, which flavour fits that, and the two files that are added."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from clapmark.archive.config import FLAVOURS, SETTINGS_NAME, SETTINGS_TEXT
from clapmark.archive.inside import writable
from clapmark.base import durable
from clapmark.base.errors import UsageError
from clapmark.base.words import counted

_JOURNAL_ATTRIBUTES = "*.log merge=union -text"
_CONFERENCE_ATTRIBUTES = "*.log merge=union -text"
_HUGO_FILES = ("hugo.toml", "hugo.yaml", "hugo.json", "config/_default", "archetypes")
_OLD_HUGO_FILES = ("config.toml", "config.yaml")  # other tools use these names as well
_MARKDOWN, _TEXT = frozenset((".md", ".markdown")), frozenset((".txt", ".text"))
_ATTACHMENTS = frozenset((".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg", ".pdf", ".mp3", ".m4a", ".mp4", ".canvas"))
_MOST_FILES = 5_000  # that are looked at


@dataclass(frozen=True)
class FolderContent:
    """What is in a folder: `kind` is "new", "obsidian", "hugo", "git", "notes" or "other"; counts of its files."""

    kind: str
    markdown: int = 0
    text: int = 0

    @property
    def flavour(self) -> str:
        """The flavour that fits."""
        return {"obsidian": "obsidian", "notes": "plain"}.get(self.kind, "hugo")

    @property
    def sentence(self) -> str:
        """What was found, for the person; "" for a new folder."""
        counts = [counted(self.markdown, "Markdown note"), counted(self.text, "text note")]
        notes = " and ".join(count for count in counts if not count.startswith("0 "))
        return {
            "obsidian": "Found an Obsidian vault.",
            "hugo": "Found a Hugo site.",
            "git": "Found a git repository.",
            "notes": f"Found {notes}. Posts will be plain Markdown; --flavour chooses another way.",
        }.get(self.kind, "")


def look_into(folder: Path) -> FolderContent:
    """Return what is in `folder`, which need not exist. Hidden files are not counted."""
    if not folder.exists() or not any(folder.iterdir()):
        return FolderContent("new")
    if (folder / ".obsidian").is_dir():
        return FolderContent("obsidian")
    names = (*_HUGO_FILES, *(_OLD_HUGO_FILES if (folder / "content").is_dir() else ()))
    if any((folder / name).exists() for name in names):
        return FolderContent("hugo")
    if (folder / ".git").exists():
        return FolderContent("git")
    markdown = text = others = 0
    for suffix in _suffixes(folder):
        markdown += suffix in _MARKDOWN
        text += suffix in _TEXT
        others += suffix not in _MARKDOWN | _TEXT | _ATTACHMENTS
    is_notes = markdown + text > 0 and markdown + text >= others
    return FolderContent("notes" if is_notes else "other", markdown, text)


def likely_flavour(folder: Path) -> str:
    """Return the flavour that fits what is in `folder`."""
    return look_into(folder).flavour


def init_archive(folder: Path, flavour: str = "hugo") -> list[Path]:
    """Make `folder` an archive and return the files that were written; an existing file is never changed.

    A folder with files of its own is taken if it is a git repository, a Hugo site, an Obsidian vault or a folder of
    notes; clapmark then only adds to it.
    Raises UsageError if it is none of these, is an archive already, or the flavour is unknown.
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
    if look_into(folder).kind == "other":
        raise UsageError(
            f"{folder} holds other files, and is no git repository, Hugo site, Obsidian vault or folder of notes; "
            f"nothing was changed. Choose a new folder, or create {SETTINGS_NAME} there yourself if this is the right "
            "one."
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


def _suffixes(folder: Path) -> Iterator[str]:
    """Yield the suffixes of the visible files below `folder`, in lower case; not of all, if there are very many."""
    count = 0
    for _, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in files:
            if not name.startswith("."):
                yield Path(name).suffix.lower()
                count += 1
        if count > _MOST_FILES:
            return
