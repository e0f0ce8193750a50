"""`clapmark hub`: serve the hub, and its organiser's commands."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from clapmark.base import durable
from clapmark.base.environment import Environment
from clapmark.base.errors import ClapmarkError, ConflictError, UsageError
from clapmark.base.words import counted
from clapmark.commands.options import json_option
from clapmark.crowd.wire import shown_code
from clapmark.hub.settings import HubSettings, read_settings

if TYPE_CHECKING:
    from clapmark.hub.store.database import Database


@dataclass
class _Hub:
    """What the group's options say."""

    environment: Environment
    settings: HubSettings

    @contextmanager
    def database(self, *, is_new_fine: bool = False) -> Iterator["Database"]:
        """Open the database; its tables must be there and up to date, unless `is_new_fine`: then they are made."""
        from clapmark.hub.store.database import NEWEST, open_database  # noqa: PLC0415  # the help must not need them

        settings = self.settings
        database = open_database(settings.database, settings.read_from, settings.connections)
        try:
            revision = database.revision()
            if revision != NEWEST:
                if revision > NEWEST:
                    raise ClapmarkError("The database is of a newer hub; update this program. Nothing was changed.")
                if revision and not is_new_fine:
                    raise UsageError("The tables are of an older hub: `clapmark hub migrate` brings them up to date.")
                database.migrate()
            yield database
        finally:
            database.close()


@click.group("hub", invoke_without_command=True, short_help="Run a hub for what the crowd marked, or organise one.")
@click.option("--config", type=click.Path(path_type=Path), help="The configuration file. Default: hub.toml, if there.")
@click.option("--database", help="sqlite:///FILE or postgresql://… Default: sqlite:///hub.sqlite.")
@click.pass_context
def command(context: click.Context, config: Path | None, database: str | None) -> None:
    """Serve a hub, or organise its conferences with the commands below. Without one, it serves.

    Settings come from options, then environment variables (CLAPMARK_HUB_DATABASE and so on), then the file.
    docs/hub.md has a hub with PostgreSQL in ten minutes.

    \b
    Examples:
      clapmark hub create schedule.json
      clapmark hub
      clapmark hub --database postgresql:///clapmark serve --port 8015
    """
    environment: Environment = context.obj
    settings = read_settings(config, environment.variables, {"database": database})
    context.obj = _Hub(environment, settings)
    if context.invoked_subcommand is None:
        _serve(context.obj, settings)


@command.command("serve", short_help="Serve the hub until Ctrl-C or SIGTERM.")
@click.option("--host", help="The address to serve at. Default: 127.0.0.1, for a proxy on this machine.")
@click.option("--port", type=click.IntRange(1, 65535), help="Default: 8015.")
@click.option("--socket", help="A Unix socket instead of host and port.")
@click.option("--public-url", help="How others reach the hub, for the feed and the QR codes.")
@click.option("--read-from", help="A replica, postgresql://…, that the public pages are read from.")
@click.option("--access-log/--no-access-log", default=None, help="Log each request with its address. Default: off.")
@click.pass_obj
def serve_command(
    hub: _Hub,
    host: str | None,
    port: int | None,
    socket: str | None,
    public_url: str | None,
    read_from: str | None,
    access_log: bool | None,
) -> None:
    """Serve the API and the public pages.

    Health is at /healthz, readiness at /readyz, Prometheus metrics at /metrics. SIGTERM lets requests end first.

    \b
    Examples:
      clapmark hub serve
      clapmark hub --database postgresql:///clapmark serve --socket /run/clapmark/hub.sock
    """
    options = {
        "host": host, "port": port, "socket": socket, "public_url": public_url, "read_from": read_from,
        "access_log": access_log,
    }  # fmt: skip
    hub.settings = read_settings(None, {}, vars(hub.settings) | {k: v for k, v in options.items() if v is not None})
    _serve(hub, hub.settings)


def _serve(hub: _Hub, settings: HubSettings) -> None:
    from clapmark.hub.serve import serve  # noqa: PLC0415

    with hub.database() as database:
        serve(settings, database, hub.environment.tell)


@command.command("create", short_help="Create a conference from its schedule, and print a code.")
@click.argument("source", metavar="SCHEDULE")
@click.option("--conference", "slug", help="The short name. Default: that of the schedule.")
@click.option("--title", help="The title. Default: that of the schedule.")
@click.option("--zone", help="The time zone, such as Europe/Berlin, where the schedule names none.")
@click.option("--start", type=click.DateTime(["%Y-%m-%d"]), help="The first day, where the schedule names weekdays.")
@click.option("--lead", "lead_s", type=click.IntRange(0, 120), default=10, show_default=True,
              help="The reaction time in seconds that is taken off each press.")  # fmt: skip
@click.option("--people", type=click.IntRange(1, 1_000_000), help="How many people the code is for.")
@click.pass_obj
def create_command(
    hub: _Hub,
    source: str,
    slug: str | None,
    title: str | None,
    zone: str | None,
    start: datetime | None,
    lead_s: int,
    people: int | None,
) -> None:
    """Create a conference from SCHEDULE (a file or address), and print the code for its attendees, also as QR code.

    For a conference that is there already its talks are brought up to date, and no code is made.

    \b
    Examples:
      clapmark hub create schedule.json --people 600
      clapmark hub create https://pretalx.example/schedule.json --conference demo-2026
    """
    from clapmark.hub.store import organiser  # noqa: PLC0415
    from clapmark.schedule import load_schedule  # noqa: PLC0415

    schedule = load_schedule(source, zone=zone, start=start.date() if start else None, title=title, slug=slug)
    with hub.database(is_new_fine=True) as database:
        is_new = organiser.create(database, schedule, lead_s)
        talks = counted(len(schedule.talks), "talk")
        if not is_new:
            hub.environment.tell(f"{schedule.title} has {talks} now. `clapmark hub code {schedule.slug}` makes a code.")
            return
        hub.environment.tell(f"Created {schedule.title} with {talks}. The code for its attendees, shown only now:")
        count = people or hub.settings.contributors
        _print_codes(hub, organiser.add_codes(database, schedule.slug, 1, count, "attendees"), is_drawn=True)


@command.command("code", short_help="Make codes for a conference.")
@click.argument("slug", metavar="CONFERENCE")
@click.option("--count", type=click.IntRange(1, 10_000), default=1, show_default=True, help="How many codes.")
@click.option("--people", type=click.IntRange(1, 1_000_000), default=None, help="How many people each code is for.")
@click.option("--label", default="attendees", show_default=True, help="What `list` and `revoke` call them.")
@click.pass_obj
def code_command(hub: _Hub, slug: str, count: int, people: int | None, label: str) -> None:
    """Make codes for the attendees of CONFERENCE. The hub keeps only their hashes, so they are shown only now.

    One code for each badge, for one person each, is the best protection against invented people.

    \b
    Examples:
      clapmark hub code demo-2026 --people 50 --label speakers
      clapmark hub code demo-2026 --count 600 --people 1 --label badges
    """
    from clapmark.hub.store import organiser  # noqa: PLC0415

    with hub.database() as database:
        codes = organiser.add_codes(database, slug, count, people or hub.settings.contributors, label)
    _print_codes(hub, codes, is_drawn=count == 1)


def _print_codes(hub: _Hub, codes: list[str], *, is_drawn: bool) -> None:
    """Write codes to stdout, one a line; the QR code of a single one, and the address in it, to stderr."""
    for code in codes:
        hub.environment.give(shown_code(code))
    if is_drawn and hub.settings.public_url:
        import segno  # noqa: PLC0415

        address = f"{hub.settings.public_url.rstrip('/')}/join/{shown_code(codes[0])}"
        hub.environment.tell(address)
        segno.make(address, error="m").terminal(out=hub.environment.stderr, compact=True)
    elif is_drawn:
        hub.environment.tell("With public_url in the configuration, a QR code is printed too.")


@command.command("list", short_help="List the conferences, or one with its codes and talks.")
@click.argument("slug", metavar="[CONFERENCE]", required=False)
@json_option
@click.pass_obj
def list_command(hub: _Hub, slug: str | None, as_json: bool) -> None:
    """List the conferences with their numbers of people and marks; with CONFERENCE, its codes and talks.

    \b
    Examples:
      clapmark hub list
      clapmark hub list demo-2026
    """
    from clapmark.hub.store import organiser, reading  # noqa: PLC0415

    with hub.database() as database:
        if slug is None:
            found = organiser.summaries(database)
            if as_json:
                hub.environment.give_json([vars(one) for one in found])
                return
            for one in found:
                hub.environment.give(
                    f"{one.slug:24} {one.talks:5} talks {one.codes:5} codes {one.contributors:6} people "
                    f"{one.marks:8} marks  {one.title}"
                )
            if not found:
                hub.environment.tell("The hub has no conference yet: `clapmark hub create SCHEDULE` adds one.")
            return
        codes = organiser.codes_of(database, slug)
        conference = reading.read_conference(database, slug)
    talks = conference.talks if conference else ()
    if as_json:
        names = ("label", "codes", "people", "revoked")
        hub.environment.give_json(
            {
                "codes": [dict(zip(names, code, strict=True)) for code in codes],
                "talks": [{"talk": talk.key, "title": talk.title} for talk in talks],
            }
        )
        return
    for label, count, people, revoked in codes:
        hub.environment.give(f"{label}: {counted(count, 'code')} ({revoked} revoked), used by {people} people")
    for talk in talks:
        hub.environment.give(f"{talk.key:12} {talk.title}")


@command.command("export", short_help="Write the moments of a conference as CSV, Parquet or JSON.")
@click.argument("slug", metavar="CONFERENCE")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="The file: .csv, .parquet or .json. Default: CSV."
)
@click.option("--force", is_flag=True, help="Replace an existing file.")
@click.pass_obj
def export_command(hub: _Hub, slug: str, output: Path | None, force: bool) -> None:
    """Write the moments of CONFERENCE: what the public pages show, and nothing of single people. Free of rights (CC0).

    \b
    Examples:
      clapmark hub export demo-2026 > moments.csv
      clapmark hub export demo-2026 -o moments.parquet
    """
    from clapmark.base.foreign_text import json_text  # noqa: PLC0415
    from clapmark.hub.store import organiser, reading  # noqa: PLC0415
    from clapmark.hub.web import tables, views  # noqa: PLC0415

    suffix = output.suffix if output else ".csv"
    if suffix not in {".csv", ".parquet", ".json"}:
        raise UsageError("Name a file that ends in .csv, .parquet or .json.")
    with hub.database() as database:
        conference = reading.read_conference(database, slug)
        if conference is None:
            with database.read() as transaction:
                organiser.conference_number(transaction, slug)  # raises, with the names that there are
            return
        shown = views.Views(database, 1.0).talks(conference)
    found = views.rows(conference, shown)
    if suffix == ".parquet":
        data = tables.to_parquet(found)
    elif suffix == ".json":
        data = f"{json_text(views.conference_values(conference, shown))}\n".encode()
    else:
        data = tables.to_csv(found)
    if output is None:
        hub.environment.give(data.decode().replace("\r\n", "\n").rstrip("\n"))
        return
    if output.exists() and not force:
        raise ConflictError(f"{output} exists and was left as it is. --force replaces it.")
    durable.replace_file(output, data)
    hub.environment.tell(f"Wrote {output}: {counted(len(found), 'moment')}.")


@command.command("video", short_help="Tie a talk to its recording.")
@click.argument("slug", metavar="CONFERENCE")
@click.argument("talk")
@click.argument("address", metavar="URL")
@click.option("--starts-at", metavar="POSITION", help="Where in the recording the talk begins, such as 12:31.")
@click.pass_obj
def video_command(hub: _Hub, slug: str, talk: str, address: str, starts_at: str | None) -> None:
    """Tie TALK (its id) to its recording at URL. With --starts-at the moments link into it.

    POSITION is where the recording is at the talk's start by the schedule; -2:30 if it began 2:30 later.

    \b
    Examples:
      clapmark hub video demo-2026 dicts https://youtu.be/abcdefghijk --starts-at 0:42
    """
    from clapmark.hub.store import organiser  # noqa: PLC0415
    from clapmark.recordings.address import Site, parse_video  # noqa: PLC0415
    from clapmark.recordings.position_text import parse_position  # noqa: PLC0415

    video = parse_video(address)
    if video.site is Site.FILE:
        raise UsageError("The public pages can link only to a web address.")
    start_ms = None
    if starts_at is not None:
        sign = -1 if starts_at.startswith("-") else 1
        start_ms = sign * parse_position(starts_at.removeprefix("-"))
    with hub.database() as database:
        title = organiser.set_video(database, slug, talk, video.address, start_ms)
    hub.environment.tell(f"“{title}” is tied to {video.address}.")


@command.command("revoke", short_help="Revoke a code: marks that came with it no longer count.")
@click.argument("code")
@click.option("--label", is_flag=True, help="CODE is CONFERENCE:LABEL; revoke all codes that were made with it.")
@click.pass_obj
def revoke_command(hub: _Hub, code: str, label: bool) -> None:
    """Revoke CODE. The marks of everybody who used it no longer count; the people can still delete them.

    \b
    Examples:
      clapmark hub revoke ABCD-EFGH-JKMN
      clapmark hub revoke --label demo-2026:badges
    """
    from clapmark.hub.store import organiser  # noqa: PLC0415

    with hub.database() as database:
        if label:
            slug, _, name = code.partition(":")
            count = organiser.revoke_label(database, slug, name)
            hub.environment.tell(f"Revoked {counted(count, 'code')} of {slug}.")
            return
        slug, people = organiser.revoke(database, code)
    hub.environment.tell(f"Revoked the code of {slug}; it was used by {people} people, whose marks no longer count.")


@command.command("delete", short_help="Delete a conference with all its marks.")
@click.argument("slug", metavar="CONFERENCE")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def delete_command(hub: _Hub, slug: str, yes: bool) -> None:
    """Delete CONFERENCE with its codes, contributors and marks. Only a backup brings them back.

    \b
    Examples:
      clapmark hub delete demo-2026
    """
    from clapmark.hub.store import organiser  # noqa: PLC0415

    with hub.database() as database:
        with database.read() as transaction:
            organiser.conference_number(transaction, slug)
        if not yes:
            click.confirm(f"Delete {slug} with all its marks?", abort=True, err=True)
        people = organiser.delete(database, slug)
    hub.environment.tell(f"Deleted {slug}, which {people} people had shared marks of.")


@command.command("backup", short_help="Write a copy of the database while the hub runs.")
@click.argument("target", metavar="FILE", type=click.Path(path_type=Path))
@click.pass_obj
def backup_command(hub: _Hub, target: Path) -> None:
    """Write a copy of everything to FILE, while the hub runs: an SQLite file, or what pg_dump writes for pg_restore.

    \b
    Examples:
      clapmark hub backup hub-2026-05-01.sqlite
      clapmark hub --database postgresql:///clapmark backup hub.dump
    """
    if target.exists():
        raise ConflictError(f"{target} exists and was left as it is; name another file.")
    with hub.database() as database:
        database.backup(str(target))
    hub.environment.tell(f"Wrote {target}, {counted(target.stat().st_size, 'byte')}.")


@command.command("migrate", short_help="Create the tables, or bring them up to date.")
@click.pass_obj
def migrate_command(hub: _Hub) -> None:
    """Create the tables of the hub, or bring those of an older version up to date. Make a backup first.

    \b
    Examples:
      clapmark hub --database postgresql:///clapmark migrate
    """
    with hub.database(is_new_fine=True) as database:
        hub.environment.tell(f"The tables on {database.name} are up to date (version {database.revision()}).")
