"""`clapmark schedule`: load a conference's schedule into the archive, show it, copy it to the device."""

import shlex
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from clapmark.archive.archive import Archive, find_archive
from clapmark.archive.journals import read_journals
from clapmark.base import durable
from clapmark.base.environment import Environment
from clapmark.base.foreign_text import one_line
from clapmark.bookmarks.fold import all_bookmarks
from clapmark.bookmarks.linker import Linker
from clapmark.commands.device.connection import connected, progress_bar
from clapmark.commands.options import (
    archive_option,
    complete_conference,
    conference_option,
    json_option,
    port_option,
    read_conference,
)
from clapmark.posts.conference_folder import remove_conference, rename_conference
from clapmark.schedule import (
    Schedule,
    ScheduleError,
    carry_over,
    from_json,
    load_schedule,
    rooms_on_device,
    shared_talks,
    to_device_format,
    to_json,
)
from clapmark.sync.device_clock import moved_sentence, set_device_clock
from clapmark.sync.device_room import listed
from clapmark.sync.device_settings import read_device

_ANY_WIDTH = 10_000
_SAME_SHARE = 0.5  # of the talks: two schedules with as many in common are versions of one


@click.group("schedule", short_help="Load a conference's schedule, show it, copy it to the device.")
def command() -> None:
    """Load a conference's schedule, show it, copy it to the device."""


@command.command("load")
@click.argument("source", metavar="FILE")
@click.option("--start", type=click.DateTime(["%Y-%m-%d"]), help="First day, if the file names only weekdays.")
@click.option("--zone", help="Time zone, if the file names none, such as America/New_York.")
@click.option("--title", help="The conference's name, instead of the one in the file.")
@click.option("--conference", "slug", help="Its short name, also the name of its folder.")
@click.option("--dry-run", is_flag=True, help="Only read and check the file; write nothing.")
@archive_option
@click.pass_obj
def load(
    environment: Environment,
    source: str,
    start: datetime | None,
    zone: str | None,
    title: str | None,
    slug: str | None,
    dry_run: bool,
    folder: Path,
) -> None:
    """Load the schedule in FILE, a file or a web address, into the archive.

    Formats: schedule.json and schedule.xml of frab, pretalx and the CCC hub, iCalendar, Sessionize, lists of talks as
    JSON, CSV and Excel workbooks with named columns, the PyCon US listing as text. The format is recognised by the
    content. A newer version keeps the bookmarks.

    \b
    Examples:
      clapmark schedule load schedule.json
      clapmark schedule load https://pretalx.com/pyconau-2023/schedule.ics --conference pyconau-2023
      clapmark schedule load talks.txt --start 2019-05-03 --zone America/New_York
    """
    archive = find_archive(folder)
    schedule = load_schedule(source, zone=zone, start=start.date() if start else None, title=title, slug=slug)
    for warning in schedule.warnings:
        environment.tell(f"Note: {warning}")
    schedule = _same_conference(environment, archive, schedule, slug)
    found = f"{_count(len(schedule.talks), 'talk')} of {schedule.title} ({schedule.slug}), {schedule.zone}"
    if dry_run:
        _, _, changes = _next_version(archive, schedule)
        environment.tell("\n".join([*changes, f"Found {found}. Nothing was written (--dry-run)."]))
        return
    path = archive.schedule_path(schedule.slug)
    with archive.lock():
        before, after, changes = _next_version(archive, schedule)
        if before is not None and before != after:
            durable.replace_file(archive.writable(path.with_name("schedule.before.json")), before)
        written = durable.replace_or_conflict(archive.writable(path), before, after)
    for change in changes:
        environment.tell(change)
    environment.tell(f"Loaded {found}." if written else f"{path} holds these {found} already; nothing was changed.")
    if before is not None and written:
        environment.tell(f"The schedule it replaces is kept in {path.with_name('schedule.before.json')}.")


@command.command("show")
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="Only this day.")
@json_option
@conference_option
@archive_option
@click.pass_obj
def show(environment: Environment, day: datetime | None, as_json: bool, slug: str | None, folder: Path) -> None:
    """Show the schedule in the archive.

    \b
    Examples:
      clapmark schedule show
      clapmark schedule show --conference pycon-us-2019 --day 2019-05-03
      clapmark schedule show --json | jq '.talks[].title'
    """
    _, schedule = read_conference(folder, slug)
    if as_json:
        environment.give(to_json(schedule).decode().rstrip("\n"))
        return
    _print_table(environment, schedule, day.date() if day else None)


@command.command("rename")
@click.argument("slug", metavar="CONFERENCE", shell_complete=complete_conference)
@click.argument("new", metavar="NEW")
@click.option("--title", default="", help="The conference's new name.")
@click.option("--dry-run", is_flag=True, help="Preview the changes; write nothing.")
@archive_option
@click.pass_obj
def rename(environment: Environment, slug: str, new: str, title: str, dry_run: bool, folder: Path) -> None:
    """Change the short name of CONFERENCE to NEW. Its folder and posts are renamed with it; bookmarks and words stay.

    \b
    Examples:
      clapmark schedule rename schedule pycon-us-2019 --title "PyCon US 2019"
      clapmark schedule rename pycon-us-2019 pycon-us-2019 --title "PyCon US 2019"
    """
    archive = find_archive(folder)
    with archive.lock(dry_run=dry_run):
        done = rename_conference(archive, slug, new, title, environment.utc_ms(), dry_run)
    would = "Would rename" if dry_run else "Renamed"
    environment.tell(f"{would} {slug}: it is {done.schedule.title} ({new}) now.")
    for source, target in done.posts:
        environment.tell(f"{would} {source} to {target.name}.")
    if slug in archive.settings.conferences and slug != new:
        environment.tell(f"clapmark.toml has settings for {slug}: rename them to [conferences.{new}] there.")


@command.command("remove")
@click.argument("slug", metavar="CONFERENCE", shell_complete=complete_conference)
@click.option("--dry-run", is_flag=True, help="Preview the changes; write nothing.")
@archive_option
@click.pass_obj
def remove(environment: Environment, slug: str, dry_run: bool, folder: Path) -> None:
    """Remove the schedule of CONFERENCE from the archive. Bookmarks, posts and transcripts stay.

    \b
    Examples:
      clapmark schedule remove pycon-us-2019-2
    """
    archive = find_archive(folder)
    with archive.lock(dry_run=dry_run):
        kept = remove_conference(archive, slug, dry_run)
    if dry_run:
        environment.tell(f"Would remove the schedule of {slug}, and keep it in {kept}.")
        return
    environment.tell(
        f"Removed the schedule of {slug}; it is kept in {kept}. No bookmark and no post was changed. To restore it: "
        f"`clapmark schedule load {shlex.quote(str(kept))}`."
    )


@command.command("push")
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="Only the talks of this day.")
@conference_option
@archive_option
@port_option
@click.pass_obj
def push(environment: Environment, day: datetime | None, slug: str | None, folder: Path, port: str | None) -> None:
    """Copy the schedule to the device, and set its clock. It replaces the device's schedule; bookmarks stay.

    \b
    Examples:
      clapmark schedule push
      clapmark schedule push --day 2019-05-03 --port /dev/ttyUSB0
    """
    _, schedule = read_conference(folder, slug)
    data = to_device_format(schedule, day.date() if day else None)
    with connected(environment, port) as client, progress_bar(environment, "Schedule") as advance:
        hello = client.hello()
        if set_device_clock(client, hello, environment, environment.utc_offset_s()):
            environment.tell(moved_sentence(hello, environment.utc_ms()))
        client.put_schedule(data, advance)
        room = read_device(client).get("room")
    talks = data.count(b"\n") - 1
    environment.tell(f"The device has {_count(talks, 'talk')} of {schedule.title} now.")
    last = max((talk.end for talk in schedule.talks if not talk.vanished), default=None)
    if last is not None and last < environment.now():
        environment.tell(
            f"All its talks are over: the last one ended on {last:%Y-%m-%d at %H:%M}, and this laptop's clock says "
            f"{environment.now().astimezone(last.tzinfo):%Y-%m-%d %H:%M}. Is this the right conference?"
        )
    rooms = schedule.rooms()
    if isinstance(room, str) and room and not rooms_on_device(schedule, room):
        environment.tell(
            f"The device is set to the room {one_line(room, 40)}, which this schedule does not have: it will show no "
            f'talk by itself. {listed(rooms)} `clapmark settings set room NAME` sets another, NAME "" any.'
        )
    elif len(rooms) > 1:
        now = f" The device is set to {one_line(room, 40)}." if isinstance(room, str) and room else ""
        environment.tell(
            "It has several rooms: pick your talks on the device, or `clapmark settings set room NAME`. "
            f"{listed(rooms)}{now}"
        )


def _same_conference(environment: Environment, archive: Archive, schedule: Schedule, slug: str | None) -> Schedule:
    """Return `schedule`, under the short name of a conference of the archive that has the same talks.

    Under a second name, bookmarks would fit two conferences and belong to neither. A name that the person gave with
    --conference (`slug`) is kept.
    """
    for other in archive.conferences():
        if other == schedule.slug:
            continue
        try:
            known = from_json(archive.schedule_path(other).read_bytes(), file=f"{other}/schedule.json")
        except (ScheduleError, OSError):  # `clapmark doctor` reports it
            continue
        if shared_talks(known, schedule) < _SAME_SHARE:
            continue
        if slug is None and not archive.schedule_path(schedule.slug).exists():
            environment.tell(
                f"These are the talks of {known.title} ({other}), so this is loaded as its newer version. For a second "
                f"conference add --conference {schedule.slug}; for another short name use `clapmark schedule rename`."
            )
            return replace(schedule, slug=other)
        environment.tell(
            f"The archive has the same talks as {known.title} ({other}). Bookmarks that fit both belong to neither: "
            f"`clapmark schedule remove {other}` leaves one, and keeps the bookmarks."
        )
    return schedule


def _next_version(archive: Archive, schedule: Schedule) -> tuple[bytes | None, bytes, list[str]]:
    """Return the schedule file of the archive before and after, and what changed for its talks."""
    path = archive.schedule_path(schedule.slug)
    if not path.exists():
        return None, to_json(schedule), []
    before = path.read_bytes()
    try:
        known = from_json(before, file=str(path))
    except ScheduleError as error:
        raise ScheduleError(
            f"{error} That is the version in the archive, whose talks the new one must be matched with. Nothing was "
            "changed; mend it, or move it away to load the new one as the first."
        ) from error
    update = carry_over(known, schedule, _bookmarked(archive, known))
    return before, to_json(update.schedule), update.notices()


def _bookmarked(archive: Archive, schedule: Schedule) -> set[str]:
    """Return the ids of the talks of `schedule` that bookmarks belong to."""
    rooms = {schedule.slug: archive.settings.of_conference(schedule.slug).room}
    linker = Linker([schedule], rooms, archive.settings.grace_s)
    links = [linker.link(bookmark) for bookmark in all_bookmarks(read_journals(archive)) if not bookmark.undone]
    return {link.talk.id for link in links if link.talk is not None}


def _print_table(environment: Environment, schedule: Schedule, day: date | None) -> None:
    # elsewhere than in a terminal a line holds a talk, so that grep finds it
    width = None if environment.stdout.isatty() else _ANY_WIDTH
    console = Console(file=environment.stdout, highlight=False, width=width)
    table = Table(title=f"{schedule.title} ({schedule.slug}), {schedule.zone}", title_justify="left", box=None)
    for heading in ("day", "time", "room", "id", "title", "speakers"):
        table.add_column(heading, no_wrap=heading in {"day", "time", "id"}, overflow="ellipsis")
    for talk in schedule.talks:
        if day is None or talk.start.date() == day:
            days = (talk.end_utc_s - talk.start_utc_s) // 86_400
            times = f"{talk.start:%H:%M}–{talk.end:%H:%M}{f' +{days}d' if days else ''}"
            title = f"{talk.title} (vanished)" if talk.vanished else talk.title
            cells = (f"{talk.start:%a %d %b}", times, talk.room, talk.id, title, ", ".join(talk.speakers))
            table.add_row(*(_plain(cell) for cell in cells))
    console.print(table)


def _plain(text: str) -> str:
    """Return outside text as rich prints it unchanged: without its markup."""
    from rich.markup import escape

    return escape(text)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
