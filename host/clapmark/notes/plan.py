"""What notes would change in the archive, as values to look at; and how it is written."""

import difflib
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from clapmark import durable
from clapmark.archive import Archive
from clapmark.bookmarks import all_bookmarks, fold_visits
from clapmark.errors import ConflictError, ExitCode
from clapmark.linking import Linked, Linker
from clapmark.notes import sections as post_sections
from clapmark.notes.document import RefusedError
from clapmark.notes.flavours import FLAVOURS, HUGO, Flavour
from clapmark.notes.lines import Lines
from clapmark.notes.media import NO_MEDIA, Media, read_media
from clapmark.notes.merge import merge
from clapmark.notes.written import Written
from clapmark.records import Journal, read_journals
from clapmark.schedule.model import Schedule
from clapmark.schedule.store import from_json
from clapmark.wall_time import Clock


@dataclass(frozen=True)
class Change:
    """One file that would change: its bytes before (None: it does not exist) and after."""

    path: Path
    before: bytes | None
    after: bytes

    def diff(self, folder: Path) -> str:
        """Return the change as a unified diff, paths relative to `folder`."""
        name = self.path.relative_to(folder).as_posix()
        before, after = (_lines(data) for data in (self.before or b"", self.after))
        old = name if self.before is not None else "/dev/null"
        text = "".join(difflib.unified_diff(before, after, old, name))
        # what stands in a post may not reach the terminal as a command to it
        return "".join(character if character.isprintable() or character in "\n\t" else "�" for character in text)


@dataclass
class NotesPlan:
    """What notes would do. `changes` are in the order in which they are to be written."""

    changes: list[Change] = field(default_factory=list)
    left: list[str] = field(default_factory=list)  # what was left for the user, a sentence each
    bookmarks: int = 0  # of all posts together, those taken back not counted
    unlinked: int = 0  # of these: of a conference, but of no talk
    homeless: int = 0  # bookmarks that belong to no conference of the archive

    @property
    def exit_code(self) -> ExitCode:
        """CONFLICT if something was left for the user."""
        return ExitCode.CONFLICT if self.left else ExitCode.OK


@dataclass(frozen=True)
class Conference:
    """All that the post of one conference is made from. `post` is None where there is none yet."""

    schedule: Schedule
    post_path: Path
    post: bytes | None
    written_path: Path
    written: bytes
    tags: tuple[str, ...]
    flavour: Flavour = HUGO


def plan_notes(archive: Archive, slug: str | None = None) -> NotesPlan:
    """Return what notes would change for one conference, or all of the archive. Reads only.

    Raises UsageError for a slug that the archive does not have, ScheduleError for a schedule that is damaged.
    """
    slugs = archive.conferences()
    schedules = {name: from_json(archive.schedule_path(name).read_bytes(), f"{name}/schedule.json") for name in slugs}
    linker = linker_of(archive, schedules.values())
    journals = read_journals(archive)
    chosen = slugs if slug is None else [slug]
    conferences = [_read_conference(archive, schedules[name]) for name in chosen]
    linked = [linker.link(bookmark) for bookmark in all_bookmarks(journals)]
    media = read_media(archive, schedules, linked)
    return plan_posts(conferences, linked, _visited(journals, linker), archive.folder, media)


def linker_of(archive: Archive, schedules: Iterable[Schedule]) -> Linker:
    """Return the linker with the rooms and the grace of the archive's settings."""
    settings = archive.settings
    rooms = {name: conference.room for name, conference in settings.conferences.items()}
    return Linker(schedules, rooms, settings.grace_s)


def plan_posts(
    conferences: Sequence[Conference],
    linked: Sequence[Linked],
    visited: Mapping[str, Set[str]],
    folder: Path,
    media: Media = NO_MEDIA,
) -> NotesPlan:
    """Return what is to change in the posts of `conferences`. Pure: the same input gives the same bytes.

    `linked` are all bookmarks of the archive, `visited` the ids of talks that were sat in, by conference; `folder` is
    the archive's, for the paths in messages.
    """
    plan = NotesPlan(homeless=sum(1 for link in linked if link.slug is None and not link.bookmark.undone))
    for conference in conferences:
        slug = conference.schedule.slug
        own = [link for link in linked if link.slug == slug and not link.bookmark.undone]
        plan.bookmarks += len(own)
        plan.unlinked += sum(1 for link in own if link.talk is None)
        elsewhere = (link.bookmark for link in linked if link.bookmark.undone or link.slug not in {slug, None})
        retracted = frozenset(bookmark.id for bookmark in elsewhere)
        _plan_post(plan, conference, own, frozenset(visited.get(slug, ())), retracted, folder, media)
    return plan


def apply(plan: NotesPlan) -> list[Path]:
    """Write the changes of a plan and return the paths that were written. Hold the archive's lock.

    Raises ConflictError if a file is not as it was when the plan was made; what was written before it stays.
    """
    written = []
    for change in plan.changes:
        current = change.path.read_bytes() if change.path.exists() else None
        if current == change.after:
            continue
        if current != change.before:
            raise ConflictError(
                f"{change.path} was changed while its notes were worked out, perhaps saved in an editor. "
                "It was left as it is; run the same command again."
            )
        durable.replace_file(change.path, change.after)
        written.append(change.path)
    return written


def _plan_post(
    plan: NotesPlan,
    conference: Conference,
    linked: list[Linked],
    visited: frozenset[str],
    retracted: frozenset[str],
    folder: Path,
    media: Media,
) -> None:
    name = conference.post_path.relative_to(folder).as_posix()
    written = Written(conference.written)
    lines = Lines(conference.flavour, ZoneInfo(conference.schedule.zone))
    sections = post_sections.sections(conference.schedule, linked, visited, lines, media)
    if conference.post is None:
        if not any(section.wanted for section in sections):
            return
        if not written.is_empty:
            plan.left.append(
                f"{name} is not there any more, so its bookmarks were not written. If you moved it, say where in "
                f"clapmark.toml (post, under conferences.{conference.schedule.slug}); to begin it anew, delete "
                f"{conference.written_path.relative_to(folder).as_posix()}."
            )
            return
    post = conference.post
    if post is None:
        post = post_sections.new_post(conference.schedule, conference.tags, conference.flavour)
    try:
        merged = merge(post, sections, written, retracted, conference.flavour)
    except RefusedError as error:
        plan.left.append(f"{name} was left as it is: {error}.")
        return
    plan.left += [f"{name}, {sentence}." for sentence in merged.left]
    # the post first: bullets that are in it are known by their markers, should the second write never happen
    if merged.post != conference.post:
        plan.changes.append(Change(conference.post_path, conference.post, merged.post))
    if written.to_bytes() != conference.written:
        plan.changes.append(Change(conference.written_path, conference.written or None, written.to_bytes()))


def _read_conference(archive: Archive, schedule: Schedule) -> Conference:
    slug = schedule.slug
    post, written = archive.post_path(slug), archive.written_path(slug)
    return Conference(
        schedule=schedule,
        post_path=post,
        post=post.read_bytes() if post.exists() else None,
        written_path=written,
        written=written.read_bytes() if written.exists() else b"",
        tags=archive.settings.tags,
        flavour=FLAVOURS[archive.settings.flavour],
    )


def _visited(journals: Iterable[Journal], linker: Linker) -> dict[str, set[str]]:
    visited: dict[str, set[str]] = {}
    for journal in journals:
        for visit in fold_visits(journal, Clock(journal.records)):
            pair = linker.chosen(visit.talk_id, visit.when)
            if pair:
                visited.setdefault(pair[0], set()).add(pair[1].id)
    return visited


def _lines(data: bytes) -> list[str]:
    text = data.decode("utf-8", "replace")
    lines = [line + "\n" for line in text.split("\n")]
    last = lines.pop()[:-1]
    return lines + ([f"{last}\n\\ No newline at end of file\n"] if last else [])
