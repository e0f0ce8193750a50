"""Turns an error of the operating system into a sentence: what happened, what is safe, what to do next."""

import errno
import sqlite3

from clapmark.base.foreign_text import one_line

_MOST_PATH = 300  # characters in a message

# by errno: what is the case, and what to do
_CAUSES = {
    errno.EACCES: ("you may not read or write it", "Change its permissions, or use another folder"),
    errno.EPERM: ("you may not change it", "Change its permissions, or use another folder"),
    errno.EROFS: ("its disk is read-only", "Make it writable, or use a copy of the folder elsewhere"),
    errno.ENOSPC: ("the disk is full", "Delete something"),
    errno.EDQUOT: ("your share of the disk is used up", "Delete something"),
    errno.EFBIG: ("the file would become larger than is allowed here", "Raise the limit (ulimit -f)"),
    errno.ENOENT: ("it does not exist", "Check the name"),
    errno.ENOTDIR: ("a part of its path is a file, not a folder", "Check the name"),
    errno.EISDIR: ("it is a folder, not a file", "Check the name"),
    errno.ENAMETOOLONG: ("its name is too long for this disk", "Choose a shorter name"),
    errno.ELOOP: ("its symbolic links lead in a circle", "Remove the links"),
    errno.EIO: ("the disk reports an error", "Copy your files to another disk while it still works"),
    errno.EMFILE: ("too many files are open", "Close other programs"),
    errno.ENFILE: ("too many files are open", "Close other programs"),
    errno.EBUSY: ("another program uses it", "Close that program"),
    errno.ETXTBSY: ("another program uses it", "Close that program"),
    errno.ESTALE: ("the network disk has lost it", "Mount the disk again"),
}
_SAFE = "What was written before is complete, and no file is half written"


def os_error_sentence(error: OSError) -> str:
    """Return the sentence for the person about `error`."""
    names = [name for name in (error.filename, error.filename2) if isinstance(name, str | bytes)]
    where = one_line(str(names[0]), _MOST_PATH) if names else "A file or the output"
    cause, what_to_do = _CAUSES.get(error.errno or 0, (_plain(error), ""))
    advice = f" {what_to_do}, then run the same command again." if what_to_do else ""
    return f"{where} cannot be used: {cause}. {_SAFE}.{advice}"


def is_read_only(error: OSError | sqlite3.Error) -> bool:
    """Return whether `error` says that a file or folder can be read but not written, or that the disk is full."""
    if isinstance(error, sqlite3.Error):
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        return code in {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_FULL, sqlite3.SQLITE_PERM}
    return error.errno in {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT}


def _plain(error: OSError) -> str:
    return one_line(error.strerror or str(error) or type(error).__name__, 200).rstrip(".")
