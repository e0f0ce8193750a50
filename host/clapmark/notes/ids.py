"""What a post and the list of written bullets carry: markers, and fingerprints of bullets as they were written."""

import base64
import hashlib
import re

UNLINKED = ".unlinked"  # names the section of bookmarks without a talk; no talk id has a dot

_BEGIN = re.compile(r"<!-- clapmark begin ([A-Za-z0-9_.-]{1,12}) -->")
_END = re.compile(r"<!-- clapmark end ([A-Za-z0-9_.-]{1,12}) -->")
_BULLET = re.compile(r"<!-- clapmark ([a-z2-7]{10}) -->")


def begin_marker(key: str) -> str:
    """Return the line behind which clapmark's bullets of the section `key` stand."""
    return f"<!-- clapmark begin {key} -->"


def end_marker(key: str) -> str:
    """Return the line before which clapmark's bullets of the section `key` stand."""
    return f"<!-- clapmark end {key} -->"


def bullet_marker(bullet_id: str) -> str:
    """Return what stands at the end of a bullet's line and says which bookmark it is."""
    return f"<!-- clapmark {bullet_id} -->"


def begin_key(line: str) -> str:
    """Return the key of the begin marker that `line` is, or ""."""
    match = _BEGIN.fullmatch(line.strip())
    return match[1] if match else ""


def end_key(line: str) -> str:
    """Return the key of the end marker that `line` is, or ""."""
    match = _END.fullmatch(line.strip())
    return match[1] if match else ""


def bullet_ids(text: str) -> list[str]:
    """Return the ids of all bullet markers in `text`, in their order."""
    return _BULLET.findall(text)


def fingerprint(key: str, line: str) -> str:
    """Return eight letters and digits that stand for a bullet's `line`, without its line end, in the section `key`."""
    text = f"{key}\n{line.rstrip()}".encode("utf-8", "surrogateescape")
    return base64.b32encode(hashlib.sha256(text).digest())[:8].decode().lower()
