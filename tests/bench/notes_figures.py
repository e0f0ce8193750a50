"""Notes: the time of a large conference, what a second run changes, and how many histories of edits lose nothing."""

import tempfile
import time
from datetime import timedelta
from pathlib import Path

from rich.console import Console
from rich.table import Table

from clapmark import cli
from clapmark.archive.archive import Archive, init_archive
from clapmark.base.environment import Environment
from clapmark.schedule.store import to_json
from tests.support.archive.conference import conference, talk
from tests.support.archive.histories import new_seed, play
from tests.support.archive.journal_text import DEVICE, EPOCH, JournalText

TALKS = 900
BOOKMARKS = 20_000
ROOMS = 12
HISTORIES = 10_000
SLUG = "large"


def large_archive(folder: Path) -> tuple[Archive, JournalText]:
    """Make an archive of a conference with 900 talks and 20,000 bookmarks."""
    init_archive(folder)
    archive = Archive(folder)
    talks = []
    for number in range(TALKS):
        one = talk(f"t{number}", f"Talk number {number}, with a title of a usual length", "09:00", 25)
        shift = timedelta(minutes=30 * (number // ROOMS))
        talks.append(type(one)(
            one.id, one.title, one.start + shift, one.end + shift, f"Hall {number % ROOMS}", ("Ada Example",),
            "What this talk is about, in a few sentences. " * 8, f"https://example.org/talks/{number}",
        ))  # fmt: skip
    schedule = conference(*talks, slug=SLUG)
    archive.schedule_path(SLUG).parent.mkdir(parents=True)
    archive.schedule_path(SLUG).write_bytes(to_json(schedule))
    log = JournalText()
    log.add(0, "boot", reset="poweron")
    begin_ms = schedule.talks[0].start_utc_s * 1000
    log.add(0, "clock", utc=begin_ms, err=5, source="host")
    for number in range(BOOKMARKS):
        one = schedule.talks[number * TALKS // BOOKMARKS]
        at_ms = one.start_utc_s * 1000 - begin_ms + number % 25 * 60_000
        log.add(at_ms, "bookmark", tag=("note", "quote", "idea", "todo")[number % 4], talk=one.id)
    put(archive, log)
    return archive, log


def put(archive: Archive, log: JournalText) -> None:
    path = archive.log_path(DEVICE, EPOCH)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(log.data)


def notes(archive: Archive) -> float:
    """Run `clapmark notes` and return the seconds that it took."""
    with (archive.folder / ".clapmark-bench-out").open("w") as out:
        began = time.perf_counter()
        code = cli.run(["notes", "--archive", str(archive.folder)], Environment(stdout=out, stderr=out))
        lasted_s = time.perf_counter() - began
    assert code == 0, code
    return lasted_s


def content(folder: Path) -> dict[str, bytes]:
    """Return every file of the archive but the derived ones."""
    paths = (path for path in sorted(folder.rglob("*")) if path.is_file() and ".clapmark" not in str(path))
    return {str(path): path.read_bytes() for path in paths}


def measure_size() -> dict[str, float]:
    """Measure notes of the large conference: first, with nothing changed, with one talk changed."""
    with tempfile.TemporaryDirectory() as name:
        archive, log = large_archive(Path(name))
        first_s = notes(archive)
        before = content(archive.folder)
        unchanged_s = min(notes(archive) for _ in range(3))
        after = content(archive.folder)
        changed = sum(abs(len(after[path]) - len(data)) + (after[path] != data) for path, data in before.items())
        one_changed_s = []
        for minute in range(3):
            log.add(minute * 60_000 + 500, "bookmark", tag="new", talk="t0")
            put(archive, log)
            one_changed_s.append(notes(archive))
        assert archive.post_path(SLUG).read_text().count("** new, ") == 3
    return {
        "notes.first_s": round(first_s, 2),
        "notes.unchanged_s": round(unchanged_s, 3),
        "notes.one_changed_s": round(min(one_changed_s), 3),
        "notes.second_bytes_changed": changed + len(after.keys() ^ before.keys()),
    }


def measure(console: Console) -> dict[str, float]:
    """Print the table and return the figures."""
    figures = measure_size()
    began = time.monotonic()
    histories = play(HISTORIES, new_seed())
    figures |= {"edits.histories": histories.count, "edits.bytes_lost": histories.bytes_lost}
    table = Table("figure", "value", "must reach", title="Notes", title_justify="left")
    size = f"{TALKS} talks, {BOOKMARKS:,} bookmarks"
    table.add_row(f"{size}: the first run", f"{figures['notes.first_s']} s", "")
    table.add_row(f"{size}: nothing changed", f"{figures['notes.unchanged_s']} s", "under 1 s")
    table.add_row(f"{size}: one talk changed", f"{figures['notes.one_changed_s']} s", "under 1 s")
    table.add_row("bytes that a second run changes", f"{figures['notes.second_bytes_changed']}", "0")
    lasted_s = time.monotonic() - began
    table.add_row("histories of edits and syncs", f"{histories.count:,} in {lasted_s:.0f} s", f"{HISTORIES:,}")
    table.add_row("  edits of the person's in them", f"{histories.edits:,}", "")
    table.add_row("  bytes of the person's lost", f"{histories.bytes_lost}", "0")
    wrong = histories.doubled + histories.returned + histories.missing
    table.add_row("  bullets doubled, missing, or back after they were deleted", f"{wrong}", "0")
    console.print(table)
    return figures
