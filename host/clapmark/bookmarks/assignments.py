"""conferences/assigned.log: which talk a person gave a bookmark to (`clapmark assign`).

One checked line (firmware.core.line) for each decision: `assign BOOKMARK CONFERENCE TALK UTC_MS *CRC`, TALK `-` for no
talk. The file is only ever appended to; the latest decision about a bookmark counts, wherever in the file it stands,
so that a union merge of two laptops' files means the same on both.
"""

import re
from collections.abc import Iterable, Mapping

from clapmark.archive.archive import Archive
from clapmark.base import durable
from clapmark.bookmarks.fold import ID_LENGTH
from clapmark.schedule.ids import is_id, is_slug
from firmware.core.line import LineWriter, body_length

NO_TALK = "-"  # in place of a talk's id: assigned to a conference, but to none of its talks

_BOOKMARK = re.compile(rf"[a-z2-7]{{{ID_LENGTH}}}")
_MAX_LINE = 120


def read_assignments(archive: Archive) -> dict[str, tuple[str, str]]:
    """Return the (slug, talk id or NO_TALK) that each bookmark id was given. Lines that are damaged are passed over."""
    return {bookmark: (slug, talk) for bookmark, (_, slug, talk) in _latest(_read(archive)).items()}


def add_assignments(archive: Archive, given: Mapping[str, tuple[str, str]], utc_ms: int) -> None:
    """Append decisions (by bookmark id: slug, and talk id or NO_TALK); on return they are on the disk. Raises OSError.

    `utc_ms` is the laptop's clock; a decision is dated behind all earlier ones of its bookmark, if that clock is not.
    """
    data = _read(archive)
    latest = _latest(data)
    lines = []
    for bookmark, (slug, talk) in given.items():
        stamp_ms = max(utc_ms, latest[bookmark][0] + 1) if bookmark in latest else utc_ms
        writer = LineWriter(_MAX_LINE)
        writer.raw(f"assign {bookmark} {slug} {talk} {stamp_ms}".encode("ascii"))
        writer.seal()
        lines.append(bytes(writer.line[: writer.length]))
    start = b"" if not data or data.endswith(b"\n") else b"\n"  # of a write that a power cut ended
    durable.append_file(archive.writable(archive.assigned_path), start + b"".join(lines))


def _latest(data: bytes) -> dict[str, tuple[int, str, str]]:
    latest: dict[str, tuple[int, str, str]] = {}
    for decision in _decisions(data.split(b"\n")):
        bookmark, found = decision[0], decision[1:]
        latest[bookmark] = max(latest.get(bookmark, found), found)
    return latest


def _decisions(lines: Iterable[bytes]) -> Iterable[tuple[str, int, str, str]]:
    for line in lines:
        whole = line.rstrip(b"\r") + b"\n"
        end = body_length(whole, len(whole)) if len(whole) <= _MAX_LINE else -1
        words = whole[: max(end, 0)].decode("ascii", "replace").split(" ")
        match words:
            case ["assign", bookmark, slug, talk, stamp] if (
                _BOOKMARK.fullmatch(bookmark)
                and is_slug(slug)
                and (talk == NO_TALK or is_id(talk))
                and re.fullmatch(r"\d{1,15}", stamp)
            ):
                yield bookmark, int(stamp), slug, talk


def _read(archive: Archive) -> bytes:
    try:
        return archive.assigned_path.read_bytes()
    except FileNotFoundError:
        return b""
