"""`clapmark report`: the chair's table, planned and actual time of every countdown."""

import csv
import io
from datetime import datetime
from itertools import compress
from pathlib import Path
from zoneinfo import ZoneInfo

import click
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from clapmark.archive.archive import find_archive
from clapmark.archive.journals import read_journals
from clapmark.base.environment import Environment
from clapmark.base.errors import UsageError
from clapmark.bookmarks.linker import linker_of
from clapmark.commands.options import archive_option, chosen_slug, complete_conference, json_option
from clapmark.conference import Conference
from clapmark.conference.spans import read_schedules
from clapmark.countdowns.runs import Run, SpeakerSum, countdown_runs, sums_by_speaker
from clapmark.pictures.countdown_chart import Bar, draw_report
from clapmark.pictures.report_page import ReportPage
from clapmark.schedule import Schedule

_START_WIDTH = 10  # ~Fri 17:50
_SPEAKER_WIDTH = 14
_LENGTH_WIDTH = 7
_LEAST_TALK_WIDTH = 12
_LEAST_SPEAKER, _LEAST_REMARKS, _LEAST_TALK = 5, 7, 4
_OTHER_WIDTH = _START_WIDTH + 3 * _LENGTH_WIDTH + 13  # and what stands between the columns
_LEAST_WIDTH = _START_WIDTH + 3 * _LENGTH_WIDTH + _LEAST_REMARKS + 9


@click.command("report", short_help="Compare planned and actual time of every countdown.")
@click.option("--speakers", "by_speaker", is_flag=True, help="One line for each speaker instead of each countdown.")
@click.option("--csv", "as_csv", is_flag=True, help="Write CSV for a spreadsheet instead of a table.")
@click.option("--svg", "picture", type=click.Path(path_type=Path), help="Also draw it to this file.")
@click.option("--html", "page", type=click.Path(path_type=Path), help="Also write it to this file, to print.")
@json_option
@click.option(
    "--conference",
    "slug",
    shell_complete=complete_conference,
    help="Only this conference's countdowns, by its short name.",
)
@archive_option
@click.pass_obj
def command(
    environment: Environment,
    by_speaker: bool,
    as_csv: bool,
    picture: Path | None,
    page: Path | None,
    as_json: bool,
    slug: str | None,
    folder: Path,
) -> None:
    """Show planned and actual time of every countdown in the archive.

    \b
    Examples:
      clapmark report
      clapmark report --speakers --svg overrun.svg
      clapmark report --csv > session.csv
      clapmark report --conference pycon-us-2019 --html report.html
      clapmark report --json | jq '.[] | select(.overrun_s > 0)'
    """
    if as_csv and as_json:
        raise UsageError("Choose one of --csv and --json.")
    archive = find_archive(folder)
    if slug is None:
        schedules = read_schedules(archive)
        runs = countdown_runs(read_journals(archive), linker_of(archive, schedules.values()))
    else:
        conference = Conference(archive, chosen_slug(archive, slug))
        schedules, runs = {conference.slug: conference.schedule}, conference.runs
    sums = sums_by_speaker(runs) if by_speaker else []
    values = [_sum_values(one) for one in sums] if by_speaker else [_values(run, schedules) for run in runs]
    if as_json:
        environment.give_json(values)
    elif not values:
        environment.tell("The archive has no countdown yet. `clapmark sync` fetches what the device recorded.")
    elif as_csv:
        environment.stdout.write(csv_text(values))
    elif by_speaker:
        print_speakers(environment, sums)
    else:
        print_runs(environment, runs, schedules)
    if not values:
        return
    title = f"{schedules[slug].title if slug in schedules else 'Countdowns'}: planned and actual time"
    bars = [_sum_bar(one) for one in sums] if by_speaker else [_bar(run, schedules) for run in runs]
    if picture is not None:
        written = draw_report(bars, title).save(picture)
        environment.tell(f"Drew {picture}." if written else f"{picture} is already up to date; nothing was changed.")
    if page is not None:
        written = _page(title, runs, schedules, bars).save(page)
        environment.tell(f"Wrote {page}." if written else f"{page} is already up to date; nothing was changed.")


def _page(title: str, runs: list[Run], schedules: dict[str, Schedule], bars: list[Bar]) -> ReportPage:
    """Return the page to print: all countdowns in the order as they ran, their sum, and the picture."""
    page = ReportPage(
        title, ("start", "speaker", "talk", "planned", "actual", "over", ""), ("planned", "actual", "over")
    )
    for run in runs:
        over_ms = run.overrun_ms
        cells = (
            start_text(run, schedules),
            ", ".join(run.speakers),
            run.title or run.preset,
            clock_text(run.planned_ms),
            "" if run.skipped else clock_text(run.actual_ms),
            over_text(run),
            remarks_on(run),
        )
        page.row(cells, "skipped" if run.skipped else "over" if over_ms is not None and over_ms > 0 else "")
    known = [run for run in runs if run.actual_ms is not None]
    skipped = sum(run.skipped for run in runs)
    page.sums(
        (
            "",
            "",
            f"{len(runs) - skipped} in all" + f", {skipped} skipped" * (skipped > 0),
            clock_text(sum(run.planned_ms for run in known)),
            clock_text(sum(run.actual_ms or 0 for run in known)),
            signed_text(sum(run.overrun_ms or 0 for run in known)),
            "",
        )
    )
    page.picture(draw_report(bars, title))
    return page


def print_runs(environment: Environment, runs: list[Run], schedules: dict[str, Schedule]) -> None:
    """Print one line for each run, and the sum."""
    console = _console(environment)
    remarks_width = 1 + max(len(remarks_on(run)) for run in runs)
    speaker_width = min(_SPEAKER_WIDTH, max(len(", ".join(run.speakers)) for run in runs))
    # in a narrow terminal remarks wrap and names are cut, then left out: times and figures are what the table is for
    room = console.width - _OTHER_WIDTH
    remarks_width = max(
        min(remarks_width, room - speaker_width - _LEAST_TALK_WIDTH), min(remarks_width, _LEAST_REMARKS)
    )
    speaker_width = max(
        min(speaker_width, room - remarks_width - _LEAST_TALK_WIDTH), min(speaker_width, _LEAST_SPEAKER)
    )
    rest = room - speaker_width - remarks_width
    has_talk, has_speaker = rest >= _LEAST_TALK, room + 1 >= _LEAST_SPEAKER + remarks_width
    if not has_talk:
        speaker_width = min(_SPEAKER_WIDTH, room + 1 - remarks_width)
    shown = [True, has_speaker, has_talk, True, True, True, True]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("start", width=_START_WIDTH, min_width=_START_WIDTH, no_wrap=True)
    if has_speaker:
        table.add_column("speaker", width=speaker_width, no_wrap=True, overflow="ellipsis")
    if has_talk:
        table.add_column("talk", width=rest, no_wrap=True, overflow="ellipsis")
    for heading in ("planned", "actual", "over"):
        table.add_column(heading, justify="right", width=_LENGTH_WIDTH, min_width=_LENGTH_WIDTH, no_wrap=True)
    table.add_column("", max_width=remarks_width)
    for run in runs:
        over_ms = run.overrun_ms
        cells = (
            start_text(run, schedules),
            escape(", ".join(run.speakers)),
            escape(run.title or run.preset),
            clock_text(run.planned_ms),
            "" if run.skipped else clock_text(run.actual_ms),
            over_text(run),
            escape(remarks_on(run)),
        )
        table.add_row(*compress(cells, shown), style="bold red" if over_ms is not None and over_ms > 0 else None)
    known = [run for run in runs if run.actual_ms is not None]
    planned_ms = sum(run.planned_ms for run in known)
    actual_ms = sum(run.actual_ms or 0 for run in known)
    table.add_section()
    over_ms = sum(run.overrun_ms or 0 for run in known)
    sums = (clock_text(planned_ms), clock_text(actual_ms), signed_text(over_ms))
    skipped = sum(run.skipped for run in runs)
    count = f"{len(runs) - skipped} in all" + f", {skipped} skipped" * (skipped > 0)
    row = ("", "", count, *sums, "") if rest >= len(count) else (count, "", "", *sums, "")
    table.add_row(*compress(row, shown))
    console.print(table)


def print_speakers(environment: Environment, sums: list[SpeakerSum]) -> None:
    """Print one line for each speaker, the largest overrun first."""
    console = _console(environment)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("speaker", overflow="ellipsis", no_wrap=True)
    for heading in ("talks", "planned", "actual", "over"):
        table.add_column(heading, justify="right", min_width=len(heading), no_wrap=True)
    for one in sums:
        lengths = (clock_text(one.planned_ms), clock_text(one.actual_ms), signed_text(one.overrun_ms))
        table.add_row(escape(one.name), str(one.runs), *lengths, style="bold red" if one.overrun_ms > 0 else None)
    console.print(table)


def _console(environment: Environment) -> Console:
    """Return a console as wide as the terminal, but wide enough for the figures: those are never cut."""
    console = Console(file=environment.stdout, highlight=False)
    return Console(file=environment.stdout, highlight=False, width=max(console.width, _LEAST_WIDTH))


def csv_text(values: list[dict[str, object]]) -> str:
    """Return rows as CSV. Text that a spreadsheet would take for a formula gets an apostrophe before it."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(values[0])
    for row in values:
        writer.writerow([_cell(value) for value in row.values()])
    return out.getvalue()


def _cell(value: object) -> object:
    text = "; ".join(value) if isinstance(value, list) else value
    if isinstance(text, str) and text.startswith(("=", "+", "-", "@", "\t", "\r")):
        return f"'{text}"
    return text


def over_text(run: Run) -> str:
    """Return by how much a run was too long, `?` if that is not known, "" for a speaker who was skipped."""
    return "" if run.skipped else "?" if run.overrun_ms is None else signed_text(run.overrun_ms)


def _bar(run: Run, schedules: dict[str, Schedule]) -> Bar:
    over_ms = run.overrun_ms
    if run.skipped:
        figures = "skipped"
        return Bar(f"{start_text(run, schedules)}  {', '.join(run.speakers) or run.title}", 0, None, figures)
    figures = clock_text(run.actual_ms) if over_ms is None else f"{clock_text(run.actual_ms)} ({signed_text(over_ms)})"
    who = ", ".join(run.speakers) or run.title or run.preset
    label = f"{start_text(run, schedules)}  {who}" + (f" · {run.title}" if run.title and run.speakers else "")
    return Bar(label, run.planned_ms + run.adjusted_ms, run.actual_ms, figures)


def _sum_bar(one: SpeakerSum) -> Bar:
    figures = f"{clock_text(one.actual_ms)} ({signed_text(one.overrun_ms)})"
    return Bar(f"{one.name}, {one.runs} talk{'s' * (one.runs != 1)}", one.planned_ms, one.actual_ms, figures)


def _sum_values(one: SpeakerSum) -> dict[str, object]:
    return {
        "speaker": one.name,
        "talks": one.runs,
        "planned_s": one.planned_ms / 1000,
        "actual_s": one.actual_ms / 1000,
        "overrun_s": one.overrun_ms / 1000,
    }


def remarks_on(run: Run) -> str:
    """Return remarks about a run: pauses, added minutes, missing records."""
    remarks = ["skipped"] if run.skipped else list(run.cuts)
    if run.paused_ms:
        remarks.append(f"paused {clock_text(run.paused_ms)}")
    if run.adjusted_ms:
        remarks.append(f"given {signed_text(run.adjusted_ms)}")
    return ", ".join(remarks)


def start_text(run: Run, schedules: dict[str, Schedule]) -> str:
    """Return the local time of a run's start, `~` before it if it is uncertain by more than half a minute."""
    start = _start(run, schedules)
    if start is None:
        return "?"
    uncertain = "~" if (run.when.error_ms or 0) > 30_000 else ""
    return f"{uncertain}{start:%a %H:%M}"


def _start(run: Run, schedules: dict[str, Schedule]) -> datetime | None:
    if run.when.utc_ms is None:
        return None
    return datetime.fromtimestamp(run.when.utc_ms / 1000, ZoneInfo(_zone(run, schedules)))


def _zone(run: Run, schedules: dict[str, Schedule]) -> str:
    return schedules[run.slug].zone if run.slug in schedules else "UTC"


def clock_text(ms: int | None) -> str:
    """Return a length as minutes and seconds, such as 5:00."""
    if ms is None:
        return "?"
    seconds = round(ms / 1000)
    return f"{seconds // 60}:{seconds % 60:02d}"


def signed_text(ms: int) -> str:
    """Return a difference with its sign, such as +0:42 or −0:19."""
    sign = "+" if ms >= 500 else "−" if ms <= -500 else " "
    return sign + clock_text(abs(ms))


def _values(run: Run, schedules: dict[str, Schedule]) -> dict[str, object]:
    start = _start(run, schedules)
    return {
        "start": f"{start:%Y-%m-%d %H:%M:%S}" if start else None,
        "zone": _zone(run, schedules),
        "start_utc_ms": run.when.utc_ms,
        "conference": run.slug,
        "talk": run.talk_id,
        "title": run.title,
        "speakers": list(run.speakers),
        "preset": run.preset,
        "planned_s": run.planned_ms / 1000,
        "adjusted_s": run.adjusted_ms / 1000,
        "actual_s": None if run.actual_ms is None else run.actual_ms / 1000,
        "overrun_s": None if run.overrun_ms is None else run.overrun_ms / 1000,
        "paused_s": None if run.paused_ms is None else run.paused_ms / 1000,
        "missing": list(run.cuts),
        "skipped": run.skipped,
    }
