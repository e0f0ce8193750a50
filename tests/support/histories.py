"""Random histories of presses, syncs and edits, and what a person may expect of each sync in them.

`play` runs many of them with hypothesis and counts; the tests run fewer, the bench ten thousand.
"""

import re
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from clapmark.archive.archive import Archive
from clapmark.archive.journals import read_journals
from clapmark.base.errors import UsageError
from clapmark.bookmarks.assignments import add_assignments
from clapmark.bookmarks.fold import all_bookmarks
from clapmark.notes import changes, plan, plan_notes
from clapmark.notes.media import BookmarkMedia, Media, TalkMedia
from clapmark.posts.ids import mark_ids
from tests.support.notes_archive import SLUG, afternoon, make_archive, put, write_notes

TALKS = ("dicts", "bees", "light-1", "light-2", "late")
POSTS = {
    "hugo": "content/posts/{slug}.md",
    "obsidian": "Talks/{slug}.md",
    "plain": "{slug}.txt",
    "daily": "posts/{slug}/{date}.md",
}
_MARKER_LINE = re.compile(r"clapmark (?:begin|end) ")
_VIDEO = ("{{< youtube", "![](", "[video](", "video: ")

words = st.sampled_from(
    [
        "words", "  - nested", "- own bullet", "\ttab", "> quote", "**bold** `code`", "1. one", "", "  ", "| a | b |",
        "~14:05", "déjà 😀", "```", "~~~", "## Bees & Sensors", "# Mine", "<div>", "%%", "takeaway: x", "    code",
    ]
)  # fmt: skip
action = st.one_of(
    st.tuples(st.just("press"), st.sampled_from([*TALKS, ""]), st.integers(0, 300)),
    st.tuples(st.just("press"), st.sampled_from([*TALKS, ""]), st.integers(1_200, 1_500)),
    st.tuples(st.just("retag"), st.integers(0, 30), st.sampled_from(["idea", "todo", "quote"])),
    st.tuples(st.just("undo"), st.integers(0, 30), st.none()),
    st.tuples(st.just("assign"), st.integers(0, 30), st.sampled_from([*TALKS, "-"])),
    st.tuples(st.just("align"), st.integers(0, 3), st.sampled_from(["", "what was *said*", "said again"])),
    *[st.tuples(st.just("sync"), st.none(), st.none())] * 4,
    st.tuples(st.just("take back"), st.none(), st.none()),
    st.tuples(st.just("insert"), st.integers(0, 200), words),
    st.tuples(st.just("append"), st.integers(0, 200), words),
    st.tuples(st.just("replace"), st.integers(0, 200), words),
    st.tuples(st.just("delete"), st.integers(0, 200), st.integers(1, 3)),
    st.tuples(st.just("move"), st.integers(0, 200), st.integers(0, 200)),
    st.tuples(st.just("newlines"), st.none(), st.none()),
    st.tuples(st.just("last newline"), st.none(), st.none()),
)
histories = st.tuples(st.sampled_from(sorted(POSTS)), st.lists(action, min_size=10, max_size=40))


@dataclass
class Totals:
    """What came of all histories together."""

    count: int = 0
    edits: int = 0
    syncs: int = 0
    refused: int = 0  # posts left as they are, because the person's edits broke the markers' order
    bytes_lost: int = 0  # of the person's
    doubled: int = 0  # bullets
    returned: int = 0  # bullets that the person had deleted
    missing: int = 0  # bullets of bookmarks that the person has not deleted, where no post was refused
    unsettled: int = 0  # syncs after which another one would change something
    kinds: Counter[str] = field(default_factory=Counter)

    @property
    def wrong(self) -> int:
        """How much went wrong, all together."""
        return self.bytes_lost + self.doubled + self.returned + self.missing + self.unsettled


class History:
    """The archive, and what a person knows about their own text in it."""

    def __init__(self, folder: Path, flavour: str, totals: Totals) -> None:
        self.totals = totals
        self.log = afternoon()
        make_archive(folder, self.log)
        name = "hugo" if flavour == "daily" else flavour
        (folder / "clapmark.toml").write_text(f'flavour = "{name}"\n[notes]\npost = "{POSTS[flavour]}"\n')
        self.archive = Archive(folder)
        self.is_daily = flavour == "daily"
        self.pressed = [number for number, line in enumerate(self.log.lines, 1) if b" bookmark " in line]
        self.count = 0
        self.deleted: set[str] = set()
        self.theirs: set[str] = set()  # lines as clapmark wrote them, without line ends
        self.media = Media()

    def paths(self) -> list[Path]:
        days = ["2019-05-03", "2019-05-04"] if self.is_daily else [""]
        return [path for path in (self.archive.post_path(SLUG, day) for day in days) if path.exists()]

    def run(self, step) -> None:
        kind, first, second = step
        self.totals.kinds[kind] += 1
        if kind == "press":
            chosen = {"talk": first} if first else {}
            self.pressed.append(self.log.add(second * 60_000, "bookmark", tag="note", **chosen))
        elif kind in ("retag", "undo") and self.pressed:
            seq = self.pressed[first % len(self.pressed)]
            self.log.add(310 * 60_000, kind, of=seq, **({"tag": second} if kind == "retag" else {}))
        elif kind == "assign":
            bookmarks = self.bookmarks()
            if bookmarks:
                self.count += 1
                add_assignments(self.archive, {bookmarks[first % len(bookmarks)].id: (SLUG, second)}, self.count)
        elif kind == "align":
            self.align(first, second)
        elif kind == "sync":
            self.sync()
        elif kind == "take back":
            self.take_back()
        else:
            self.edit(kind, first or 0, second)

    def bookmarks(self) -> list:
        return [one for one in all_bookmarks(read_journals(self.archive)) if not one.undone]

    def align(self, every: int, quote: str) -> None:
        """Give some bookmarks a place in a recording, and every second one of them a quotation; 0 takes all away."""
        chosen = self.bookmarks()[:: every or 1] if every else []
        found = {
            one.id: BookmarkMedia(f"https://e.org/v?t={number}", number * 61_000, quote if number % 2 else "")
            for number, one in enumerate(chosen)
        }
        video = TalkMedia(f"https://e.org/v{every}", "abcdefghijk" if every == 1 else "")
        self.media = Media(found, {(SLUG, "dicts"): video} if every else {})

    def sync(self) -> None:
        before = {path: lines_of(path) for path in self.paths()}
        before_ids = {name for lines in before.values() for name in mark_ids("".join(lines))}
        put(self.archive, self.log)
        with patch.object(plan, "read_media", lambda *_: self.media):
            left = write_notes(self.archive)
            again = plan_notes(self.archive)
        refused = any("was left as it is" in sentence for sentence in left)
        totals = self.totals
        totals.syncs += 1
        totals.refused += refused
        totals.unsettled += bool(again.changes)
        ids: list[str] = []
        for path in self.paths():
            old, new = before.get(path, []), lines_of(path)
            totals.bytes_lost += self.lost(old, new)
            known = {line.rstrip("\r\n") for line in old}
            for line in new:
                text = line.rstrip("\r\n")
                if text not in known and (mark_ids(text) or text.startswith(_VIDEO)):
                    self.theirs.add(text)
            ids += mark_ids("".join(new))
        if not refused:
            totals.doubled += len(ids) - len(set(ids))
            gone = {bookmark.id for bookmark in all_bookmarks(read_journals(self.archive)) if bookmark.undone}
            totals.bytes_lost += sum(1 for name in before_ids - set(ids) - gone if "." not in name)
        if not left and not again.left:
            totals.missing += len({one.id for one in self.bookmarks()} - set(ids) - self.deleted)
        totals.returned += len(self.deleted & set(ids))

    def lost(self, old: list[str], new: list[str]) -> int:
        """Return how many bytes of lines that are not clapmark's are not in the new post, in their order."""
        position, missing = 0, 0
        for number, line in enumerate(old):
            if line.rstrip("\r\n") in self.theirs:
                continue
            # what is put in behind a last line without a line end gives it one
            same = {line, line + "\n", line + "\r\n"} if number == len(old) - 1 else {line}
            found = next((at for at in range(position, len(new)) if new[at] in same), None)
            if found is None:
                missing += len(line.encode("utf-8", "surrogateescape"))
            else:
                position = found + 1
        return missing

    def take_back(self) -> None:
        """Take the last run back; what was edited since then has to stay."""
        before = {path: path.read_bytes() for path in self.paths()}
        try:
            back, left = changes.plan_undo(self.archive)
        except UsageError:
            return
        if left:
            assert not back
            assert before == {path: path.read_bytes() for path in self.paths()}
            return
        changes.write(back)
        changes.forget(self.archive.folder)
        self.sync()

    def edit(self, kind: str, where: int, what) -> None:
        paths = self.paths()
        if not paths:
            return
        path = paths[where % len(paths)]
        lines = lines_of(path)
        if not lines:
            return
        self.totals.edits += 1
        place = where % len(lines)
        if kind == "insert":
            lines.insert(place, self.stamp(what) + "\n")
        elif kind in ("append", "replace"):
            line = lines[place]
            body = line.rstrip("\r\n")
            if _MARKER_LINE.search(body):
                return  # a broken marker refuses the file, which other tests look at
            if kind == "replace":
                self.delete(body)
            lines[place] = (body + " " + self.stamp(what) if kind == "append" else self.stamp(what)) + line[len(body) :]
        elif kind == "delete":
            part = lines[place : place + what]
            if any(_MARKER_LINE.search(line) for line in part):
                return
            self.delete("".join(part))
            del lines[place : place + what]
        elif kind == "move":
            line = lines.pop(place)
            if _MARKER_LINE.search(line) or not line.endswith("\n"):
                return
            lines.insert(what % (len(lines) + 1), line)
        elif kind == "newlines":
            text = "".join(lines)
            lines = [text.replace("\r\n", "\n") if "\r\n" in text else text.replace("\n", "\r\n")]
        elif kind == "last newline":
            lines[-1] = lines[-1].rstrip("\r\n")
        if "".join(lines):
            path.write_bytes("".join(lines).encode("utf-8", "surrogateescape"))

    def delete(self, text: str) -> None:
        self.deleted |= set(mark_ids(text))

    def stamp(self, text: str) -> str:
        self.count += 1
        return f"{text} @{self.count}@"


def lines_of(path: Path) -> list[str]:
    text = path.read_bytes().decode("utf-8", "surrogateescape")
    return [line for line in re.split(r"(?<=\n)", text) if line]


def play(count: int) -> Totals:
    """Play `count` random histories and return what came of them; they are the same in every run."""
    totals = Totals()

    @settings(
        max_examples=count, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(histories)
    def one(history) -> None:
        totals.count += 1
        play_one(history, totals)

    one()
    return totals


def play_one(history, totals: Totals) -> None:
    """Play one history, and sync at its end."""
    flavour, steps = history
    memory = Path("/dev/shm")
    folders = tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None)
    with folders as folder, patch("os.fsync", lambda _: None):  # the disk is not what is looked at here
        played = History(Path(folder), flavour, totals)
        played.sync()
        for step in steps:
            played.run(step)
        played.sync()
