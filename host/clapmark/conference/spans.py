"""The days of every conference in the archive, known without reading all schedules.

`.clapmark/spans.json` is derived: an entry counts only while its schedule is exactly the file that it was made from.
"""

import contextlib
import json
from functools import partial
from pathlib import Path

from clapmark.archive.archive import Archive
from clapmark.archive.log_cache import stamp_of
from clapmark.base import durable
from clapmark.bookmarks.linker import ScheduleSpan, span_of
from clapmark.schedule.model import Schedule
from clapmark.schedule.store import from_json

_VERSION = 1


def read_schedule(archive: Archive, slug: str) -> Schedule:
    """Return the schedule of a conference. Raises ScheduleError if it is damaged, OSError if it is missing."""
    path = archive.schedule_path(slug)
    return from_json(path.read_bytes(), f"{slug}/{path.name}")


def read_schedules(archive: Archive) -> dict[str, Schedule]:
    """Return every schedule of the archive by its short name. Raises ScheduleError if one is damaged."""
    return {slug: read_schedule(archive, slug) for slug in archive.conferences()}


def read_spans(archive: Archive) -> list[ScheduleSpan]:
    """Return the span of every conference in the archive, sorted by slug. Raises ScheduleError for a damaged file."""
    path = archive.folder / ".clapmark" / "spans.json"
    known = _known(path)
    spans, entries = [], {}
    for slug in archive.conferences():
        stamp = " ".join(map(str, stamp_of(archive.schedule_path(slug)) or ()))
        entry = known.get(slug)
        if entry is None or entry[0] != stamp:
            span = span_of(read_schedule(archive, slug))
            entry = stamp, span.first_ms, span.last_ms
        entries[slug] = entry
        spans.append(ScheduleSpan(slug, entry[1], entry[2], partial(read_schedule, archive, slug)))
    if entries != known:
        with contextlib.suppress(OSError):  # derived: without it, all schedules are read again
            archive.scratch()
            durable.replace_file(path, json.dumps({"version": _VERSION, "conferences": entries}).encode())
    return spans


def _known(path: Path) -> dict[str, tuple[str, int, int]]:
    try:
        value = json.loads(path.read_bytes())
        if value["version"] != _VERSION:
            return {}
        entries = value["conferences"].items()
        return {str(slug): (str(stamp), int(first), int(last)) for slug, (stamp, first, last) in entries}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}  # missing or damaged: it is derived
