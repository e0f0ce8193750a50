"""What `clapmark notes` works on in the histories: in memory, which is fast, or as a real archive on the disk."""

from datetime import date
from pathlib import Path
from unittest.mock import patch

from clapmark.archive.archive import Archive
from clapmark.archive.journals import Journal, parse_log
from clapmark.archive.wall_time import Clock
from clapmark.base.errors import UsageError
from clapmark.bookmarks.assignments import add_assignments
from clapmark.bookmarks.fold import Bookmark, all_bookmarks, fold_visits
from clapmark.bookmarks.linker import Linker
from clapmark.notes import changes, plan, plan_notes
from clapmark.notes.changes import Change
from clapmark.notes.media import Media
from clapmark.notes.plan import NotesPlan, Post, PostInputs, plan_posts
from clapmark.posts.flavours import FLAVOURS
from tests.support.archive.conference import small_conference
from tests.support.archive.journal_text import DEVICE, EPOCH, JournalText
from tests.support.archive.notes_archive import SLUG, make_archive, put, write_notes

POSTS = {
    "hugo": "content/posts/{slug}.md",
    "obsidian": "Talks/{slug}.md",
    "plain": "{slug}.txt",
    "daily": "posts/{slug}/{date}.md",
}
_DAYS = (date(2019, 5, 3), date(2019, 5, 4))
_FOLDER = Path("/archive")
_SCHEDULE = small_conference()


class MemoryNotebook:
    """The posts of one conference and what belongs to them, as values. Plans are made by the code that ships."""

    def __init__(self, flavour: str, post: bytes | None, log: JournalText) -> None:
        self.flavour = FLAVOURS["hugo" if flavour == "daily" else flavour]
        self.log = log
        days = _DAYS if flavour == "daily" else (None,)
        self.days = {_FOLDER / f"{day}.md": day for day in days}
        self.written_path = _FOLDER / "written.log"
        self.files: dict[Path, bytes] = {}
        if post is not None:
            self.files[next(iter(self.days))] = post
        self.assigned: dict[str, tuple[str, str]] = {}
        self.linker = Linker([_SCHEDULE], {})
        self.last: list[Change] = []
        self._read: tuple[bytes, Journal, list[Bookmark]] | None = None
        self._planned: tuple[object, NotesPlan] | None = None

    def posts(self) -> dict[Path, bytes]:
        return {path: self.files[path] for path in self.days if path in self.files}

    def save(self, path: Path, data: bytes) -> None:
        self.files[path] = data

    def bookmarks(self) -> list[Bookmark]:
        return self._journal()[1]

    def assign(self, bookmark: str, talk: str) -> None:
        self.assigned[bookmark] = (SLUG, talk)
        self.linker = Linker([_SCHEDULE], {}, assigned=self.assigned)

    def run(self, media: Media) -> tuple[list[str], NotesPlan]:
        """Run notes; return what it left, and what another run would do."""
        first = self._plan(media)
        for change in first.changes:
            assert self.files.get(change.path) == change.before
            self.files[change.path] = change.after
        if first.changes:
            changed = {change.path for change in first.changes}
            others = [(path, data) for path, data in self.posts().items() if path not in changed]
            self.last = [*first.changes, *(Change(path, data, data) for path, data in others)]
        return first.left, self._plan(media)

    def take_back(self) -> bool:
        """Take the last run back; return whether that was possible."""
        if any(self.files.get(one.path) not in {one.before, one.after} for one in self.last):
            return False
        for one in self.last:
            if one.before is None:
                self.files.pop(one.path, None)
            else:
                self.files[one.path] = one.before
        is_done = bool(self.last)
        self.last = []
        return is_done

    def _plan(self, media: Media) -> NotesPlan:
        """Return the plan, calculated once for the same input: plans are pure."""
        inputs = (dict(self.files), self.log.data, dict(self.assigned), media)
        if self._planned is None or self._planned[0] != inputs:
            self._planned = (inputs, self._new_plan(media))
        return self._planned[1]

    def _new_plan(self, media: Media) -> NotesPlan:
        journal, bookmarks = self._journal()
        linked = [self.linker.link(bookmark) for bookmark in bookmarks]
        posts = tuple(Post(path, self.files.get(path), day) for path, day in self.days.items())
        written = self.files.get(self.written_path, b"")
        inputs = PostInputs(_SCHEDULE, posts, self.written_path, written, ("conference",), self.flavour)
        return plan_posts([inputs], linked, {SLUG: self._visited(journal)}, _FOLDER, media)

    def _journal(self) -> tuple[Journal, list[Bookmark]]:
        data = self.log.data
        if self._read is None or self._read[0] != data:
            journal = parse_log(DEVICE, EPOCH, data)
            self._read = (data, journal, all_bookmarks([journal]))
        return self._read[1:]

    def _visited(self, journal: Journal) -> set[str]:
        visits = fold_visits(journal, Clock(journal.records))
        pairs = (self.linker.chosen(visit.talk_id, visit.when) for visit in visits)
        return {pair[1].id for pair in pairs if pair}


class DiskNotebook:
    """A real archive, with everything that `clapmark notes` reads and writes on the way."""

    def __init__(self, folder: Path, flavour: str, post: bytes | None, log: JournalText) -> None:
        self.log = log
        make_archive(folder, log)
        name = "hugo" if flavour == "daily" else flavour
        (folder / "clapmark.toml").write_text(f'flavour = "{name}"\n[notes]\npost = "{POSTS[flavour]}"\n')
        self.archive = Archive(folder)
        self.days = [day.isoformat() for day in _DAYS] if flavour == "daily" else [""]
        self.count = 0
        if post is not None:
            self.save(self.archive.post_path(SLUG, self.days[0]), post)

    def posts(self) -> dict[Path, bytes]:
        paths = (self.archive.post_path(SLUG, day) for day in self.days)
        return {path: path.read_bytes() for path in paths if path.exists()}

    def save(self, path: Path, data: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    def bookmarks(self) -> list:
        return all_bookmarks([parse_log(DEVICE, EPOCH, self.log.data)])

    def assign(self, bookmark: str, talk: str) -> None:
        self.count += 1
        add_assignments(self.archive, {bookmark: (SLUG, talk)}, self.count)

    def run(self, media: Media) -> tuple[list[str], NotesPlan]:
        """Run notes; return what it left, and what another run would do."""
        put(self.archive, self.log)
        with patch.object(plan, "read_media", lambda *_: media):
            return write_notes(self.archive), plan_notes(self.archive)

    def take_back(self) -> bool:
        """Take the last run back; return whether that was possible."""
        before = self.posts()
        try:
            back, left = changes.plan_undo(self.archive)
        except UsageError:
            return False
        if left:
            assert not back
            assert before == self.posts()
            return False
        changes.write(back)
        changes.forget(self.archive.folder)
        return True
