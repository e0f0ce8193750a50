"""`clapmark sync --from FILE`: a saved log goes into the archive, once, and nothing else of it."""

import json

import pytest

from clapmark.archive.archive import Archive, init_archive
from clapmark.archive.journal_log import JournalLog
from firmware.core.lines.line import LineWriter
from tests.support.archive.journal_text import DEVICE, EPOCH, JournalText, line
from tests.support.command_line import type_in
from tests.support.device.sync_device import everything

NAME = f"clapmark-{DEVICE}-{EPOCH}.log"


@pytest.fixture
def archive(tmp_path):
    init_archive(tmp_path / "archive")
    return Archive(tmp_path / "archive")


def log_of(count: int) -> bytes:
    text = JournalText()
    text.reboot()
    for number in range(count):
        text.add(1000 * number, "bookmark", tag="note")
    return text.data


def test_a_saved_log_is_in_the_archive_byte_for_byte_and_once(archive, tmp_path):
    path = tmp_path / NAME
    path.write_bytes(log_of(5))
    code, _, said = type_in(archive, "sync", "--from", path)
    assert code == 0 and "6 new records" in said
    assert archive.log_path(DEVICE, EPOCH).read_bytes() == path.read_bytes()
    before = everything(archive)
    code, out, _ = type_in(archive, "sync", "--from", path, "--json")
    assert code == 0 and (json.loads(out)["new"], json.loads(out)["already_there"]) == (0, 6)
    code, _, said = type_in(archive, "sync", "--from", path)
    assert f"Nothing new in {NAME}; nothing was changed" in said
    assert everything(archive) == before


@pytest.mark.parametrize(
    "name", [f"clapmark-{DEVICE}-{EPOCH} (1).log", f"{DEVICE}/{EPOCH}.log", f"{DEVICE}_{EPOCH}.txt"]
)
def test_the_name_may_be_what_browsers_and_archives_make_of_it(name, archive, tmp_path):
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(log_of(2))
    assert type_in(archive, "sync", "--from", path)[0] == 0
    assert archive.log_path(DEVICE, EPOCH).read_bytes() == log_of(2)


@pytest.mark.parametrize("name", ["bookmarks.log", "a1b2c3d4e5f6.log", "x-A1B2C3D4E5F6-9ace8f55.log"])
def test_a_file_that_does_not_say_whose_it_is_is_refused(name, archive, tmp_path):
    path = tmp_path / name
    path.write_bytes(log_of(2))
    code, _, said = type_in(archive, "sync", "--from", path)
    assert code == 2 and "which device" in said
    assert not archive.log_path(DEVICE, EPOCH).exists()


@pytest.mark.parametrize("data", [b"", b"noise\n" * 9, b"%PDF-1.7\n\xff\xfe", b"\n\n"])
def test_a_file_that_is_no_log_changes_nothing(data, archive, tmp_path):
    path = tmp_path / NAME
    path.write_bytes(data)
    before = everything(archive)
    code, _, said = type_in(archive, "sync", "--from", path)
    assert code == 2 and "holds no record" in said
    after = {path: seen for path, seen in everything(archive).items() if archive.scratch() not in path.parents}
    assert after == before and not archive.log_path(DEVICE, EPOCH).exists()


def test_damaged_lines_are_reported_and_the_others_taken(archive, tmp_path):
    path = tmp_path / NAME
    whole = log_of(4)
    path.write_bytes(whole.replace(b"tag=note", b"tag=nose", 1) + b"9 1 9000 bookm")
    code, _, said = type_in(archive, "sync", "--from", path)
    assert code == 4 and "2 places are" in said and "unreadable in" in said
    assert archive.log_path(DEVICE, EPOCH).read_bytes().count(b"\n") == 4


def test_records_of_a_kind_that_is_not_known_yet_are_kept_and_counted(archive, tmp_path):
    path = tmp_path / NAME
    path.write_bytes(log_of(2) + line(4, 2, 9, "heartbeat", bpm=61) + line(5, 2, 10, "heartbeat", bpm=62))
    code, out, _ = type_in(archive, "sync", "--from", path, "--json")
    assert code == 4 and json.loads(out)["unknown_kinds"] == {"heartbeat": 2}
    assert archive.log_path(DEVICE, EPOCH).read_bytes() == path.read_bytes()


def test_a_saved_list_of_damage_is_kept_beside_the_log_once(archive, tmp_path):
    log, damage = tmp_path / NAME, tmp_path / f"clapmark-{DEVICE}-{EPOCH}.damaged.log"
    log.write_bytes(log_of(2))
    other = JournalLog(archive, DEVICE, "00000001")
    other.add_damage(3, 171, b"\xff\x00torn")
    other.add_missing(7, 9)
    other.flush()
    told = archive.damage_path(DEVICE, "00000001").read_bytes()
    damage.write_bytes(told)
    code, _, _ = type_in(archive, "sync", "--from", log, "--from", damage)
    assert code == 4
    assert archive.damage_path(DEVICE, EPOCH).read_bytes() == told
    assert type_in(archive, "sync", "--from", log, "--from", damage)[0] == 0
    assert archive.damage_path(DEVICE, EPOCH).read_bytes() == told


@pytest.mark.parametrize(
    "words", ["damaged sector=1 offset=2", "other sector=1", "missing first=0 last=3", "damaged x"]
)
def test_a_line_of_damage_that_says_nothing_useful_counts_once(words, archive, tmp_path):
    writer = LineWriter(120)
    writer.raw(words.encode())
    writer.seal()
    path = tmp_path / NAME
    path.write_bytes(log_of(2) + bytes(writer.view[: writer.length]))
    code, out, _ = type_in(archive, "sync", "--from", path, "--json")
    assert code == 4 and json.loads(out)["damaged"] == 1
    assert not archive.damage_path(DEVICE, EPOCH).exists()


@pytest.mark.parametrize(("sector", "is_taken"), [(1 << 49, True), ((1 << 49) + 1, False)])
def test_a_place_that_no_flash_has_is_damage_of_the_file(sector, is_taken, archive, tmp_path):
    other = JournalLog(archive, DEVICE, "00000001")
    other.add_damage(sector, 171, b"\xff\x00torn")
    other.flush()
    path = tmp_path / NAME
    path.write_bytes(log_of(2) + archive.damage_path(DEVICE, "00000001").read_bytes())
    code, out, _ = type_in(archive, "sync", "--from", path, "--json")
    assert code == 4 and json.loads(out)["damaged"] == 1
    assert archive.damage_path(DEVICE, EPOCH).exists() == is_taken


def test_a_record_with_another_content_is_kept_beside_the_first(archive, tmp_path):
    path = tmp_path / NAME
    path.write_bytes(log_of(2))
    type_in(archive, "sync", "--from", path)
    path.write_bytes(line(2, 2, 0, "bookmark", tag="other"))
    code, _, said = type_in(archive, "sync", "--from", path)
    assert code == 4 and "another content" in said
    assert archive.log_path(DEVICE, EPOCH).read_bytes().count(b"\n2 2 ") == 2


@pytest.mark.parametrize("options", [("--watch",), ("--set-clock",), ("--port", "/dev/ttyUSB0")])
def test_a_file_and_a_device_exclude_each_other(options, archive, tmp_path):
    path = tmp_path / NAME
    path.write_bytes(log_of(1))
    code, _, said = type_in(archive, "sync", "--from", path, *options)
    assert code == 2 and "--from takes a file and no device" in said
