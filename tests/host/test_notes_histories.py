"""Random histories of syncs and edits: every byte that a person wrote survives, nothing doubles or comes back."""

import json
import re
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from clapmark.bookmarks import all_bookmarks
from clapmark.linking import Linker
from clapmark.notes import plan_notes
from clapmark.notes.ids import mark_ids
from clapmark.notes.plan import Conference, Post, plan_posts
from clapmark.notes.scan import scan
from clapmark.records import parse_log, read_journals
from tests.host.conference import conference, talk, utc_ms
from tests.host.journal_text import DEVICE, EPOCH, JournalText
from tests.host.notes_archive import SLUG, make_archive, put, write_notes
from tests.host.test_notes_escape import hostile

MINE = re.compile(r"@\d+@")  # each piece of text that the person writes carries one of these
TALKS = ("dicts", "bees", "light-1", "light-2", "late")

words = st.sampled_from(
    [
        "words",
        "  - nested",
        "- own bullet",
        "\ttab",
        "> quote",
        "**bold** `code`",
        "1. one",
        "",
        "  ",
        "| a | b |",
        "~14:05",
        "déjà 😀",
    ]
)
action = st.one_of(
    st.tuples(st.just("press"), st.sampled_from([*TALKS, ""]), st.integers(0, 300)),
    st.tuples(st.just("retag"), st.integers(0, 30), st.sampled_from(["idea", "todo", "quote"])),
    st.tuples(st.just("undo"), st.integers(0, 30), st.none()),
    st.tuples(st.just("sync"), st.none(), st.none()),
    st.tuples(st.just("insert"), st.integers(0, 200), words),
    st.tuples(st.just("append"), st.integers(0, 200), words),
    st.tuples(st.just("replace"), st.integers(0, 200), words),
    st.tuples(st.just("delete"), st.integers(0, 200), st.integers(1, 3)),
    st.tuples(st.just("move"), st.integers(0, 200), st.integers(0, 200)),
    st.tuples(st.just("newlines"), st.none(), st.none()),
)


class History:
    """The archive, and what a person knows about their own text in it."""

    def __init__(self, folder: Path) -> None:
        self.log = JournalText()
        self.log.add(0, "boot", reset="poweron")
        self.log.add(0, "clock", utc=utc_ms("12:55"), err=5)
        self.archive = make_archive(folder, self.log)
        self.pressed: list[int] = []
        self.count = 0
        self.deleted: set[str] = set()

    @property
    def path(self) -> Path:
        return self.archive.post_path(SLUG)

    def lines(self) -> list[str]:
        text = self.path.read_bytes().decode() if self.path.exists() else ""
        return re.split(r"(?<=\n)", text)[:-1] if text.endswith("\n") else re.split(r"(?<=\n)", text)

    def write(self, lines: list[str]) -> None:
        if lines != [""] and lines:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.write_bytes("".join(lines).encode())

    def mine(self) -> list[str]:
        """Return all lines with text of the person's, in their order."""
        return [line for line in self.lines() if MINE.search(line)]

    def stamp(self, text: str) -> str:
        self.count += 1
        return f"{text} @{self.count}@"

    def sync(self) -> None:
        before, before_ids = self.mine(), set(mark_ids("".join(self.lines())))
        put(self.archive, self.log)
        refused = any("was left as it is" in sentence for sentence in write_notes(self.archive))
        text = "".join(self.lines())
        if self.path.exists():
            assert self.mine() == before
            ids = mark_ids(text)
            assert refused or len(ids) == len(set(ids))
            assert not self.deleted & set(ids)
            assert refused or before_ids <= set(ids) | self.gone
            kept = self.path.read_bytes()
            again = plan_notes(self.archive)
            assert not again.changes, [change.diff(self.archive.folder) for change in again.changes]
            assert self.path.read_bytes() == kept

    @property
    def gone(self) -> set[str]:
        return {bookmark.id for bookmark in all_bookmarks(read_journals(self.archive)) if bookmark.undone}

    def edit(self, kind: str, where: int, what) -> None:
        lines = self.lines()
        if not lines or lines == [""]:
            return
        place = where % len(lines)
        if kind == "insert":
            lines.insert(place, self.stamp(what) + "\n")
        elif kind in ("append", "replace"):
            line = lines[place]
            body = line.rstrip("\r\n")
            if "clapmark begin" in body or "clapmark end" in body:
                return  # a broken marker refuses the file, which other tests look at
            if kind == "replace":
                self.deleted |= set(mark_ids(body))
            lines[place] = self.stamp(body + " " if kind == "append" else what) + line[len(body) :]
        elif kind == "delete":
            part = lines[place : place + what]
            if any(re.search("clapmark (begin|end)", line) for line in part):
                return
            self.deleted |= set(mark_ids("".join(part)))
            del lines[place : place + what]
        elif kind == "move":
            line = lines.pop(place)
            if re.search("clapmark (begin|end)", line) or not line.endswith("\n"):
                return
            lines.insert(what % (len(lines) + 1), line)
        elif kind == "newlines":
            text = "".join(lines)
            lines = [text.replace("\r\n", "\n") if "\r\n" in text else text.replace("\n", "\r\n")]
        self.write(lines)

    def run(self, step) -> None:
        kind, first, second = step
        if kind == "press":
            self.pressed.append(
                self.log.add(second * 60_000, "bookmark", tag="note", **({"talk": first} if first else {}))
            )
        elif kind in ("retag", "undo"):
            if self.pressed:
                seq = self.pressed[first % len(self.pressed)]
                self.log.add(310 * 60_000, kind, of=seq, **({"tag": second} if kind == "retag" else {}))
        elif kind == "sync":
            self.sync()
        elif kind == "newlines":
            self.edit("newlines", 0, None)
        else:
            self.edit(kind, first, second)


@settings(max_examples=400, deadline=None)
@given(st.lists(action, min_size=4, max_size=30))
def test_every_byte_that_a_person_wrote_survives_every_history(steps):
    with tempfile.TemporaryDirectory() as folder:
        history = History(Path(folder))
        for step in steps:
            history.run(step)
        history.sync()


@settings(max_examples=300, deadline=None)
@given(st.lists(hostile, min_size=5, max_size=5), hostile, hostile, hostile)
def test_hostile_schedules_change_nothing_about_the_structure_of_a_post(titles, abstract, speaker, name):
    """The same headings, lists, quotations and markers come out whatever the words are."""
    talks = [
        talk(
            f"t{number}", title, f"{13 + number}:00", kind="lightning" if number > 2 else "talk",
            abstract=abstract, speakers=(speaker, name), url=f"https://example.org/{name}",
        )
        for number, title in enumerate(titles)
    ]  # fmt: skip
    log = JournalText()
    log.add(0, "clock", utc=utc_ms("13:00"), err=5)
    for number in range(5):
        log.add(number * 3_600_000 + 60_000, "bookmark", tag="a{{<", talk=f"t{number}")
    schedule = conference(*talks, title=name)  # not even the importers' own care is relied on
    folder = Path("/archive")
    linker = Linker([schedule], {})
    linked = [linker.link(bookmark) for bookmark in all_bookmarks([parse_log(DEVICE, EPOCH, log.data)])]

    def plan(post, written):
        posts = (Post(folder / "post.md", post),)
        files = Conference(schedule, posts, folder / "written.log", written, (name, "conference"))
        return plan_posts([files], linked, {}, folder)

    first = plan(None, b"")
    assert first.left == []
    again = plan(*(change.after for change in first.changes))
    assert (again.changes, again.left) == ([], [])
    post = first.changes[0].after.decode()
    body = post.split("\n---\n", 1)[1]
    assert [heading.level for heading in scan(post.splitlines(keepends=True)).headings] == [2, 2, 2, 2, 3, 3]
    assert "{{" not in body and "}}" not in body and not re.search(r"<(?!!-- clapmark [a-z0-9 -]+ -->)", body)
    assert len(re.findall("<!-- clapmark begin", body)) == 5
    assert json.loads(post.split("\n")[1].removeprefix("title: ")) is not None
