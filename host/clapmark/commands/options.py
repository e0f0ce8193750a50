"""Options that several commands share, so that they are spelled and explained once."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click
from click.shell_completion import CompletionItem

from clapmark.archive.archive import SETTINGS_NAME, Archive, check_slug, find_archive
from clapmark.archive.config_keys import unknown_keys
from clapmark.base.environment import Environment
from clapmark.base.errors import ClapmarkError, UsageError
from clapmark.base.fold_names import fold
from clapmark.schedule import Schedule, Talk, from_json

if TYPE_CHECKING:
    from clapmark.conference import Conference

Function = TypeVar("Function", bound=Callable[..., object])


def complete_conference(ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Return the short names of the archive's conferences that begin so, for the shell."""
    archive = _archive_of(ctx)
    return [slug for slug in archive.conferences() if slug.startswith(incomplete)] if archive else []


def complete_talk(ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the talks whose ids begin so, with their titles, for the shell."""
    try:
        _, schedule = read_conference(ctx.params.get("folder") or Path(), ctx.params.get("slug"))
    except (ClapmarkError, OSError):  # completion has no place for an error message
        return []
    return [CompletionItem(talk.id, help=talk.title) for talk in schedule.talks if talk.id.startswith(incomplete)]


def _archive_of(ctx: click.Context) -> Archive | None:
    try:
        return find_archive(ctx.params.get("folder") or Path())
    except (ClapmarkError, OSError):
        return None


def archive_option(function: Function) -> Function:
    """Add `--archive FOLDER`."""
    return click.option(
        "--archive",
        "folder",
        type=click.Path(path_type=Path),
        default=Path(),
        callback=_report_unknown_keys,
        help="The archive. Default: the archive containing the current folder.",
    )(function)


def _report_unknown_keys(ctx: click.Context, _parameter: click.Parameter, folder: Path) -> Path:
    """Report unknown keys of clapmark.toml, once for each command."""
    archive = None if ctx.resilient_parsing else _archive_folder(folder)
    if archive is not None and isinstance(ctx.obj, Environment):
        for sentence in unknown_keys(archive):
            ctx.obj.tell(sentence)
    return folder


def _archive_folder(start: Path) -> Path | None:
    above = (start.absolute(), *start.absolute().parents)
    return next((folder for folder in above if (folder / SETTINGS_NAME).is_file()), None)


def port_option(function: Function) -> Function:
    """Add `--port PATH`."""
    return click.option(
        "--port",
        help="The device's serial port, such as /dev/ttyUSB0. Default: the only device found, even a virtual one.",
    )(function)


def json_option(function: Function) -> Function:
    """Add `--json`."""
    return click.option("--json", "as_json", is_flag=True, help="Write JSON for a program instead of text.")(function)


def talk_argument(is_required: bool = False) -> Callable[[Function], Function]:
    """Add TALK, a talk's id or a part of its title; the shell completes ids."""
    return click.argument("talk", required=is_required, shell_complete=complete_talk)


def conference_option(function: Function) -> Function:
    """Add `--conference SLUG`."""
    return click.option(
        "--conference",
        "slug",
        shell_complete=complete_conference,
        help="The conference's short name. Default: the only one in the archive.",
    )(function)


def read_conference(folder: Path, slug: str | None) -> tuple[Archive, Schedule]:
    """Return the archive and the schedule of the conference `slug`, or of the only one.

    Raises UsageError if there is none, or several and none is named; ScheduleError if its file cannot be read.
    """
    archive = find_archive(folder)
    slug = chosen_slug(archive, slug)
    path = archive.schedule_path(slug)
    return archive, from_json(path.read_bytes(), file=str(path))


def chosen_slug(archive: Archive, slug: str | None) -> str:
    """Return `slug`, or that of the only conference.

    Raises UsageError if there is no such conference, none at all, or several and none is named.
    """
    known = archive.conferences()
    if slug is None:
        if not known:
            raise UsageError(f"{archive.folder} has no schedule yet: `clapmark schedule load FILE` adds one.")
        if len(known) > 1:
            raise UsageError(f"The archive has several conferences; say which with --conference: {', '.join(known)}.")
        return known[0]
    if slug not in known:
        raise UsageError(f"The archive has no conference {check_slug(slug)}. It has: {', '.join(known) or 'none yet'}.")
    return slug


def open_conference(folder: Path, slug: str | None) -> "Conference":
    """Return the conference `slug` of the archive, or the only one. Raises as `read_conference`."""
    from clapmark.conference import Conference  # # many commands take options, and few a conference

    archive = find_archive(folder)
    return Conference(archive, chosen_slug(archive, slug))


def find_talk(schedule: Schedule, text: str) -> Talk:
    """Return the talk with the id `text`, or the only one with it in its title. Raises UsageError otherwise.

    Titles are compared as people type them (`base/fold_names.py`). A title that is exactly `text` is taken before those
    that only contain it.
    """
    exact = schedule.talk(text)
    if exact is not None:
        return exact
    wanted = fold(text)
    found = [talk for talk in schedule.talks if wanted in fold(talk.title)] if wanted else []
    whole = [talk for talk in found if fold(talk.title) == wanted]
    if len(whole or found) == 1:
        return (whole or found)[0]
    if not found:
        raise UsageError(
            f"{schedule.title} has no talk with {text!a:.80} in its title. `clapmark schedule show` lists them."
        )
    listed = "; ".join(f"{talk.id} {talk.title}" for talk in found[:8])
    raise UsageError(f"{len(found)} talks have {text!a:.80} in their title; name one by its id: {listed}.")
