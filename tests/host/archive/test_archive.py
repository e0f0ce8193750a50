import errno
import multiprocessing
import os
import subprocess
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clapmark.archive.archive import Archive, check_slug, find_archive, init_archive
from clapmark.archive.journals import parse_log, read_journals
from clapmark.base import durable
from clapmark.base.errors import UsageError
from tests.support.archive.journal_text import DEVICE, EPOCH, JournalText, line


def everything(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_init_makes_an_archive_that_is_found_from_below(tmp_path):
    written = init_archive(tmp_path / "notes")
    assert [path.name for path in written] == [".gitattributes", "clapmark.toml"]
    below = tmp_path / "notes" / "content" / "posts"
    below.mkdir(parents=True)
    archive = find_archive(below)
    assert archive.folder == tmp_path / "notes"
    assert archive.settings.grace_s == 300
    assert archive.post_path("pycon-2019") == tmp_path / "notes/content/posts/pycon-2019.md"
    assert b"journal/**/*.log merge=union -text" in (tmp_path / "notes/.gitattributes").read_bytes()


def test_init_joins_a_site_without_changing_a_file(tmp_path):
    (tmp_path / "hugo.toml").write_text("title = 'x'\n")
    (tmp_path / ".gitattributes").write_text("*.png binary\n")
    before = everything(tmp_path)
    init_archive(tmp_path)
    after = everything(tmp_path)
    assert {path: after[path] for path in before} == before
    assert (tmp_path / "journal/.gitattributes").read_text() == "*.log merge=union -text\n"
    assert Archive(tmp_path).settings.flavour == "hugo"


@pytest.mark.parametrize("way", ["full", "file", "twice", "flavour"])
def test_init_refuses_with_a_sentence_and_changes_nothing(tmp_path, way):
    folder = tmp_path / "there"
    if way == "file":
        folder.write_text("x")
    else:
        folder.mkdir()
    if way == "full":
        (folder / "tax.pdf").write_text("x")
    if way == "twice":
        init_archive(folder)
    before = everything(tmp_path)
    with pytest.raises(UsageError, match=r"\.$"):
        init_archive(folder, "gopher" if way == "flavour" else "hugo")
    assert everything(tmp_path) == before


def test_a_folder_that_is_no_archive_says_what_to_do(tmp_path):
    with pytest.raises(UsageError, match=f"clapmark init {tmp_path}"):
        find_archive(tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "flavour = 3",
        "flavour = 'gopher'",
        "notes = 1",
        "[notes]\ngrace_minutes = 1e9",
        "[notes]\ntags = 'x'",
        "=",
        "\xff",
        "[conferences.UP]\nroom='x'",
        "[conferences.a]\nroom=1",
        "conferences.a = 2",
    ],
)
def test_settings_that_cannot_be_used_are_refused_with_their_path(tmp_path, text):
    (tmp_path / "clapmark.toml").write_bytes(text.encode("latin-1"))
    with pytest.raises(UsageError, match=r"clapmark\.toml|short name"):
        Archive(tmp_path)


@pytest.mark.parametrize("post", ["../out.md", "/etc/x.md", "content/x.html", "a/../../b.md", "x\\u0000.md"])
def test_no_setting_leads_out_of_the_archive(tmp_path, post):
    (tmp_path / "clapmark.toml").write_text(f'[notes]\npost = "{post}"\n')
    with pytest.raises(UsageError, match=r"\.md file in the archive"):
        Archive(tmp_path).post_path("x")


@given(st.text(max_size=80))
def test_a_slug_is_a_safe_file_name_or_refused(text):
    try:
        slug = check_slug(text)
    except UsageError as error:
        assert text[:1].isascii() or str(error).isascii()
        assert "\x1b" not in str(error)
    else:
        assert slug.isascii() and slug == slug.lower() and slug not in {"con", "nul", "aux"}
        assert not set(slug) & set("/\\. \0:") and 1 <= len(slug) <= 40


@pytest.mark.parametrize(
    ("device", "epoch"), [("../../etc/x", EPOCH), (DEVICE, "..%2f"), (DEVICE.upper(), EPOCH), ("", "")]
)
def test_a_device_cannot_name_a_path(tmp_path, device, epoch):
    init_archive(tmp_path)
    with pytest.raises(UsageError):
        Archive(tmp_path).log_path(device, epoch)


def test_the_same_bytes_are_not_written_again(tmp_path):
    path = tmp_path / "a" / "file"
    assert durable.replace_file(path, b"one")
    stamp = path.stat().st_mtime_ns, path.stat().st_ino
    assert not durable.replace_file(path, b"one")
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == stamp
    path.chmod(0o600)
    assert durable.replace_file(path, b"two")
    assert path.stat().st_mode & 0o777 == 0o600
    assert os.listdir(path.parent) == ["file"]


def test_a_failed_write_leaves_the_file_as_it_was(tmp_path, monkeypatch):
    path = tmp_path / "file"
    path.write_bytes(b"one")

    def full_disk(descriptor):
        raise OSError(errno.ENOSPC, "no space left")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(OSError, match="no space"):
        durable.replace_file(path, b"two")
    assert path.read_bytes() == b"one"
    assert os.listdir(tmp_path) == ["file"]


def test_a_link_is_followed_not_replaced(tmp_path):
    (tmp_path / "real.md").write_bytes(b"one")
    (tmp_path / "post.md").symlink_to("real.md")
    durable.replace_file(tmp_path / "post.md", b"two")
    assert (tmp_path / "post.md").is_symlink()
    assert (tmp_path / "real.md").read_bytes() == b"two"


def _try_lock(folder, answer):
    try:
        with Archive(folder).lock():
            answer.put("locked")
    except durable.LockedError as error:
        answer.put(str(error))


def test_two_processes_do_not_change_an_archive_at_once(tmp_path):
    init_archive(tmp_path)
    context = multiprocessing.get_context("spawn")
    answer = context.Queue()
    with Archive(tmp_path).lock():
        other = context.Process(target=_try_lock, args=(tmp_path, answer))
        other.start()
        assert "Another clapmark" in answer.get(timeout=30)
        other.join()
    _try_lock(tmp_path, answer)
    assert answer.get(timeout=5) == "locked"


def test_a_lock_that_is_held_is_reported_at_once_and_names_the_archive(tmp_path):
    init_archive(tmp_path)
    began_s = time.monotonic()
    with Archive(tmp_path).lock(), pytest.raises(durable.LockedError, match=str(tmp_path)), Archive(tmp_path).lock():
        pass
    assert time.monotonic() - began_s < 2


def test_a_file_system_without_locks_is_an_error_of_the_system(tmp_path, monkeypatch):
    """As filelock reports it, on some network shares."""

    def refuse(*_, **__):
        raise NotImplementedError("FileSystem does not appear to support flock")

    monkeypatch.setattr(durable.FileLock, "acquire", refuse)
    with pytest.raises(OSError, match="lock"), durable.locked(tmp_path / "lock", "x"):
        pass


def test_union_merge_of_two_laptops_gives_every_record_once(tmp_path):
    """Real git: two clones append to the same log, and pull."""

    def git(*words, at):
        subprocess.run(
            ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main", *words],
            cwd=at, check=True, capture_output=True,
        )  # fmt: skip

    one, two = tmp_path / "one", tmp_path / "two"
    init_archive(one)
    log = JournalText()
    for number in range(30):
        log.add(number, "bookmark", tag="note")
    path = Archive(one).log_path(DEVICE, EPOCH)
    durable.append_file(path, b"".join(log.lines[:10]))
    git("init", at=one)
    git("add", ".", at=one)
    git("commit", "-m", "x", at=one)
    git("clone", str(one), str(two), at=tmp_path)
    durable.append_file(path, b"".join(log.lines[10:20]))
    git("commit", "-am", "x", at=one)
    durable.append_file(Archive(two).log_path(DEVICE, EPOCH), b"".join(log.lines[10:30]))
    git("commit", "-am", "x", at=two)
    git("pull", "--no-rebase", "--no-edit", str(one), "main", at=two)
    (journal,) = read_journals(Archive(two))
    assert [entry.line for entry in journal.records] == log.lines
    assert not journal.damaged and not journal.conflicts


def test_records_come_once_and_nothing_is_dropped_in_silence():
    good = [line(seq, 1, seq, "bookmark", tag="note") for seq in (1, 2, 3)]
    other = line(2, 1, 99, "bookmark", tag="idea")
    strange = line(4, 1, 5, "heartbeat", bpm=61)
    broken = good[2].replace(b"note", b"nose")
    journal = parse_log(DEVICE, EPOCH, good[1] + good[0] + good[1] + broken + other + strange + good[2])
    assert [entry.seq for entry in journal.records] == [1, 2, 2, 3, 4]
    assert [conflict.seq for conflict in journal.conflicts] == [2]
    assert set(journal.conflicts[0].lines) == {good[1], other}
    assert journal.unknown_kinds == {"heartbeat": 1}
    assert [(piece.line_number, piece.line) for piece in journal.damaged] == [(4, broken)]


def test_a_torn_write_that_was_made_good_later_is_no_damage():
    good = [line(seq, 1, seq, "bookmark", tag="note") for seq in (1, 2)]
    assert not parse_log(DEVICE, EPOCH, good[0] + good[1][:20] + b"\n" + good[1]).damaged
    assert len(parse_log(DEVICE, EPOCH, good[0] + good[1][:20]).damaged) == 1


@given(st.binary(max_size=400))
def test_any_bytes_can_be_read_as_a_log(data):
    journal = parse_log(DEVICE, EPOCH, line(1, 1, 1, "boot") + data)
    assert journal.records[0].seq == 1
