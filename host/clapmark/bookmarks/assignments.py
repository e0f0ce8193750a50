"""conferences/assigned.log: what a person decided about a bookmark (`clapmark assign`).

One line with its CRC (firmware.core.lines.line) for each decision: `assign BOOKMARK CONFERENCE TALK UTC_MS *CRC`, with
`-` for no talk; `drop BOOKMARK UTC_MS *CRC` for a bookmark that counts nowhere. The file is only ever appended to; the
latest decision about a bookmark counts, wherever in the file it is, so that a union merge of two laptops' files means
the same on both.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from clapmark.archive.archive import Archive
from clapmark.base import durable
from clapmark.bookmarks.fold import ID_LENGTH
from clapmark.schedule.ids import is_id, is_slug
from firmware.core.lines.line import LineWriter, body_length

NO_TALK = "-"  # in place of a talk's id: assigned to a conference, but to none of its talks

_BOOKMARK = re.compile(rf"[a-z2-7]{{{ID_LENGTH}}}")
_STAMP = re.compile(r"[0-9]{1,15}")
_MAX_LINE = 120


@dataclass(frozen=True, order=True)
class _Decision:
    """One line of the file. The latest counts; of two with the same stamp any, but the same one on every laptop."""

    utc_ms: int
    slug: str = ""  # "": the bookmark was dropped
    talk_id: str = ""


def read_assignments(archive: Archive) -> dict[str, tuple[str, str]]:
    """Return the (slug, talk id or NO_TALK) that each bookmark id was given. Damaged lines are skipped."""
    latest = _latest(_read(archive))
    return {bookmark: (one.slug, one.talk_id) for bookmark, one in latest.items() if one.slug}


def read_drops(archive: Archive) -> frozenset[str]:
    """Return the ids of the bookmarks that were dropped (`clapmark assign --drop`) and not assigned since."""
    return frozenset(bookmark for bookmark, one in _latest(_read(archive)).items() if not one.slug)


def add_assignments(archive: Archive, given: Mapping[str, tuple[str, str]], utc_ms: int) -> None:
    """Append decisions (by bookmark id: slug, and talk id or NO_TALK); on return they are on the disk. Raises OSError.

    `utc_ms` is the laptop's clock; a decision gets a later stamp than all earlier ones about its bookmark, even if that
    clock was set back.
    """
    _append(archive, {bookmark: f"assign {bookmark} {slug} {talk}" for bookmark, (slug, talk) in given.items()}, utc_ms)


def add_drops(archive: Archive, bookmarks: Iterable[str], utc_ms: int) -> None:
    """Append that these bookmarks are dropped, by id; as `add_assignments` otherwise. Raises OSError."""
    _append(archive, {bookmark: f"drop {bookmark}" for bookmark in bookmarks}, utc_ms)


def _append(archive: Archive, texts: Mapping[str, str], utc_ms: int) -> None:
    data = _read(archive)
    latest = _latest(data)
    lines = []
    for bookmark, text in texts.items():
        stamp_ms = max(utc_ms, latest[bookmark].utc_ms + 1) if bookmark in latest else utc_ms
        writer = LineWriter(_MAX_LINE)
        writer.raw(f"{text} {stamp_ms}".encode("ascii"))
        writer.seal()
        lines.append(bytes(writer.line[: writer.length]))
    start = b"" if not data or data.endswith(b"\n") else b"\n"  # after a write that a power cut ended
    durable.append_file(archive.writable(archive.assigned_path), start + b"".join(lines))


def _latest(data: bytes) -> dict[str, _Decision]:
    latest: dict[str, _Decision] = {}
    for bookmark, found in _decisions(data.split(b"\n")):
        latest[bookmark] = max(latest.get(bookmark, found), found)
    return latest


def _decisions(lines: Iterable[bytes]) -> Iterable[tuple[str, _Decision]]:
    for line in lines:
        whole = line.rstrip(b"\r") + b"\n"
        end = body_length(whole, len(whole)) if len(whole) <= _MAX_LINE else -1
        words = whole[: max(end, 0)].decode("ascii", "replace").split(" ")
        if len(words) < 3 or not _BOOKMARK.fullmatch(words[1]) or not _STAMP.fullmatch(words[-1]):
            continue
        match words:
            case ["assign", bookmark, slug, talk, stamp] if is_slug(slug) and (talk == NO_TALK or is_id(talk)):
                yield bookmark, _Decision(int(stamp), slug, talk)
            case ["drop", bookmark, stamp]:
                yield bookmark, _Decision(int(stamp))


def _read(archive: Archive) -> bytes:
    try:
        return archive.assigned_path.read_bytes()
    except FileNotFoundError:
        return b""
