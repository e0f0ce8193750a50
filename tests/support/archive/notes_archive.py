"""An archive with a schedule and an afternoon of records, for the tests of notes."""

from clapmark.archive.archive import Archive, init_archive
from clapmark.notes import apply, plan_notes
from clapmark.schedule.store import to_json
from tests.support.archive.conference import small_conference, utc_ms
from tests.support.archive.journal_text import DEVICE, EPOCH, JournalText

SLUG = "pyexample-2019"


def minutes(count: float) -> int:
    return round(count * 60_000)


def afternoon() -> JournalText:
    """13:00 to 17:12 of the first day: talks, one bookmark undone, one retagged, a passage, two lightning talks."""
    log = JournalText()
    log.add(0, "boot", reset="poweron")
    log.add(0, "clock", utc=utc_ms("13:00"), err=10, source="host")
    log.add(minutes(1), "talk", id="dicts", how="picked")
    log.add(minutes(5), "bookmark", tag="note", talk="dicts")
    undone = log.add(minutes(7), "bookmark", tag="note", talk="dicts")
    log.add(minutes(7) + 900, "undo", of=undone)
    retagged = log.add(minutes(12.5), "bookmark", tag="note", talk="dicts")
    log.add(minutes(12.5) + 3_000, "retag", of=retagged, tag="idea")
    passage = log.add(minutes(20), "bookmark", tag="quote", talk="dicts")
    log.add(minutes(20) + 75_000, "span", of=passage, len=75_000)
    log.add(minutes(31), "talk", id="", how="clock")
    log.add(minutes(55), "bookmark", tag="todo")  # 13:55, by time: bees
    log.add(minutes(90), "bookmark", tag="link")  # 14:30, no talk
    log.add(minutes(240), "talk", id="light-1", how="picked")
    run = log.add(minutes(240) + 5_000, "countdown", do="start", plan=300_000, preset="lightning", talk="light-1")
    log.add(minutes(243), "bookmark", tag="note", talk="light-1")
    log.add(minutes(246), "countdown", do="stop", run=run, left=-55_000)
    log.add(minutes(246) + 1_000, "talk", id="light-2", how="next")
    log.add(minutes(247), "countdown", do="start", plan=300_000, preset="lightning", talk="light-2")
    return log


def make_archive(folder, log=None, schedule=None) -> Archive:
    init_archive(folder)
    archive = Archive(folder)
    path = archive.schedule_path((schedule or small_conference()).slug)
    path.parent.mkdir(parents=True)
    path.write_bytes(to_json(schedule or small_conference()))
    put(archive, log or afternoon())
    return archive


def put(archive: Archive, log: JournalText) -> None:
    path = archive.log_path(DEVICE, EPOCH)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(log.data)


def write_notes(archive: Archive):
    """Run notes as the command does, and return what was left for the user."""
    plan = plan_notes(archive)
    apply(plan)
    return plan.left


def read(archive) -> str:
    return archive.post_path(SLUG).read_bytes().decode()


def edit(archive, old: str, new: str) -> str:
    text = read(archive)
    assert old in text
    archive.post_path(SLUG).write_bytes(text.replace(old, new, 1).encode())
    return read(archive)


def bullet(archive, start: str) -> str:
    return next(line for line in read(archive).splitlines() if start in line)


def later(archive, change=None) -> JournalText:
    """Put the afternoon's journal with more in it in the archive: by default one more bookmark, at 13:15."""
    log = afternoon()
    if change is None:
        log.add(minutes(15), "bookmark", tag="new", talk="dicts")
    else:
        change(log)
    put(archive, log)
    return log
