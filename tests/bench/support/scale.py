"""A command about one conference, in an archive of that one and in an archive of fifty: each as a whole process."""

import subprocess
import sys
import tempfile
import time
from datetime import date, datetime, timedelta
from pathlib import Path
from statistics import median
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table

from clapmark.archive.archive import Archive, init_archive
from clapmark.archive.journal_log import JournalLog
from clapmark.schedule.model import Schedule, Talk
from clapmark.schedule.store import to_json
from tests.support.archive.journal_text import DEVICE, EPOCH, JournalText, line

CONFERENCES, TALKS, BOOKMARKS, DAYS = 50, 200, 600, 4
ROUNDS = 7
ZONE = ZoneInfo("Europe/Berlin")
FIRST = date(2019, 1, 7)
MOST = 1.5


def slug_of(number: int) -> str:
    """Return the short name of a conference; number 0 is the newest, and is in both archives."""
    return f"conf-{number:02}"


def schedule_of(number: int) -> Schedule:
    """Return a conference of TALKS talks in five rooms on DAYS days; each is a month before the one with less."""
    first = FIRST + timedelta(days=30 * (CONFERENCES - number))
    talks = []
    for index in range(TALKS):
        day, place = divmod(index, TALKS // DAYS)
        slot, room = divmod(place, 5)
        start = datetime.combine(first + timedelta(days=day), datetime.min.time(), ZONE) + timedelta(
            hours=9, minutes=40 * slot
        )
        abstract = f"What there is to say about number {index}. " * 12
        talks.append(
            Talk(f"talk-{index:03}", f"Talk {index} of {number}", start, start + timedelta(minutes=30), f"Room {room}",
                 (f"Speaker {index}",), abstract=abstract)
        )  # fmt: skip
    return Schedule(slug_of(number), f"Conference {number}", "Europe/Berlin", first, talks[-1].end.date(), tuple(talks))


def add_records(log: JournalText, schedule: Schedule) -> None:
    """Add the records of a person who was there: a boot a day, a talk chosen, BOOKMARKS presses in all."""
    for day in range(DAYS):
        log.reboot()
        talks = [talk for talk in schedule.talks if talk.start.date() == schedule.start + timedelta(days=day)][::5]
        start_s = talks[0].start_utc_s
        log.add(0, "clock", utc=start_s * 1000, err=20, source="host")
        for talk in talks:
            begin_ms = (talk.start_utc_s - start_s) * 1000
            log.add(begin_ms + 1, "talk", id=talk.id, how="picked")
            for press in range(BOOKMARKS // DAYS // len(talks)):
                log.add(begin_ms + (press + 1) * 60_000, "bookmark", tag="note", talk=talk.id)


def make(folder: Path, count: int) -> Archive:
    """Return an archive with the newest `count` conferences, one device that was at all of them, and their posts."""
    init_archive(folder)
    archive = Archive(folder)
    log = JournalText(0)
    for number in reversed(range(count)):
        schedule = schedule_of(number)
        path = archive.schedule_path(schedule.slug)
        path.parent.mkdir(parents=True)
        path.write_bytes(to_json(schedule))
        add_records(log, schedule)
    path = archive.log_path(DEVICE, EPOCH)
    path.parent.mkdir(parents=True)
    path.write_bytes(log.data)
    JournalLog(archive, DEVICE, EPOCH).remember()  # as a sync does
    clapmark(archive, "notes")
    return archive


def clapmark(archive: Archive, *words: str) -> float:
    """Run a command as a process of its own and return how long it took, in seconds."""
    command = [sys.executable, "-m", "clapmark", *words, "--archive", str(archive.folder)]
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    return time.perf_counter() - began


def press(archive: Archive, number: int) -> None:
    """Add one bookmark to the newest conference, as a sync does."""
    log = JournalLog(archive, DEVICE, EPOCH)
    newest = archive.log_path(DEVICE, EPOCH).read_bytes().splitlines()[-1].split()
    seq, boot, ms = log.last_seq + 1, int(newest[1]), int(newest[2]) + 1_000 + number
    log.add(seq, line(seq, boot, ms, "bookmark", tag="idea"))
    log.flush()
    log.remember()


def notes_after_sync(archive: Archive, number: int) -> float:
    """Return what the first notes take after a sync with one new bookmark."""
    press(archive, number)
    return clapmark(archive, "notes")


def measure(console: Console) -> dict[str, float]:
    """Print the table and return the figures."""
    commands = {
        "show": ("show", "--conference", slug_of(0)),
        "export": ("export", "csv", "--conference", slug_of(0)),
        "timeline": ("timeline", "--conference", slug_of(0)),
    }
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in [*commands, "notes_after_sync"]}
    with tempfile.TemporaryDirectory() as folder:
        archives = [make(Path(folder) / str(count), count) for count in (1, CONFERENCES)]
        for number in range(ROUNDS):
            for name, words in commands.items():
                one, fifty = (clapmark(archive, *words) for archive in archives)
                taken[name].append((one, fifty))
            one, fifty = (notes_after_sync(archive, number) for archive in archives)
            taken["notes_after_sync"].append((one, fifty))
    title = f"One conference of {TALKS} talks and {BOOKMARKS} bookmarks, alone and among {CONFERENCES}"
    table = Table("command", "ratio", "at most", "alone", f"among {CONFERENCES}", title=title, title_justify="left")
    figures = {}
    for name, pairs in taken.items():
        one, fifty = (median(seconds) for seconds in zip(*pairs, strict=True))
        ratio = round(median(pair[1] / pair[0] for pair in pairs), 2)
        figures[f"scale.{name}_ratio"] = ratio
        shown = f"{one * 1000:.0f} ms", f"{fifty * 1000:.0f} ms"
        table.add_row(name.replace("_", " "), f"{ratio}", f"{MOST}", *shown)
    console.print(table)
    return figures
