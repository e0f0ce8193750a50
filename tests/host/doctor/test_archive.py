"""What `clapmark doctor` says of an archive: nothing where all is well, and of each thing that is not, what to do."""

import pytest

from clapmark.archive.journal_log import JournalLog
from clapmark.doctor.archive import check_archive
from clapmark.doctor.findings import Severity
from tests.support.archive.journal_text import DEVICE, EPOCH, JournalText, line
from tests.support.archive.notes_archive import SLUG, afternoon, make_archive, minutes, put, utc_ms, write_notes
from tests.support.desk import tree


@pytest.fixture
def archive(tmp_path):
    return make_archive(tmp_path / "archive")


def found(archive):
    """Return the findings; looking must change nothing."""
    before = tree(archive.folder)
    findings = check_archive(archive.folder)
    assert tree(archive.folder) == before
    return findings


def only(archive):
    """Return the one finding that there is."""
    (finding,) = found(archive)
    assert finding.what_to_do or finding.severity is Severity.OK
    return finding


def log_of(archive):
    return archive.log_path(DEVICE, EPOCH)


def test_an_undamaged_archive_is_reported_as_such(archive):
    assert only(archive).severity is Severity.OK
    assert "records in 1 journal, 1 conference." in only(archive).what
    write_notes(archive)
    assert only(archive).severity is Severity.OK


def test_a_folder_that_is_no_archive(tmp_path):
    (finding,) = check_archive(tmp_path)
    assert finding.severity is Severity.ERROR and "clapmark init" in finding.what


def test_settings_that_cannot_be_read(archive):
    (archive.folder / "clapmark.toml").write_text("flavour = ")
    assert only_error(archive, "clapmark.toml")


def only_error(archive, word):
    finding = check_archive(archive.folder)[0]
    return finding.severity is Severity.ERROR and word in finding.what


def test_a_damaged_line(archive):
    lines = log_of(archive).read_bytes().splitlines(keepends=True)
    lines[3] = lines[3].replace(b"note", b"nope")
    log_of(archive).write_bytes(b"".join(lines))
    first, second = found(archive)
    assert first.severity is Severity.WARNING and "1 line is no whole record (line 4)" in first.what
    assert "record 4 is missing" in second.what and "clapmark sync" in second.what_to_do


def test_two_records_of_one_number(archive):
    with log_of(archive).open("ab") as file:
        file.write(line(4, 1, 77, "bookmark", tag="other"))
    assert "record 4 is there 2 times with different content" in only(archive).what


def test_the_marks_of_a_merge(archive):
    data = log_of(archive).read_bytes()
    middle = data.index(b"\n", len(data) // 2) + 1
    log_of(archive).write_bytes(b"<<<<<<< HEAD\n" + data[:middle] + b"=======\n" + data[middle:] + b">>>>>>> theirs\n")
    assert only(archive).severity is Severity.ERROR and "merge" in only(archive).what


def test_records_that_are_nowhere_are_missing_and_those_of_a_gap_record_are_not(archive):
    text = afternoon()
    first = text.seq + 1
    text.seq += 3
    text.add(minutes(248), "bookmark", tag="note", talk="light-2")
    put(archive, text)
    assert f"records {first} to {first + 2} are missing" in only(archive).what
    text.add(minutes(249), "gap", from_=first, to=first + 2)
    put(archive, text)
    assert only(archive).severity is Severity.OK


def test_what_a_sync_found_damaged_or_not_there_any_more(archive):
    log = JournalLog(archive, DEVICE, EPOCH)
    log.add_damage(3, 700, b"12 1 99 bookm\x00")
    log.add_missing(30, 31)
    log.flush()
    damaged, missing = sorted(found(archive), key=lambda finding: finding.severity, reverse=True)
    assert damaged.severity is Severity.WARNING and "1 unreadable place" in damaged.what
    assert missing.severity is Severity.NOTE and "records 30 to 31" in missing.what


def test_a_kind_of_a_later_firmware(archive):
    text = afternoon()
    text.add(minutes(248), "heartbeat", beats=60)
    put(archive, text)
    _, note = found(archive)
    assert note.severity is Severity.NOTE and "'heartbeat'" in note.what


def test_a_clock_that_jumped_and_a_boot_without_one(archive):
    text = afternoon()
    text.add(minutes(250), "clock", utc=utc_ms("23:00"), err=10, source="host")
    text.reboot()
    text.add(minutes(1), "bookmark", tag="note")
    put(archive, text)
    _, jumped, timeless = found(archive)
    assert "jumped in boot 1" in jumped.what
    assert "near boot 2" in timeless.what and "Sync the device once more" in timeless.what_to_do


def test_a_copy_that_a_synchroniser_made(archive):
    copy = log_of(archive).with_name(f"{EPOCH} (conflicted copy).log")
    copy.write_bytes(log_of(archive).read_bytes())
    assert "named like no journal" in only(archive).what


def test_git_that_would_not_merge_the_journals(archive):
    (archive.folder / ".git").mkdir()
    assert only(archive).severity is Severity.OK
    (archive.folder / ".gitattributes").unlink()
    assert "journal/**/*.log merge=union -text" in only(archive).what_to_do


def test_a_talk_that_no_schedule_has(archive):
    text = afternoon()
    text.add(minutes(248), "bookmark", tag="note", talk="GONE01")
    put(archive, text)
    assert "1 bookmark names a talk" in only(archive).what and "'GONE01'" in only(archive).what


def test_a_schedule_that_is_damaged(archive):
    archive.schedule_path(SLUG).write_text("{")
    assert only(archive).severity is Severity.ERROR


def test_a_post_that_notes_would_leave(archive):
    write_notes(archive)
    path = archive.post_path(SLUG)
    path.write_text(path.read_text().replace("<!-- clapmark end", "<!-- ended", 1))
    assert only(archive).severity is Severity.WARNING and "clapmark notes" in only(archive).what


def test_what_a_killed_write_left(archive):
    (archive.folder / "content").mkdir(exist_ok=True)
    (archive.folder / "content" / ".post.md.clapmark-new").write_text("half")
    _, note = found(archive)
    assert note.severity is Severity.NOTE and "interrupted write" in note.what


def test_a_log_of_no_bookmarks_is_fine(archive):
    put(archive, JournalText())
    assert only(archive).severity is Severity.OK
