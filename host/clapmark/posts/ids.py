"""What a post and the list of written lines carry: markers, and fingerprints of lines as they were written.

Markers of every flavour are known everywhere, so that a post keeps its bullets when its flavour changes.
"""

import hashlib
import re

UNLINKED = ".unlinked"  # names the section of bookmarks without a talk; no talk id has a dot
_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
QUOTE = ".quote"  # behind a bookmark's id: the line under its bullet

_BEGIN = re.compile(r"(?:<!-- clapmark begin ([A-Za-z0-9_.-]{1,12}) -->|%% clapmark begin ([A-Za-z0-9_.-]{1,12}) %%)")
_END = re.compile(r"(?:<!-- clapmark end ([A-Za-z0-9_.-]{1,12}) -->|%% clapmark end ([A-Za-z0-9_.-]{1,12}) %%)")
_MARK = re.compile(r"<!-- clapmark ([a-z2-7]{10}(?:\.quote)?) -->|%% clapmark ([a-z2-7]{10}(?:\.quote)?) %%")
_BLOCK_ID = re.compile(r"(?:(?<=\s)|^)\^clap-([a-z2-7]{10})(?![\w-])", re.MULTILINE)


def crowd_id(slug: str, talk_id: str) -> str:
    """Return the id of the bullet that says what the crowd marked in a talk: of the form of a bookmark's id."""
    number = int.from_bytes(hashlib.sha256(f"crowd/{slug}/{talk_id}".encode()).digest()[:7])
    return "".join(_LETTERS[number >> 5 * place & 31] for place in range(10))


def begin_key(line: str) -> str:
    """Return the key of the begin marker that `line` is, or ""."""
    match = _BEGIN.fullmatch(line.strip())
    return (match[1] or match[2]) if match else ""


def end_key(line: str) -> str:
    """Return the key of the end marker that `line` is, or ""."""
    match = _END.fullmatch(line.strip())
    return (match[1] or match[2]) if match else ""


def has_marker(line: str) -> bool:
    """Return whether `line` may carry a marker. Quick: every line of every post is asked."""
    return "clapmark " in line or "^clap-" in line


def mark_ids(text: str) -> list[str]:
    """Return the ids of all marks in `text`: bookmarks' ids, those of lines under them with QUOTE."""
    ids = [first or second for first, second in _MARK.findall(text)] if "clapmark " in text else []
    return ids + _BLOCK_ID.findall(text) if "^clap-" in text else ids


def fingerprint(key: str, line: str) -> str:
    """Return ten letters and digits that stand for a `line` in the section `key`.

    `line` comes without its line end, but with every blank before it: a person may have put them there.
    """
    text = f"{key}\n{line}".encode("utf-8", "surrogateescape")
    return hashlib.blake2b(text, digest_size=5).hexdigest()
