"""Files of others: talks and captions that go in and come out, what is reported, and what is lost in silence (nothing).

Tried are the fixtures, and the public cases and schedules that may be next to the checkout (`../shared`, or the folder
that CLAPMARK_SHARED names). What goes in is counted from the text of each file, not by the readers that are measured.
"""

import csv
import json
import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table

from clapmark.base.errors import ClapmarkError
from clapmark.base.text_files import decode_text
from clapmark.recordings.captions import parse_captions
from clapmark.recordings.sentences import sentences_of
from clapmark.schedule.load import parse_schedule
from clapmark.schedule.readers.workbook import kind_of

ROOT = Path(__file__).parents[2]
ZONE = ZoneInfo("America/New_York")
FIRST_DAY = date(2019, 5, 3)
_SCHEDULES = {".ics", ".xml", ".json", ".csv", ".txt", ".xlsx"}
_CAPTIONS = {"whisperx.json", "talk.json"}  # the names of caption files among the fixtures and cases
_NO_FILES = {"ports.json", "address.txt", "headings.txt", "SOURCES.md"}


@dataclass
class Tried:
    """One file: records in it, records that came out, sentences about it, and whether something was lost in silence."""

    name: str
    went_in: int
    came_out: int
    notes: int
    seconds: float
    is_silent: bool
    refused: str = ""
    is_captions: bool = False


def files() -> Iterator[Path]:
    """Yield the files to try."""
    shared = Path(os.environ.get("CLAPMARK_SHARED", ROOT.parent / "shared"))
    for folder in (ROOT / "tests" / "fixtures", shared / "cases", shared / "data" / "schedules"):
        for path in sorted(folder.rglob("*")):
            if path.suffix in _SCHEDULES and path.name not in _NO_FILES and path.is_file():
                yield path


def try_file(path: Path) -> Tried:
    """Load one file and compare what came out with what is in it."""
    data = path.read_bytes()
    name = f"{path.parent.name}/{path.name}"
    begin_s = time.perf_counter()
    if path.name in _CAPTIONS:
        captions = parse_captions(data, path.name)
        said = "".join(one.text for one in sentences_of(captions.cues))
        went_in, came_out = len(_captioned(data)), len(_letters(said))
        seconds = time.perf_counter() - begin_s
        return Tried(name, went_in, came_out, len(captions.notes), seconds, went_in != came_out, "", True)
    went_in = records_in(data)
    try:
        schedule = parse_schedule(data, path.name, zone=ZONE, start=FIRST_DAY)
    except ClapmarkError as error:
        return Tried(name, went_in, 0, 1, time.perf_counter() - begin_s, False, str(error))
    seconds = time.perf_counter() - begin_s
    left_out = schedule.left_out + _counted(schedule.warnings)
    return Tried(
        name, went_in, len(schedule.talks), len(schedule.warnings), seconds,
        len(schedule.talks) + left_out - _repeated(schedule.warnings) != went_in,
    )  # fmt: skip


def records_in(data: bytes) -> int:
    """Return how many talks a schedule file has, counted without its reader."""
    if kind_of(data) == "xlsx":
        import io  # only here

        import openpyxl

        return (
            sum(1 for row in openpyxl.load_workbook(io.BytesIO(data)).active.iter_rows(values_only=True) if any(row))
            - 1
        )
    text = decode_text(data).text
    head = text.lstrip()[:20]
    if head.startswith("BEGIN:VCALENDAR"):
        return len(re.findall(r"^BEGIN:VEVENT", text, re.MULTILINE))
    if head.startswith("<"):
        return len(re.findall(r"<event[\s>]", text))
    if head.startswith(("{", "[")):
        return _talks_in(json.loads(text))
    if re.search(r"^[^\n]*(?:title|Title)[^\n]*,", text[:200]):
        return sum(1 for row in csv.reader(text.splitlines(keepends=True)) if any(row)) - 1
    return len(re.findall(r"^\s*\w+day \d[^\n]*(?:[ap]\.m\.|noon)", text, re.MULTILINE))


def _talks_in(value: object) -> int:
    """Return the number of different objects that have a title and a start."""
    found: set[str] = set()

    def walk(one: object) -> None:
        if isinstance(one, dict):
            if "title" in one and "days" not in one and any(key in one for key in ("start", "startsAt", "start_time")):
                found.add(str(one.get("guid") or one.get("id") or id(one)))
            for child in one.values():
                walk(child)
        elif isinstance(one, list):
            for child in one:
                walk(child)

    walk(value)
    return len(found)


def _counted(warnings: tuple[str, ...]) -> int:
    """Return how many records the notes say were left out on purpose: breaks, all-day and cancelled events."""
    pattern = re.compile(r"left out(?:, [^:]*)?: (\d+)\.")
    return sum(int(match[1]) for warning in warnings if (match := pattern.search(warning)))


def _repeated(warnings: tuple[str, ...]) -> int:
    """Return how many talks more than events the repetitions gave."""
    pattern = re.compile(r"Events that repeat: (\d+); they take place (\d+) times?")
    return sum(int(match[2]) - int(match[1]) for warning in warnings if (match := pattern.search(warning)))


def _captioned(data: bytes) -> str:
    return _letters("".join(segment["text"] for segment in json.loads(data)["segments"]))


def _letters(text: str) -> str:
    return "".join(text.split())


def measure(console: Console) -> dict[str, float]:
    """Try every file, print a line for each, and return the figures."""
    tried = [try_file(path) for path in files()]
    table = Table("file", "in", "out", "notes", "ms", "", title="Files of others", title_justify="left", box=None)
    for one in tried:
        what = "SILENT LOSS" if one.is_silent else one.refused[:80]
        table.add_row(one.name, str(one.went_in), str(one.came_out), str(one.notes), f"{one.seconds * 1000:.0f}", what)
    console.print(table)
    loaded = [one for one in tried if not one.refused and not one.is_captions]
    captions = [one for one in tried if one.is_captions]
    talks_out = sum(one.came_out for one in loaded)
    return {
        "files.tried": len(tried),
        "files.refused": sum(bool(one.refused) for one in tried),
        "files.talks_in": sum(one.went_in for one in loaded),
        "files.talks_out": talks_out,
        "files.notes": sum(one.notes for one in tried),
        "files.silent": sum(one.is_silent for one in tried),
        "files.seconds_per_1000_talks": round(sum(one.seconds for one in loaded) * 1000 / max(talks_out, 1), 3),
        "files.caption_files": len(captions),
        "files.caption_letters_in": sum(one.went_in for one in captions),
        "files.caption_letters_out": sum(one.came_out for one in captions),
    }
