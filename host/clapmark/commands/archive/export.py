"""`clapmark export`: write the bookmarks in the formats of other programs."""

import os
from collections.abc import Sequence
from pathlib import Path

import click

from clapmark.base import durable
from clapmark.base.environment import Environment
from clapmark.base.errors import ConflictError, ExitCode, UsageError
from clapmark.commands.options import (
    archive_option,
    conference_option,
    find_talk,
    open_conference,
    talk_argument,
)
from clapmark.export.gather import gather, gather_crowd
from clapmark.export.model import ExportError, Format, Result, TalkMarks
from clapmark.export.registry import format_names, load_format
from clapmark.schedule import Schedule


def complete_format(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Return the formats that begin so, for the shell."""
    return [name for name in format_names() if name.startswith(incomplete)]


@click.command("export", short_help="Write the bookmarks for other programs.")
@click.argument("format_name", metavar="[FORMAT]", required=False, shell_complete=complete_format)
@talk_argument()
@click.option(
    "-o", "--output", metavar="FILE", help="The file to write, or a folder for one file per talk. Default: stdout."
)
@click.option("--force", is_flag=True, help="Replace an existing file.")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="An option of the format, such as fps=30.")
@click.option("--crowd", "is_crowd", is_flag=True, help="What the crowd marked, as `clapmark crowd` fetched it last.")
@conference_option
@archive_option
@click.pass_obj
def command(
    environment: Environment,
    format_name: str | None,
    talk: str | None,
    output: str | None,
    force: bool,
    settings: tuple[str, ...],
    is_crowd: bool,
    slug: str | None,
    folder: Path,
) -> int:
    """Write the bookmarks of TALK (its id, or a part of its title) as FORMAT. Without FORMAT, list the formats.

    Tables and flash cards take all talks of the conference if none is named.

    \b
    Examples:
      clapmark export
      clapmark export youtube asyncio
      clapmark export anki -o pycon.apkg
      clapmark export resolve asyncio --set fps=29.97 -o asyncio.edl
      clapmark export ffmetadata -o chapters/
      clapmark export youtube asyncio --crowd
    """
    if format_name is None:
        for name in format_names():
            try:
                found = load_format(name)
            except ExportError as error:  # one broken package must not hide the others
                environment.tell(str(error))
                continue
            environment.give(f"{name:12} {found.summary}")
            for option, (default, meaning) in found.options.items():
                environment.give(f"{'':12}   --set {option}={default}  {meaning}")
        return int(ExitCode.OK)
    chosen = load_format(format_name)
    options = _options(chosen, settings)
    conference = open_conference(folder, slug)
    schedule = conference.schedule
    gathered = gather_crowd(conference) if is_crowd else gather(conference)
    talks = gathered.talks
    for problem in gathered.problems:
        environment.tell(problem)
    if talk is None:
        if gathered.unlinked:
            environment.tell(
                f"Without a talk, and so not in an export: {gathered.unlinked} of the bookmarks. `clapmark assign` "
                "gives them one."
            )
    else:
        wanted = find_talk(schedule, talk)
        talks = [one for one in talks if one.talk == wanted]
        if not talks:
            what = "moments of the crowd; `clapmark crowd` fetches them" if is_crowd else "bookmarks"
            raise UsageError(f"“{wanted.title}” has no {what}.")
    if is_crowd and not talks:
        raise UsageError("There are no moments of the crowd yet: `clapmark crowd` fetches them.")
    ready = [one for one in talks if one.is_aligned or not chosen.needs_recording]
    _check(chosen, schedule, talks, ready, talk is not None)
    is_folder = output is not None and (output.endswith(("/", os.sep)) or os.path.isdir(output))  # noqa: PTH112  pathlib drops the slash at the end
    if chosen.per_talk and len(ready) > 1 and not is_folder:
        listed = ", ".join(one.talk.id for one in ready[:8]) + (" ..." if len(ready) > 8 else "")
        raise UsageError(f"{chosen.name} is for one talk: name it, or a folder with -o FOLDER/. There are: {listed}.")
    groups = [[one] for one in ready] if chosen.per_talk else [ready]
    paths: list[Path | None] = [None]
    if is_folder:
        names = [f"{schedule.slug}-{one.talk.id}" for one in ready] if chosen.per_talk else [schedule.slug]
        paths = [Path(str(output)) / f"{name}{chosen.suffix}" for name in names]
    elif output is not None and output != "-":
        paths = [Path(output)]
    _check_paths(environment, chosen, paths, force)
    results = [chosen.write(group, options) for group in groups]
    for path, result in zip(paths, results, strict=True):
        _put(environment, path, result, force)
    return int(ExitCode.OK)


def _options(chosen: Format, settings: Sequence[str]) -> dict[str, str]:
    options = {name: default for name, (default, _) in chosen.options.items()}
    for text in settings:
        name, equals, value = text.partition("=")
        if not equals or name not in options:
            known = ", ".join(f"{name}={default}" for name, default in options.items()) or "none"
            raise UsageError(f"{chosen.name} has no option {text!a:.60}. Its options, as they are set: {known}.")
        options[name] = value
    return options


def _check(
    chosen: Format, schedule: Schedule, talks: Sequence[TalkMarks], ready: Sequence[TalkMarks], is_named: bool
) -> None:
    if not talks:
        raise UsageError(f"No talk of {schedule.title} has a bookmark yet. `clapmark sync` fetches them.")
    if not ready:
        which = f"“{talks[0].talk.title}” is" if is_named else f"No talk of {schedule.title} is"
        raise UsageError(
            f"{which}{' not' if is_named else ''} aligned with a recording yet, and {chosen.name} needs the places in "
            "it: clapmark align TALK --video URL --at BOOKMARK=12:31."
        )


def _check_paths(environment: Environment, chosen: Format, paths: Sequence[Path | None], force: bool) -> None:
    for path in paths:
        if path is None:
            if chosen.is_binary and environment.stdout.isatty():
                raise UsageError(f"{chosen.name} is not a text format: name a file with -o FILE{chosen.suffix}.")
        elif os.path.lexists(path) and not force:
            raise ConflictError(f"{path} exists and was left as it is. --force replaces it; nothing was written.")


def _put(environment: Environment, path: Path | None, result: Result, force: bool) -> None:
    for remark in result.remarks:
        environment.tell(remark)
    if path is not None:
        if os.path.lexists(path) and not force:  # has appeared since it was looked for
            raise ConflictError(f"{path} exists and was left as it is. --force replaces it.")
        try:
            durable.replace_file(path, result.data)
        except OSError as error:
            raise ExportError(f"{path} could not be written: {error.strerror}. It is unchanged.") from error
        environment.tell(f"Wrote {path}")
        return
    raw = getattr(environment.stdout, "buffer", None)
    if raw is None:
        environment.stdout.write(result.data.decode("utf-8", "replace"))
    else:
        environment.stdout.flush()
        raw.write(result.data)
        raw.flush()
