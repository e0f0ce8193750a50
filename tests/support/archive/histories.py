"""Random histories of presses, syncs and edits, and what a person may expect of each sync in them.

A history is a kind of post and a list of steps, each a tuple (kind, first, second) that JSON can hold. It comes from a
seed and a number, so that each is played again by the same two. Half of them begin with a post that a person wrote by
hand (tests/fixtures/notes), the others with none. `play` runs many and counts; a history that fails is made smaller
and saved in build/histories/.
"""

import json
import os
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from unittest.mock import patch

from clapmark.notes.media import BookmarkMedia, Media, TalkMedia
from clapmark.posts.ids import mark_ids
from tests.support.archive.conference import small_conference
from tests.support.archive.notebooks import DiskNotebook, MemoryNotebook
from tests.support.archive.notes_archive import SLUG, afternoon

ROOT = Path(__file__).parents[3]
FAILED = ROOT / "build" / "histories"
TALKS = ("dicts", "bees", "light-1", "light-2", "late")
_TALKS = small_conference().talks
TITLES = tuple(talk.title for talk in _TALKS)
_WRITTEN = "afternoon.md"  # by clapmark; its list of written lines was lost
_BY_HAND = {
    "hugo by hand": ("hugo", "written-by-hand.md"),
    "obsidian by hand": ("obsidian", "vault.md"),
    "plain by hand": ("plain", "written-by-hand.txt"),
    "plain of a day": ("plain", "live.txt"),
    "hugo that clapmark wrote": ("hugo", _WRITTEN),
}
KINDS = ("hugo", "obsidian", "plain", "daily", *_BY_HAND)
_MARKER_LINE = re.compile(r"clapmark (?:begin|end) ")
_VIDEO = ("{{< youtube", "![](", "[video](", "video: ")
_HEADING = re.compile(r"#{1,6}\s+(.*)")

_WORDS = (
    "words", "  - nested", "- own bullet", "\ttab", "> quote", "**bold** `code`", "1. one", "", "  ", "| a | b |",
    "~14:05", "déjà 😀", "```", "~~~", "## Bees & Sensors", "# Mine", "<div>", "%%", "takeaway: x", "    code",
    "  • bullet", "q & a", "takeaway:", "---", "- ", "[ ] task", "A line that looks like a title",
)  # fmt: skip
_BLANKS = (" ", "  ", "\t", " \t", "\u00a0", "\x0c", "\\", "\u2028", "\x1f", "   ")
_EMPTY_LINES = ("", " ", "\t", "    ", "\u00a0", "\x0c", "\r")
_MOST_SHRINKING = 400

Step = tuple[str, int | str | None, int | str | None]
History = tuple[str, list[Step]]


def random_history(random: Random) -> History:
    """Return a history of 10 to 40 steps."""
    kind = random.choice(KINDS[:4] if random.random() < 0.5 else KINDS[4:])
    return kind, [_random_step(random) for _ in range(random.randint(10, 40))]


def _random_step(random: Random) -> Step:
    where = random.randrange(200)
    makers: tuple[tuple[int, Callable[[], Step]], ...] = (
        (8, lambda: ("sync", None, None)),
        (2, lambda: ("press", random.choice((*TALKS, "")), random.randint(0, 300))),
        (1, lambda: ("press", random.choice((*TALKS, "")), random.randint(1_200, 1_500))),
        (1, lambda: ("retag", random.randrange(30), random.choice(("idea", "todo", "quote")))),
        (1, lambda: ("undo", random.randrange(30), None)),
        (1, lambda: ("assign", random.randrange(30), random.choice((*TALKS, "-")))),
        (2, lambda: ("align", random.randrange(4), random.choice(("", "what was *said*", "said again")))),
        (1, lambda: ("take back", None, None)),
        (2, lambda: ("insert", where, random.choice(_WORDS))),
        (1, lambda: ("title", where, random.choice(TITLES))),
        (2, lambda: ("append", where, random.choice(_WORDS))),
        (2, lambda: ("blanks", where, random.choice(_BLANKS))),
        (1, lambda: ("indent", where, random.choice(_BLANKS))),
        (1, lambda: ("empty line", where, random.choice(_EMPTY_LINES))),
        (1, lambda: ("replace", where, random.choice(_WORDS))),
        (2, lambda: ("delete", where, random.randint(1, 3))),
        (2, lambda: ("move", where, random.randrange(200))),
        (1, lambda: ("newlines", None, None)),
        (1, lambda: ("newline", where, None)),
        (1, lambda: ("last newline", None, None)),
        (1, lambda: ("byte order mark", None, None)),
    )
    return random.choices([maker for _, maker in makers], [weight for weight, _ in makers])[0]()


@dataclass
class Totals:
    """The result of all histories together."""

    count: int = 0
    edits: int = 0
    syncs: int = 0
    refused: int = 0  # posts left as they are, because the person's edits broke the markers' order
    bytes_lost: int = 0  # of the person's
    doubled: int = 0  # bullets, quotations and sections
    returned: int = 0  # bullets that the person had deleted
    missing: int = 0  # bullets of bookmarks that the person has not deleted, where no post was refused
    unsettled: int = 0  # syncs after which another one would change something
    kinds: Counter[str] = field(default_factory=Counter)

    @property
    def wrong(self) -> int:
        """How much went wrong, all together."""
        return self.bytes_lost + self.doubled + self.returned + self.missing + self.unsettled


class Player:
    """The notebook of one history, and what a person knows about their own text in it."""

    def __init__(self, notebook: MemoryNotebook | DiskNotebook, totals: Totals) -> None:
        self.notebook = notebook
        self.totals = totals
        self.log = notebook.log
        self.pressed = [number for number, line in enumerate(self.log.lines, 1) if b" bookmark " in line]
        self.count = 0
        self.deleted: set[str] = set()
        self.theirs: set[str] = set()  # lines as clapmark wrote them, without line ends
        self.media = Media()
        for data in notebook.posts().values():  # a post of clapmark's whose list of written lines was lost
            self.theirs |= {line.rstrip("\r\n") for line in lines_of(data) if mark_ids(line)}

    def run(self, step: Step) -> None:
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
                self.notebook.assign(bookmarks[first % len(bookmarks)].id, second)
        elif kind == "align":
            self.align(first, second)
        elif kind == "sync":
            self.sync()
        elif kind == "take back":
            if self.notebook.take_back():
                self.sync()
        else:
            self.edit(kind, first or 0, second)

    def bookmarks(self) -> list:
        return [one for one in self.notebook.bookmarks() if not one.undone]

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
        before = {path: lines_of(data) for path, data in self.notebook.posts().items()}
        before_ids = {name for lines in before.values() for name in mark_ids("".join(lines))}
        left, again = self.notebook.run(self.media)
        refused = any("was left as it is" in sentence for sentence in left)
        totals = self.totals
        totals.syncs += 1
        totals.refused += refused
        totals.unsettled += bool(again.changes)
        ids: list[str] = []
        for path, data in self.notebook.posts().items():
            old, new = before.get(path, []), lines_of(data)
            totals.bytes_lost += self.lost(old, new)
            totals.doubled += sections_doubled(old, new)
            known = {line.rstrip("\r\n") for line in old}
            for line in new:
                text = line.rstrip("\r\n")
                if text not in known and (mark_ids(text) or text.startswith(_VIDEO)):
                    self.theirs.add(text)
            ids += mark_ids("".join(new))
        if not refused:
            totals.doubled += len(ids) - len(set(ids))
            gone = {bookmark.id for bookmark in self.notebook.bookmarks() if bookmark.undone}
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

    def edit(self, kind: str, where: int, what) -> None:
        posts = self.notebook.posts()
        if not posts:
            return
        path = list(posts)[where % len(posts)]
        lines = lines_of(posts[path])
        if not lines:
            return
        self.totals.edits += 1
        place = where % len(lines)
        body = lines[place].rstrip("\r\n")
        end = lines[place][len(body) :]
        is_marker = _MARKER_LINE.search(body) is not None
        if kind == "insert":
            lines.insert(place, self.stamp(what) + "\n")
        elif kind == "title":
            lines[place:place] = ["\n", what + "\n", "\n"]
        elif kind == "empty line":
            lines.insert(place, what + "\n")
        elif kind == "blanks":
            lines[place] = body + what + end
        elif kind == "indent":
            lines[place] = what + body + end
        elif kind in ("append", "replace"):
            if is_marker:
                return  # a broken marker refuses the file, which other tests look at
            if kind == "replace":
                self.delete(body)
            lines[place] = (body + " " + self.stamp(what) if kind == "append" else self.stamp(what)) + end
        elif kind == "delete":
            part = lines[place : place + what]
            if any(_MARKER_LINE.search(line) for line in part):
                return
            self.delete("".join(part))
            del lines[place : place + what]
        elif kind == "move":
            line = lines.pop(place)
            if is_marker or not line.endswith("\n"):
                return
            lines.insert(what % (len(lines) + 1), line)
        elif kind == "newlines":
            text = "".join(lines)
            lines = [text.replace("\r\n", "\n") if "\r\n" in text else text.replace("\n", "\r\n")]
        elif kind == "newline":
            lines[place] = body + {"\n": "\r\n", "\r\n": "\n"}.get(end, end)
        elif kind == "last newline":
            lines[-1] = lines[-1].rstrip("\r\n")
        elif kind == "byte order mark":
            lines[0] = lines[0].removeprefix("\ufeff") if lines[0].startswith("\ufeff") else "\ufeff" + lines[0]
        if "".join(lines):
            self.notebook.save(path, "".join(lines).encode("utf-8", "surrogateescape"))

    def delete(self, text: str) -> None:
        self.deleted |= set(mark_ids(text))

    def stamp(self, text: str) -> str:
        self.count += 1
        return f"{text} @{self.count}@"


def sections_doubled(old: list[str], new: list[str]) -> int:
    """Return how many headings of talks were added although the talk had its bullets under a heading already."""
    was, now = Counter(_titles(old)), Counter(_titles(new))
    begun = "".join(line for line in old if " begin " in line)
    return sum(1 for talk in _TALKS if now[talk.title] > was[talk.title] and f" begin {talk.id} " in begun)


def _titles(lines: list[str]) -> Iterator[str]:
    for line in lines:
        if line.startswith("#") and (match := _HEADING.match(line.rstrip())):
            yield match[1]


def lines_of(data: bytes) -> list[str]:
    text = data.decode("utf-8", "surrogateescape")
    return [line for line in re.split(r"(?<=\n)", text) if line]


def new_seed() -> int:
    """Return the seed of this run: CLAPMARK_SEED, or a new one."""
    return int(os.environ.get("CLAPMARK_SEED") or Random().randrange(10**9))


def play(count: int, seed: int, first: int = 0, totals: Totals | None = None) -> Totals:
    """Play the histories `first` to `first + count` of a seed in memory and return the result."""
    totals = totals or Totals()
    for number in range(first, first + count):
        history = random_history(Random(f"{seed} {number}"))
        wrong = totals.wrong
        totals.count += 1
        play_one(history, totals)
        if totals.wrong > wrong:
            save_failed(history, seed, number)
    return totals


def play_one(history: History, totals: Totals, *, on_disk: bool = False) -> list[bytes]:
    """Play one history, sync at its end, and return the posts."""
    kind, steps = history
    flavour, name = _BY_HAND.get(kind, (kind, ""))
    post = (ROOT / "tests/fixtures/notes" / name).read_bytes() if name else None
    is_new = name in {"", _WRITTEN}  # then notes run before the first edit
    if not on_disk:
        return _play(MemoryNotebook(flavour, post, afternoon()), steps, totals, is_new=is_new)
    memory = Path("/dev/shm")
    folders = tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None)
    with folders as folder, patch("os.fsync", lambda _: None):  # the disk is not what is looked at here
        return _play(
            DiskNotebook(Path(folder), flavour, post, afternoon()), steps, totals, is_new=name in {"", _WRITTEN}
        )


def _play(notebook: MemoryNotebook | DiskNotebook, steps: list[Step], totals: Totals, *, is_new: bool) -> list[bytes]:
    player = Player(notebook, totals)
    if is_new:
        player.sync()
    for step in steps:
        player.run(step)
    player.sync()
    return list(notebook.posts().values())


def save_failed(history: History, seed: int, number: int) -> None:
    """Save a history that fails, made as small as that goes, to play it again with `play_one`."""
    smaller = shrink(history)
    totals = Totals()
    play_one(smaller, totals)
    FAILED.mkdir(parents=True, exist_ok=True)
    path = FAILED / f"{seed}-{number}.json"
    path.write_text(json.dumps({"history": smaller, "found": repr(totals), "first": history}, indent=1) + "\n")
    print(f"history {number} of seed {seed} failed, saved as {path}: {smaller!r}", flush=True)


def shrink(history: History) -> History:
    """Return the history without the steps that it fails without, too."""
    kind, steps = history
    tried = 0
    size = max(len(steps) // 2, 1)
    while tried < _MOST_SHRINKING:
        for start in range(0, len(steps), size):
            shorter = steps[:start] + steps[start + size :]
            tried += 1
            totals = Totals()
            play_one((kind, shorter), totals)
            if totals.wrong:
                steps = shorter
                break
        else:
            if size == 1:
                break
            size //= 2
    return kind, steps
