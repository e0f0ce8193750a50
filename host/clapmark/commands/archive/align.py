"""`clapmark align`: align a talk's bookmarks with its recording."""

from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from clapmark.archive.archive import Archive
from clapmark.base import durable
from clapmark.base.environment import Environment
from clapmark.base.errors import ExitCode, UsageError
from clapmark.bookmarks.lookup import shown_tag
from clapmark.commands.options import (
    archive_option,
    conference_option,
    find_talk,
    json_option,
    open_conference,
    talk_argument,
)
from clapmark.conference import Conference
from clapmark.recordings.address import Site, parse_video
from clapmark.recordings.alignment import Lies, cut_out
from clapmark.recordings.anchor_input import anchor_at, anchor_of_start
from clapmark.recordings.anchors import StoredAnchor, TalkVideo, anchors_path, read_anchors, to_json
from clapmark.recordings.position_text import parse_position, position_text
from clapmark.recordings.recordings import Recordings
from clapmark.schedule import Talk


@click.command("align", short_help="Align bookmarks with a recording.")
@talk_argument()
@click.option("--video", metavar="URL|FILE", help="The recording. Default: the link in the schedule.")
@click.option("--at", "ats", multiple=True, metavar="BOOKMARK=12:31", help="Position of a bookmark in it; up to two.")
@click.option("--start", metavar="TIME", help="When the recording began, such as 2019-05-03T10:50:00.")
@click.option("--cut", "cuts", multiple=True, metavar="12:31", help="The recording was cut here; needs an --at.")
@click.option("--remove", is_flag=True, help="Remove the recording's anchors and address.")
@click.option("--dry-run", is_flag=True, help="Preview the changes; write nothing.")
@json_option
@conference_option
@archive_option
@click.pass_obj
def command(
    environment: Environment,
    talk: str | None,
    video: str | None,
    ats: tuple[str, ...],
    start: str | None,
    cuts: tuple[str, ...],
    remove: bool,
    dry_run: bool,
    as_json: bool,
    slug: str | None,
    folder: Path,
) -> int:
    """Align the bookmarks of TALK (its id, or a part of its title) with its recording.

    Play the recording, find what you marked, and say where it is: a bookmark by its number, time or id, and the
    position. One is enough; a second one, far from it, corrects a recording that runs too fast or too slow. Without
    options, show what is known; without TALK, of every talk that has a recording.

    \b
    Examples:
      clapmark align asyncio
      clapmark align asyncio --video https://youtu.be/dQw4w9WgXcQ --at 13:55=12:31
      clapmark align asyncio --at 1=2:05 --at 7=40:12
      clapmark align asyncio --start 2019-05-03T10:50:00
      clapmark align asyncio --at 1=2:05 --cut 20:00 --at 5=21:30
    """
    conference = open_conference(folder, slug)
    archive, schedule = conference.archive, conference.schedule
    is_change = bool(video or ats or start or cuts or remove)
    if talk is None:
        if is_change:
            raise UsageError("Say which talk: its id, or a part of its title.")
        _give(environment, conference, [*schedule.talks], read_anchors(archive, schedule.slug), as_json)
        return int(ExitCode.OK)
    chosen = find_talk(schedule, talk)
    if not is_change:
        _give(environment, conference, [chosen], read_anchors(archive, schedule.slug), as_json)
        return int(ExitCode.OK)
    if remove and (video or ats or start or cuts):
        raise UsageError("--remove cannot be combined with other options: remove first, then align again.")
    with archive.lock(dry_run=dry_run):
        path = archive.writable(anchors_path(archive, schedule.slug))
        held = path.read_bytes() if path.exists() else None
        stored = read_anchors(archive, schedule.slug)
        before = stored.get(chosen.id, TalkVideo())
        after = replace(before, video="", anchors=(), cuts_ms=()) if remove else before
        if not remove:
            after = _asked(environment, conference, chosen, before, video, ats, start, cuts)
        stored[chosen.id] = after
        recordings = conference.recordings_with(stored)
        recordings.aligned(after)  # tells, before anything is written, where anchors contradict each other
        worked_out = {one.id: recordings.worked_out(one) for one in schedule.talks}
        written = not dry_run and durable.replace_or_conflict(path, held, to_json(stored, worked_out))
    _give(environment, conference, [chosen], stored, as_json)
    if dry_run:
        environment.tell("Nothing was written (--dry-run).")
    elif not written:
        environment.tell("The archive has this already; nothing was changed.")
    else:
        environment.tell("Next: `clapmark notes` puts the links under the bullets.")
    return int(ExitCode.OK)


def _asked(
    environment: Environment,
    conference: Conference,
    talk: Talk,
    before: TalkVideo,
    video: str | None,
    ats: tuple[str, ...],
    start: str | None,
    cuts: tuple[str, ...],
) -> TalkVideo:
    """Return the recording with the options applied. New anchors replace all old ones."""
    after = before
    if video:
        address = _checked_video(conference.archive, video)
        known = before.video or talk.recording_url
        is_other = not known or parse_video(known).key != parse_video(address).key
        after = replace(before, video=address)
        if is_other and known and before.anchors:
            after = replace(after, anchors=(), cuts_ms=())
            environment.tell("This is another recording than before, so its old anchors were dropped.")
    if ats or start or cuts:
        zone = ZoneInfo(conference.schedule.zone)
        marked = conference.of(talk)
        everything = [link.bookmark for link in conference.linked if not link.bookmark.undone]
        anchors: list[StoredAnchor] = [anchor_of_start(start, zone)] if start else []
        anchors += [anchor_at(text, marked, everything, zone) for text in ats]
        if not anchors:
            raise UsageError("--cut says only where the recording was cut; --at says where a bookmark is in it.")
        cuts_ms = tuple(sorted({parse_position(text) for text in cuts}))
        after = replace(after, anchors=tuple(sorted(anchors, key=lambda anchor: anchor.video_ms)), cuts_ms=cuts_ms)
    return after


def _checked_video(archive: Archive, text: str) -> str:
    """Return the address of a recording as it is kept; a file of the archive by its path in it."""
    video = parse_video(text)
    if video.site is not Site.FILE:
        return video.address
    try:
        path = Path(text).expanduser()
        found = next((one for one in (path, archive.folder / path) if one.is_file()), None)
    except (OSError, RuntimeError):  # a name that is too long, a home of an unknown user
        found = None
    if found is None:
        raise UsageError(f"There is no file {text!a:.200}. An address of the web begins with http:// or https://.")
    path = found.resolve()
    folder = archive.folder.resolve()
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else str(path)


def _give(
    environment: Environment, conference: Conference, talks: list[Talk], stored: dict[str, TalkVideo], as_json: bool
) -> None:
    recordings = conference.recordings_with(stored)
    is_list = len(talks) > 1
    if is_list:
        talks = [talk for talk in talks if recordings.video(talk) or talk.id in stored]
    if as_json:
        values = [_values(conference, recordings, talk) for talk in talks]
        environment.give_json(values if is_list else values[0])
    elif is_list:
        for talk in talks:
            aligned = "aligned" if recordings.alignment(talk).segments else "not aligned"
            video = recordings.video(talk)
            environment.give(f"{talk.id:12}  {aligned:11}  {video.address if video else '-'}  {talk.title}")
        if not talks:
            environment.tell("No talk has a recording yet: `clapmark align TALK --video URL` names one.")
    else:
        for line in _lines(conference, recordings, talks[0]):
            environment.give(line)
    for problem in recordings.problems:
        environment.tell(problem)


def _lines(conference: Conference, recordings: Recordings, talk: Talk) -> list[str]:
    video = recordings.video(talk)
    alignment = recordings.alignment(talk)
    through = recordings.aligned_through(talk)
    lines = [talk.title, f"recording: {video.address if video else 'none known'}"]
    if not alignment.segments:
        lines.append("not aligned: --at BOOKMARK=12:31 gives the position of one of these bookmarks")
    elif through != talk.id:
        lines.append(f"aligned through {through}, which has the same recording")
    for number, segment in enumerate(alignment.segments):
        positions = [f"{anchor.name} is at {position_text(anchor.video_ms)}" for anchor in segment.anchors]
        rate = "" if segment.rate == 1.0 else f", running {segment.rate:.4f} times as fast as the clock"
        lines.append(f"from {position_text(segment.from_ms)}: {', '.join(positions)}{rate}")
        gap = cut_out(alignment.segments[number - 1], segment) if number else None
        if gap is not None:
            lines.append(f"  cut out before it: {position_text(gap.ms)}")
    for number, bookmark in enumerate(conference.of(talk), 1):
        at = recordings.time_text(bookmark.when) or "?"
        position = recordings.position(talk, bookmark)
        if not alignment.segments:
            where = ""
        elif position.lies is Lies.INSIDE:
            where = (
                f"{position_text(position.ms)} ±{-(-position.error_ms // 1000)} s  {recordings.link(talk, bookmark)}"
            )
        else:
            where = position.lies.value
        lines.append(f"{number:3}  {at:8}  {shown_tag(bookmark):10}  {bookmark.id}  {where}".rstrip())
    return lines


def _values(conference: Conference, recordings: Recordings, talk: Talk) -> dict[str, object]:
    video = recordings.video(talk)
    values = []
    for bookmark in conference.of(talk):
        position = recordings.position(talk, bookmark)
        is_inside = position.lies is Lies.INSIDE
        values.append(
            {
                "id": bookmark.id,
                "tag": shown_tag(bookmark),
                "utc_ms": bookmark.when.utc_ms,
                "lies": position.lies.value,
                "video_ms": position.ms if is_inside else None,
                "error_ms": position.error_ms if is_inside else None,
                "link": recordings.link(talk, bookmark) or None,
            }
        )
    return {
        "id": talk.id,
        "title": talk.title,
        "video": video.address if video else None,
        "aligned_through": recordings.aligned_through(talk) or None,
        "segments": list(recordings.worked_out(talk)),
        "bookmarks": values,
    }
