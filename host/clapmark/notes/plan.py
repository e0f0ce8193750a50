"""What notes would change in the archive, as values to look at; and how it is written."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from clapmark.archive.archive import Archive
from clapmark.base.errors import ExitCode, UsageError
from clapmark.base.gc_pause import no_garbage_collection
from clapmark.bookmarks.fold import fold_bookmarks
from clapmark.bookmarks.linker import Linked
from clapmark.conference import Conference, Outline
from clapmark.notes import changes
from clapmark.notes import sections as post_sections
from clapmark.notes.changes import Change
from clapmark.notes.lines import Lines
from clapmark.notes.media import NO_MEDIA, Media, read_media
from clapmark.notes.merge import Merged, merge
from clapmark.notes.model import Section
from clapmark.posts.document import RefusedError
from clapmark.posts.flavours import FLAVOURS, HUGO, Flavour
from clapmark.posts.ids import UNLINKED, mark_ids
from clapmark.posts.write_log import Written
from clapmark.schedule.model import Schedule

if TYPE_CHECKING:
    from clapmark.notes.templates import Templates


@dataclass
class NotesPlan:
    """What notes would do. `changes` are in the order in which they are to be written."""

    folder: Path  # of the archive
    changes: list[Change] = field(default_factory=list)
    left: list[str] = field(default_factory=list)  # what was left for the user, a sentence each
    notices: list[str] = field(default_factory=list)  # what the user may like to know, a sentence each
    posts: list[Path] = field(default_factory=list)  # all that were looked at, there or not
    bookmarks: int = 0  # of all posts together, those taken back not counted
    unlinked: int = 0  # of these: of a conference, but of no talk
    without_conference: set[str] = field(default_factory=set)  # ids of bookmarks that belong to no conference
    parts: dict[str, "NotesPlan"] = field(default_factory=dict)  # by slug: the plan of each conference
    is_settled: bool = False  # nothing of this conference has changed since its notes were written

    def add(self, other: "NotesPlan", slug: str) -> None:
        """Add the plan of one conference."""
        self.parts[slug] = other
        self.changes += other.changes
        self.left += other.left
        self.notices += other.notices
        self.posts += other.posts
        self.bookmarks += other.bookmarks
        self.unlinked += other.unlinked
        self.without_conference |= other.without_conference

    @property
    def exit_code(self) -> ExitCode:
        """CONFLICT if something was left for the user."""
        return ExitCode.CONFLICT if self.left else ExitCode.OK


@dataclass(frozen=True)
class Post:
    """One post: its bytes (None where there is none yet), and its day (None: it is of the whole conference)."""

    path: Path
    data: bytes | None
    day: date | None = None


@dataclass(frozen=True)
class PostInputs:
    """All that the posts of one conference are made from, but its bookmarks."""

    schedule: Schedule
    posts: tuple[Post, ...]
    written_path: Path
    written: bytes
    tags: tuple[str, ...]
    flavour: Flavour = HUGO
    templates: "Templates | None" = None


def plan_notes(archive: Archive, slug: str | None = None) -> NotesPlan:
    """Return what notes would change for one conference, or all of the archive. Reads only.

    Raises UsageError for a slug that the archive does not have, or for settings that cannot be meant; ScheduleError
    for a schedule that is damaged.
    """
    slugs = archive.conferences()
    if slug is not None and slug not in slugs:
        raise UsageError(f"The archive has no conference {slug!a:.50}. It has: {', '.join(slugs) or 'none yet'}.")
    check_post_paths(archive)
    outline = Outline(archive)
    plan = NotesPlan(archive.folder)
    for name in slugs if slug is None else [slug]:
        plan.add(plan_conference(Conference(archive, name, outline)), name)
    if slug is None:
        plan.without_conference |= bookmarks_without_conference(outline)
    return plan


@no_garbage_collection()
def plan_conference(conference: Conference) -> NotesPlan:
    """Return what notes would change in the posts of one conference. Reads only. Raises ScheduleError, UsageError."""
    visited = {conference.slug: conference.visited}
    inputs, media = _read_inputs(conference), read_media(conference)
    return plan_posts([inputs], conference.linked, visited, conference.archive.folder, media)


def bookmarks_without_conference(outline: Outline) -> set[str]:
    """Return the ids of the bookmarks in the boots that fall into no conference's days, and were not assigned."""
    found = set()
    for journal, clock in outline.journals_without_conference():
        marks = fold_bookmarks(journal, clock)
        found |= {mark.id for mark in marks if not mark.undone and mark.id not in outline.placed_by_hand}
    return found


def plan_posts(
    conferences: Sequence[PostInputs],
    linked: Sequence[Linked],
    visited: Mapping[str, Set[str]],
    folder: Path,
    media: Media = NO_MEDIA,
) -> NotesPlan:
    """Return what is to change in the posts of `conferences`. Pure: the same input gives the same bytes.

    `linked` are all bookmarks of the archive, `visited` the ids of talks that were sat in, by conference; `folder` is
    the archive's, for the paths in messages.
    """
    without = {link.bookmark.id for link in linked if link.slug is None and not link.bookmark.undone}
    plan = NotesPlan(folder, without_conference=without)
    for conference in conferences:
        slug = conference.schedule.slug
        plan.posts += [post.path for post in conference.posts]
        own = [link for link in linked if link.slug == slug and not link.bookmark.undone]
        plan.bookmarks += len(own)
        plan.unlinked += sum(1 for link in own if link.talk is None)
        elsewhere = (link.bookmark for link in linked if link.bookmark.undone or link.slug not in {slug, None})
        retracted = frozenset(bookmark.id for bookmark in elsewhere)
        _Planning(plan, conference, own, frozenset(visited.get(slug, ())), retracted, media).run()
    return plan


def apply(plan: NotesPlan) -> list[Path]:
    """Write the changes of a plan and return the paths that were written. Hold the archive's lock.

    Raises ConflictError if a file is not as it was when the plan was made; what was written before it stays.
    """
    if plan.changes:
        changes.remember(plan.folder, [*plan.changes, *_unchanged_posts(plan)])
    return changes.write(plan.changes)


def _unchanged_posts(plan: NotesPlan) -> list[Change]:
    """Return the posts that stay unchanged while another file changes: editing them edits the run's result."""
    changed = {change.path for change in plan.changes}
    groups = {change.group for change in plan.changes}
    paths = [(path, slug) for slug, part in plan.parts.items() if slug in groups for path in part.posts]
    texts = [(path, slug, path.read_bytes()) for path, slug in paths if path not in changed and path.exists()]
    return [Change(path, data, data, slug) for path, slug, data in texts]


def day_of(link: Linked, schedule: Schedule, zone: ZoneInfo) -> date:
    """Return the day of the conference that a bookmark of it belongs to: its talk's, else that of the press."""
    if link.talk is not None:
        return link.talk.start.date()
    day = datetime.fromtimestamp(min(max(link.bookmark.when.sort_ms / 1000, 0), 4e9), zone).date()
    return min(max(day, schedule.start), max(schedule.end, schedule.start))


class _Planning:
    """The posts of one conference."""

    def __init__(
        self,
        plan: NotesPlan,
        conference: PostInputs,
        linked: list[Linked],
        visited: frozenset[str],
        retracted: frozenset[str],
        media: Media,
    ) -> None:
        self.plan = plan
        self.conference = conference
        self.zone = ZoneInfo(conference.schedule.zone)
        self.linked = linked
        self.visited = visited
        self.retracted = retracted
        self.media = media

    def run(self) -> None:
        """Add the changes of all posts to the plan, those of the list of written lines last."""
        merged, written, left = self._merge_all()
        removed = frozenset(bullet_id for one in merged.values() for bullet_id in one.removed)
        if removed and len(self.conference.posts) > 1:  # a bullet that leaves one post may go into another
            merged, written, left = self._merge_all(removed)
            there = {
                bullet_id for one in merged.values() for bullet_id in mark_ids(one.post.decode("utf-8", "replace"))
            }
            kept = removed & {link.bookmark.id for link in self.linked} - there
            if kept:  # the other post does not take it, so it stays
                merged, written, left = self._merge_all(removed - kept, kept)
        self.plan.left += left
        slug = self.conference.schedule.slug
        for post in self.conference.posts:
            # the posts first: bullets that are in them are known by their markers, should the last write never happen
            if post.path in merged and merged[post.path].post != post.data:
                self.plan.changes.append(Change(post.path, post.data, merged[post.path].post, slug))
                if post_sections.is_emptied(post.data or b"", merged[post.path].post, self.conference.flavour):
                    self.plan.notices.append(f"{post.path.name}: {post_sections.EMPTIED}")
        if written.to_bytes() != self.conference.written:
            before = self.conference.written or None
            self.plan.changes.append(Change(self.conference.written_path, before, written.to_bytes(), slug))

    def _merge_all(
        self, incoming: frozenset[str] = frozenset(), kept: frozenset[str] = frozenset()
    ) -> tuple[dict[Path, Merged], Written, list[str]]:
        written, left = Written(self.conference.written), []
        merged: dict[Path, Merged] = {}
        for post in self.conference.posts:
            name = post.path.relative_to(self.plan.folder).as_posix()
            sections, retracted = self._sections(post)
            data = post.data
            if data is None:
                if not any(section.wanted for section in sections):
                    continue
                if any(_was_written(section, written) for section in sections):
                    left.append(self._why_missing(name))
                    continue
                data = post_sections.new_post(
                    self.conference.schedule, self.conference.tags, self.conference.flavour, post.day
                )
            added = written.added
            try:
                flavour = self.conference.flavour
                merged[post.path] = merge(data, sections, written, retracted - kept, flavour, incoming)
            except RefusedError as error:
                written.roll_back(added)
                left.append(f"{name} was left as it is: {error}.")
                continue
            left += [f"{name}, {sentence}." for sentence in merged[post.path].left]
        return merged, written, left

    def _sections(self, post: Post) -> tuple[list[Section], frozenset[str]]:
        schedule, linked, retracted = self.conference.schedule, self.linked, self.retracted
        if post.day is not None:
            talks = tuple(talk for talk in schedule.talks if talk.start.date() == post.day)
            days = [(link, day_of(link, schedule, self.zone)) for link in linked]
            linked = [link for link, day in days if day == post.day]
            retracted |= {link.bookmark.id for link, day in days if day != post.day}
            schedule = replace(schedule, talks=talks)
        lines = Lines(self.conference.flavour, self.zone, self.conference.templates)
        return post_sections.sections(schedule, linked, self.visited, lines, self.media), retracted

    def _why_missing(self, name: str) -> str:
        return (
            f"{name} no longer exists, so its bookmarks were not written. If you moved it, say where in "
            f"clapmark.toml (post, under conferences.{self.conference.schedule.slug}); to start it again, delete "
            f"{self.conference.written_path.relative_to(self.plan.folder).as_posix()}."
        )


def _was_written(section: Section, written: Written) -> bool:
    """Return whether a section was in a post; bookmarks without a talk have one in every post."""
    if section.key != UNLINKED and written.has_section(section.key):
        return True
    return any(written.has_bullet(bullet.id) for bullet in section.bullets)


def _templates(archive: Archive) -> "Templates | None":
    if not archive.settings.templates:
        return None
    from clapmark.notes.templates import Templates  # # brings Jinja, which few need

    return Templates(archive.settings.templates)


def _read_inputs(conference: Conference) -> PostInputs:
    archive, schedule, slug = conference.archive, conference.schedule, conference.slug
    days: Sequence[date | None] = [None]
    if archive.has_daily_posts(slug):
        zone = ZoneInfo(schedule.zone)
        found = {talk.start.date() for talk in schedule.talks}
        found |= {day_of(link, schedule, zone) for link in conference.linked if link.slug == slug}
        days = sorted(found)
    paths = [(archive.post_path(slug, day.isoformat() if day else ""), day) for day in days]
    return PostInputs(
        schedule=schedule,
        posts=tuple(Post(path, path.read_bytes() if path.exists() else None, day) for path, day in paths),
        written_path=archive.written_path(slug),
        written=conference.written,
        tags=archive.settings.tags,
        flavour=FLAVOURS[archive.settings.flavour],
        templates=_templates(archive),
    )


def check_post_paths(archive: Archive) -> None:
    """Raise UsageError if two conferences have the same post."""
    owners: dict[str, str] = {}
    for slug in archive.conferences():
        path = str(archive.post_path(slug, "2000-01-01").resolve()).casefold()  # some file systems know no case
        if path in owners:
            raise UsageError(
                f"clapmark.toml gives {owners[path]} and {slug} the same post. Give one of them another (post, under "
                f"conferences.{slug}), or put {{slug}} into its name; nothing was changed."
            )
        owners[path] = slug
