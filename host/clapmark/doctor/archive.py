"""The checks of an archive: is everything readable, is anything missing, and will git merge it well? Reads only."""

import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from clapmark.archive import record
from clapmark.archive.archive import Archive, find_archive
from clapmark.archive.journal_log import JournalLog
from clapmark.archive.journals import Journal, parse_log
from clapmark.archive.wall_time import Clock
from clapmark.base.durable import TEMPORARY_SUFFIX
from clapmark.base.errors import ClapmarkError
from clapmark.bookmarks.fold import all_bookmarks
from clapmark.bookmarks.linker import How, linker_of
from clapmark.conference.spans import read_schedule
from clapmark.doctor.findings import Finding, Severity
from clapmark.notes import plan_notes
from clapmark.schedule import Schedule

_LEAST_FREE_BYTES = 20 << 20
_MOST_NAMED = 5
_GIT_CONFLICT = re.compile(rb"^(<{7}|={7}|>{7})", re.MULTILINE)


def check_archive(path: Path) -> list[Finding]:
    """Return the findings about the archive at or above `path`; one OK finding if there are no problems.

    Changes nothing. Never raises for what it finds: an archive that cannot be opened is a finding.
    """
    try:
        archive = find_archive(path)
    except ClapmarkError as error:
        return [Finding(Severity.ERROR, str(error))]
    findings = [finding for check in _CHECKS for finding in _run(check, archive)]
    if all(finding.severity is Severity.NOTE for finding in findings):
        findings.insert(0, Finding(Severity.OK, _summary(archive)))
    return findings


def _run(check: Callable[[Archive], Iterator[Finding]], archive: Archive) -> Iterator[Finding]:
    try:
        yield from check(archive)
    except OSError as error:
        yield Finding(
            Severity.ERROR,
            f"{error.filename or archive.folder} cannot be read: {error.strerror}.",
            "Give yourself the right to read it, or look at the disk, and run this again.",
        )


def _summary(archive: Archive) -> str:
    journals = [_read(archive, device, epoch) for device, epoch in archive.journals()]
    records = sum(len(journal.records) for journal in journals)
    return (
        f"The archive {archive.folder} is whole: {_many(records, 'record', 'records')} in "
        f"{_many(len(journals), 'journal', 'journals')}, "
        f"{_many(len(archive.conferences()), 'conference', 'conferences')}."
    )


def _read(archive: Archive, device: str, epoch: str) -> Journal:
    return parse_log(device, epoch, archive.log_path(device, epoch).read_bytes())


def _disk(archive: Archive) -> Iterator[Finding]:
    free = shutil.disk_usage(archive.folder).free
    if free < _LEAST_FREE_BYTES:
        yield Finding(
            Severity.WARNING,
            f"The disk of {archive.folder} has only {free >> 10:,} KB left.",
            "Make room before the next sync: what does not fit on the disk stays on the device.",
        )
    for path in sorted(archive.folder.rglob(f".*{TEMPORARY_SUFFIX}")):
        yield Finding(
            Severity.NOTE,
            f"{path.relative_to(archive.folder)} was left by an interrupted write; the file itself is complete.",
            "It is replaced by the next write; delete it if you like.",
        )


def _journals(archive: Archive) -> Iterator[Finding]:
    for device, epoch in archive.journals():
        path = archive.log_path(device, epoch)
        data = path.read_bytes()
        name = str(path.relative_to(archive.folder))
        if _GIT_CONFLICT.search(data):
            yield Finding(
                Severity.ERROR,
                f"{name} holds the marks of a merge that git could not finish.",
                "Delete the lines that begin with <<<<<<<, ======= or >>>>>>> and keep all others: "
                "every record may be there, in any order, also twice.",
            )
        journal = parse_log(device, epoch, data)
        yield from _lines(name, journal)
        yield from _numbers(name, journal, JournalLog(archive, device, epoch))
        yield from _times(name, journal)
        damaged = archive.damage_path(device, epoch)
        count = damaged.read_bytes().count(b"damaged sector=") if damaged.exists() else 0
        if count:
            yield Finding(
                Severity.WARNING,
                f"{name}: the device's flash had {count} unreadable places when it was fetched.",
                f"What was left of them is kept in {damaged.name}; often the text can still be read there.",
            )


def _lines(name: str, journal: Journal) -> Iterator[Finding]:
    damaged = [piece for piece in journal.damaged if not _GIT_CONFLICT.match(piece.line)]
    if damaged:
        places = ", ".join(str(piece.line_number) for piece in damaged[:_MOST_NAMED])
        more = f" and {len(damaged) - _MOST_NAMED} more" if len(damaged) > _MOST_NAMED else ""
        yield Finding(
            Severity.WARNING,
            f"{name}: {_many(len(damaged), 'line is', 'lines are')} no whole record (line {places}{more}).",
            "If the device still has the record, `clapmark sync` brings it again; else git or a backup may have it.",
        )
    for conflict in journal.conflicts[:_MOST_NAMED]:
        yield Finding(
            Severity.WARNING,
            f"{name}: record {conflict.seq} is there {len(conflict.lines)} times with different content; all are kept.",
            "Look at them in the log; delete the line that is wrong, or leave both: both are shown.",
        )
    for kind, number in sorted(journal.unknown_kinds.items()):
        yield Finding(
            Severity.NOTE,
            f"{name}: {_many(number, 'record is', 'records are')} of the kind {kind!a:.40}, unknown here; kept.",
            "A newer clapmark may know it.",
        )


def _numbers(name: str, journal: Journal, log: JournalLog) -> Iterator[Finding]:
    seqs = [entry.seq for entry in journal.records]
    if not seqs:
        return
    gaps = [(entry.number("from"), entry.number("to")) for entry in journal.records if entry.kind == record.GAP]

    def untold(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
        return [
            (first, last) for first, last in ranges if not any(begin <= first and last <= end for begin, end in gaps)
        ]

    for first, last in untold(log.unknown(min(seqs), max(seqs)))[:_MOST_NAMED]:
        yield Finding(
            Severity.WARNING,
            f"{name}: {_records(first, last)} missing.",
            "`clapmark sync` with that device fetches what it still has; or merge the archive of the laptop that has "
            "synced it.",
        )
    for first, last in untold(log.missing)[:_MOST_NAMED]:
        yield Finding(
            Severity.NOTE,
            f"{name}: {_records(first, last)} no longer in the device's flash.",
            "The power was cut while they were written, or flash bits have flipped; there is nothing more to fetch.",
        )
    if min(seqs) > 1:
        yield Finding(
            Severity.NOTE,
            f"{name} begins with record {min(seqs)}: those before went to another archive.",
            "Merge that one with git if you want them here too.",
        )


def _times(name: str, journal: Journal) -> Iterator[Finding]:
    clock = Clock(journal.records)
    jumping = clock.contradicting_boots
    if jumping:
        yield Finding(
            Severity.NOTE,
            f"{name}: the clock was set wrong or jumped in boot {_list(jumping)}.",
            "Their times are intervals that contain the true time; `clapmark assign` assigns a bookmark to a talk.",
        )
    marked = {entry.boot for entry in journal.records if entry.kind == record.BOOKMARK}
    timeless = sorted(boot for boot in marked if clock.time_at(boot, 0).utc_ms is None)
    if timeless:
        yield Finding(
            Severity.NOTE,
            f"{name}: the clock was never set in or near boot {_list(timeless)}: its bookmarks have no time.",
            "Sync the device once more: the next clock record bounds them. `clapmark assign` assigns them to a talk.",
        )


def _strangers(archive: Archive) -> Iterator[Finding]:
    known = {archive.log_path(*name) for name in archive.journals()} | {
        archive.damage_path(*name) for name in archive.journals()
    }
    for path in sorted((archive.folder / "journal").rglob("*.log*")):
        if path.is_file() and path not in known and not path.name.startswith("."):
            yield Finding(
                Severity.WARNING,
                f"{path.relative_to(archive.folder)} is named like no journal, so its records are not read.",
                "If a file synchroniser made it (a conflicted copy), append its lines to the log that it was copied "
                "from and delete it: a record that is there twice counts once.",
            )


def _git(archive: Archive) -> Iterator[Finding]:
    if not (archive.folder / ".git").exists():
        return
    texts = []
    for path in (archive.folder / ".gitattributes", archive.folder / "journal" / ".gitattributes"):
        if path.exists():
            texts += path.read_text(encoding="utf-8", errors="replace").splitlines()
    if not any(line.split()[0].endswith("*.log") and "merge=union" in line for line in texts if line.split()):
        yield Finding(
            Severity.WARNING,
            "git does not know how to merge the journals of two laptops.",
            'Put this line into .gitattributes: "journal/**/*.log merge=union -text".',
        )


def _schedules(archive: Archive) -> Iterator[Finding]:
    schedules, broken = _read_schedules(archive)
    yield from broken
    if broken:
        return
    linker = linker_of(archive, schedules)
    bookmarks = [mark for mark in all_bookmarks(_all_journals(archive)) if not mark.undone]
    lost: Counter[str] = Counter(
        mark.talk_id
        for mark in bookmarks
        if mark.talk_id and not mark.is_guess and linker.link(mark).how is How.UNLINKED
    )
    if lost:
        ids = ", ".join(f"{talk!a:.14}" for talk in sorted(lost)[:_MOST_NAMED])
        yield Finding(
            Severity.WARNING,
            f"{_many(sum(lost.values()), 'bookmark names a talk', 'bookmarks name talks')} that no schedule of "
            f"that time has ({ids}).",
            "Load the schedule that was on the device (`clapmark schedule load`), or see `clapmark assign`.",
        )
    try:
        for sentence in plan_notes(archive).left:
            yield Finding(
                Severity.WARNING,
                f"`clapmark notes` leaves to you: {sentence}",
                "Edit the post there, then run `clapmark notes` again; nothing else is held up by it.",
            )
    except ClapmarkError as error:
        yield Finding(Severity.ERROR, f"`clapmark notes` cannot run: {error}", "Correct that first.")


def _read_schedules(archive: Archive) -> tuple[list[Schedule], list[Finding]]:
    schedules, broken = [], []
    for slug in archive.conferences():
        try:
            schedules.append(read_schedule(archive, slug))
        except ClapmarkError as error:
            again = "Load it again with `clapmark schedule load`, or bring the file back from git."
            broken.append(Finding(Severity.ERROR, str(error), again))
    return schedules, broken


def _all_journals(archive: Archive) -> list[Journal]:
    return [_read(archive, device, epoch) for device, epoch in archive.journals()]


def _many(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def _records(first: int, last: int) -> str:
    return f"record {first} is" if first == last else f"records {first} to {last} are"


def _list(numbers: list[int]) -> str:
    named = ", ".join(map(str, numbers[:_MOST_NAMED]))
    return f"{named} and {len(numbers) - _MOST_NAMED} more" if len(numbers) > _MOST_NAMED else named


_CHECKS: tuple[Callable[[Archive], Iterator[Finding]], ...] = (_disk, _journals, _strangers, _git, _schedules)
