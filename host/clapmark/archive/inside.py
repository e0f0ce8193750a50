"""Guards for the files of an archive: nothing is written through a link that leaves it, and only files are read."""

import stat
from pathlib import Path

from clapmark.base.errors import ConflictError
from clapmark.base.foreign_text import one_line

_MOST_PATH = 300  # characters in a message
_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def writable(folder: Path, path: Path) -> Path:
    """Return `path` if what is written there stays in the archive `folder`, also after following links.

    Raises ConflictError where a link leads out, or where something other than a file exists.
    """
    check_links(folder, path)
    return regular(path)


def check_links(folder: Path, path: Path) -> None:
    """Raise ConflictError if a symbolic link on the way to `path` leads out of the archive `folder`."""
    target = path.resolve()
    if not target.is_relative_to(folder.resolve()):
        raise ConflictError(
            f"{_shown(path)} leads out of the archive, to {_shown(target)}, by a symbolic link. Nothing is written "
            "through such a link. Replace it by a file or folder of its own, then run the same command again."
        )


def regular(path: Path) -> Path:
    """Return `path` if it is a file, or does not exist yet. Raises ConflictError otherwise: a pipe would never end."""
    try:
        kind = stat.S_IFMT(path.stat().st_mode)
    except (OSError, ValueError):
        return path  # whoever opens it reports why it cannot be opened
    if kind != stat.S_IFREG:
        raise ConflictError(
            f"{_shown(path)} is {_KINDS.get(kind, 'no file')}, where clapmark needs a file. It was left as it is. "
            "Rename it or move it away, then run the same command again."
        )
    return path


def _shown(path: Path) -> str:
    return one_line(str(path), _MOST_PATH)
