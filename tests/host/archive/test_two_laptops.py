"""Two laptops, two devices, one archive in git: pushed and pulled both ways, nothing lost, nothing doubled."""

import shutil
import subprocess
from pathlib import Path

import pytest

from clapmark.archive.archive import Archive, init_archive
from clapmark.archive.journal_log import JournalLog
from clapmark.archive.journals import read_journals
from clapmark.bookmarks.assignments import add_assignments, read_assignments
from clapmark.bookmarks.fold import all_bookmarks
from clapmark.notes import plan_notes
from clapmark.posts.ids import mark_ids
from clapmark.schedule.store import to_json
from tests.support.archive.conference import small_conference, utc_ms
from tests.support.archive.journal_text import JournalText
from tests.support.archive.notes_archive import SLUG, write_notes

DEVICES = {"anna": ("aaaaaaaaaaaa", "0000AAAA"), "bert": ("bbbbbbbbbbbb", "0000BBBB")}
pytestmark = pytest.mark.skipif(not shutil.which("git"), reason="git is what is tested with")


def git(folder: Path, *words: str) -> str:
    settings = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", *settings, *words], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


class Laptop:
    """A clone of the archive, and what its owner does on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.archive = Archive(folder)

    def sync(self, device: str, log: JournalText, *numbers: int) -> None:
        """Fetch the records of these numbers (all, if none is named) as `clapmark sync` writes them."""
        journal = JournalLog(self.archive, *DEVICES[device])
        for seq, line in enumerate(log.lines, 1):
            if (not numbers or seq in numbers) and not journal.has_line(line):
                journal.add(seq, line)
        journal.flush()

    def notes(self) -> None:
        assert write_notes(self.archive) == []

    def commit(self) -> None:
        git(self.folder, "add", "-A")
        if git(self.folder, "status", "--porcelain"):
            git(self.folder, "commit", "-q", "-m", "notes")

    def pull(self) -> None:
        git(self.folder, "pull", "-q", "--no-rebase", "--no-edit")

    def push(self) -> None:
        git(self.folder, "push", "-q", "origin", "HEAD")

    def content(self) -> dict[str, bytes]:
        listed = git(self.folder, "ls-files").splitlines()
        return {name: (self.folder / name).read_bytes() for name in listed}

    def ids(self) -> list[str]:
        return mark_ids(self.archive.post_path(SLUG).read_text())


def press(log: JournalText, clock: str, tag: str, talk: str, day: int = 3) -> int:
    return log.add(utc_ms(clock, day) - utc_ms("13:00"), "bookmark", tag=tag, talk=talk)


@pytest.fixture
def laptops(tmp_path):
    """Return two clones of one archive that has a schedule, and the journals of two devices."""
    git(tmp_path, "init", "-q", "--bare", "origin.git")
    git(tmp_path, "clone", "-q", "origin.git", "one")
    init_archive(tmp_path / "one")
    path = Archive(tmp_path / "one").schedule_path(SLUG)
    path.parent.mkdir(parents=True)
    path.write_bytes(to_json(small_conference()))
    one = Laptop(tmp_path / "one")
    one.commit()
    one.push()
    git(tmp_path, "clone", "-q", "origin.git", "two")
    logs = {}
    for name in DEVICES:
        logs[name] = JournalText()
        logs[name].add(0, "boot", reset="poweron")
        logs[name].add(0, "clock", utc=utc_ms("13:00"), err=5)
    return one, Laptop(tmp_path / "two"), logs


def bring_together(one: Laptop, two: Laptop) -> None:
    """Push and pull both ways; the posts are written again from what both have."""
    one.commit()
    two.commit()
    one.push()
    two.pull()
    two.notes()
    two.commit()
    two.push()
    one.pull()


def test_two_devices_on_two_laptops_come_together_without_conflict_loss_or_double(laptops):
    one, two, logs = laptops
    pressed = 0
    for turn, talk in enumerate(("dicts", "bees", "late")):
        day, hour = (4, 10) if talk == "late" else (3, 13)
        for name in DEVICES:
            for minute in range(3):
                press(logs[name], f"{hour}:{40 + minute if talk == 'bees' else minute}", f"{name}{turn}", talk, day)
                pressed += 1
        one.sync("anna", logs["anna"])
        two.sync("bert", logs["bert"])
        bring_together(one, two)
        one.notes()
        assert one.content() == two.content()
        bookmarks = all_bookmarks(read_journals(one.archive))
        assert len(bookmarks) == pressed and sorted(one.ids()) == sorted(bookmark.id for bookmark in bookmarks)
        assert not git(one.folder, "status", "--porcelain")


def test_one_device_synced_by_both_laptops_is_counted_once(laptops):
    one, two, logs = laptops
    log = logs["anna"]
    press(log, "13:05", "both", "dicts")
    press(log, "13:06", "both", "dicts")
    one.sync("anna", log)
    two.sync("anna", log)
    press(log, "13:07", "first", "dicts")
    one.sync("anna", log)
    press(log, "13:08", "second", "dicts")
    two.sync("anna", log)  # fetches 13:07 too, as the device still has it
    bring_together(one, two)
    one.notes()
    assert one.content() == two.content()
    (journal,) = read_journals(one.archive)
    assert [record.seq for record in journal.records] == [1, 2, 3, 4, 5, 6]
    assert journal.damaged == [] and journal.conflicts == []
    assert len(one.ids()) == len(set(one.ids())) == 4


def test_posts_made_again_from_the_merged_records_have_the_same_bytes_on_both(laptops):
    """In any order that the union merge left the lines in."""
    one, two, logs = laptops
    for minute in range(10):
        press(logs["anna"], f"13:{minute:02}", "a", "dicts")
        press(logs["bert"], f"13:{40 + minute}", "b", "bees")
    one.sync("anna", logs["anna"], *range(1, 8))
    two.sync("anna", logs["anna"], 1, 2, *range(8, 13))
    one.sync("bert", logs["bert"], 1, 2, 4, 6, 8)
    two.sync("bert", logs["bert"], 1, 2, 3, 5, 7, 9, 10, 11, 12)
    bring_together(one, two)
    assert [set(journal.records and [entry.seq for entry in journal.records]) for journal in read_journals(one.archive)]
    posts = []
    for laptop in (one, two):
        for path in (laptop.archive.post_path(SLUG), laptop.archive.written_path(SLUG)):
            path.unlink(missing_ok=True)
        laptop.notes()
        posts.append(laptop.archive.post_path(SLUG).read_bytes())
    assert posts[0] == posts[1]
    assert posts[0].count(b"- **13:") == 20
    logs_in_another_order = one.archive.log_path(*DEVICES["anna"])
    logs_in_another_order.write_bytes(b"".join(logs_in_another_order.read_bytes().splitlines(keepends=True)[::-1]))
    assert plan_notes(one.archive).changes == []


def test_words_deletions_and_decisions_of_one_laptop_hold_on_the_other(laptops):
    one, two, logs = laptops
    for minute in (5, 6, 7):
        press(logs["anna"], f"13:0{minute}", f"at{minute}", "dicts")
    one.sync("anna", logs["anna"])
    one.notes()
    bring_together(one, two)
    path = one.archive.post_path(SLUG)
    lines = path.read_text().splitlines(keepends=True)
    kept = [line.replace("\n", " in my words\n") if "at5" in line else line for line in lines if "at6" not in line]
    path.write_text("".join(kept))
    (last,) = (one for one in all_bookmarks(read_journals(two.archive)) if one.tag == "at7")
    add_assignments(two.archive, {last.id: (SLUG, "bees")}, 2_000)
    add_assignments(one.archive, {"a" * 10: (SLUG, "bees")}, 1_000)
    press(logs["bert"], "13:45", "new", "bees")
    two.sync("bert", logs["bert"])
    bring_together(one, two)
    one.notes()
    assert one.content() == two.content()
    text = one.archive.post_path(SLUG).read_text()
    assert "in my words" in text and "at6" not in text and text.count("at7") == 1
    assert text.index("begin bees") < text.index("at7") < text.index("end bees") and "13:45** new" in text
    assert read_assignments(one.archive) == {"a" * 10: (SLUG, "bees"), last.id: (SLUG, "bees")}


def test_posts_that_both_laptops_wrote_before_they_met_are_left_until_git_s_conflict_is_solved(laptops):
    one, two, logs = laptops
    for name, laptop in (("anna", one), ("bert", two)):
        press(logs[name], "13:05", "first", "dicts")
        laptop.sync(name, logs[name])
    one.notes()
    bring_together(one, two)
    for name, clock, laptop in (("anna", "13:06", one), ("bert", "13:07", two)):
        press(logs[name], clock, name, "dicts")
        laptop.sync(name, logs[name])
        laptop.notes()
        laptop.commit()
    one.push()
    with pytest.raises(AssertionError, match=rf"(?i)conflict in content/posts/{SLUG}.md") as caught:
        two.pull()
    assert str(caught.value).count("CONFLICT") == 1  # the journals and the other logs have none
    path = two.archive.post_path(SLUG)
    before = path.read_bytes()
    (told,) = write_notes(two.archive)
    assert "git has left a conflict in it, in line" in told and path.read_bytes() == before
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(line for line in lines if not line.startswith(("<<<<<<<", "=======", ">>>>>>>"))))
    two.notes()
    two.commit()
    two.push()
    one.pull()
    one.notes()
    assert one.content() == two.content()
    assert len(one.ids()) == len(set(one.ids())) == len(all_bookmarks(read_journals(one.archive))) == 4
