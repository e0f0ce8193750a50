"""`clapmark sync`: fetch what is new from the device into the archive."""

from pathlib import Path
from typing import NoReturn

import click

from clapmark.archive.archive import Archive, find_archive
from clapmark.base.environment import Environment
from clapmark.base.errors import ClapmarkError, UsageError
from clapmark.base.words import counted, counted_are
from clapmark.commands.device.connection import connected, progress_bar
from clapmark.commands.options import archive_option, json_option, port_option
from clapmark.sync.sync import SyncResult, sync


@click.command("sync", short_help="Fetch the bookmarks from the device into the archive.")
@click.option("--watch", "is_watching", is_flag=True, help="Wait for devices, and sync whenever one is plugged in.")
@click.option("--share", "is_sharing", is_flag=True, help="Share the marks with the conference's hub, too.")
@click.option("--set-clock", is_flag=True, help="Set the device's clock, also if it contradicts the laptop's.")
@click.option(
    "--from",
    "files",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    multiple=True,
    help="Take a saved log instead of a device; may be given several times.",
)
@json_option
@archive_option
@port_option
@click.pass_obj
def command(
    environment: Environment,
    is_watching: bool,
    is_sharing: bool,
    set_clock: bool,
    files: tuple[Path, ...],
    as_json: bool,
    folder: Path,
    port: str | None,
) -> int:
    """Fetch what is new from the device into the archive.

    The device erases nothing before it is safely on this disk; if the cable is pulled, run it again. A running
    countdown continues. A sync with nothing new changes no byte.

    Where the laptop's clock and the device's are more than a minute apart, one of them is wrong: that is reported, and
    the device's clock stays as it is. --set-clock says that the laptop is right.

    With --from it takes a log that the reader page saved, or one of another archive. The device is not asked, so it
    forgets nothing; the same file again adds nothing.

    With --watch it goes on until Ctrl-C: it syncs once whenever a device is plugged in, and rings the bell.

    With --share the marks of the conferences that you share go to their hubs right after the sync. --watch --share is a
    desk where everybody plugs in: each device has its own archive in devices/DEVICE, which its owner takes home as a
    download that a QR code links to; it expires after 15 minutes.

    \b
    Examples:
      clapmark sync
      clapmark sync --watch
      clapmark sync --watch --share
      clapmark sync --port /dev/ttyUSB0 --json
      clapmark sync --from clapmark-a1b2c3d4e5f6-9ACE8F55.log
    """
    archive = find_archive(folder)
    if is_sharing:
        from clapmark.commands.device import sync_share  # noqa: PLC0415  # only this option needs it

        sync_share.check_shared(archive)
    if files and (is_watching or set_clock or port is not None):
        raise UsageError("--from takes a file and no device: leave out --watch, --set-clock and --port.")
    if files:
        code = max(int(_sync_file(environment, archive, path, as_json).exit_code) for path in files)
        if is_sharing:
            sync_share.share_all(environment, archive)
        return code
    if is_watching:
        _watch(environment, archive, port, as_json, is_sharing=is_sharing)
    result = _sync(environment, archive, port, as_json, set_clock=set_clock)
    if is_sharing:
        sync_share.share_all(environment, archive)
    return int(result.exit_code)


def _sync(
    environment: Environment,
    archive: Archive,
    port: str | None,
    as_json: bool,
    indent: int | None = 2,
    *,
    set_clock: bool = False,
) -> SyncResult:
    result = None if set_clock else _sync_on_stage(environment, archive, port)
    if result is None:
        with connected(environment, port) as client, progress_bar(environment, "Sync") as advance:
            result = sync(client, archive, environment, advance, environment.utc_offset_s(), set_clock=set_clock)
    _report(environment, result, as_json, indent)
    return result


def _report(environment: Environment, result: SyncResult, as_json: bool, indent: int | None) -> None:
    if as_json:
        environment.give_json(_values(result), indent)
    else:
        _tell(environment, result)


def _sync_on_stage(environment: Environment, archive: Archive, port: str | None) -> SyncResult | None:
    """Sync through the stage that holds the port, if one runs; return None if none does."""
    from clapmark.stage.running import find_stage, sync_through  # noqa: PLC0415  # json and urllib, for few syncs
    from clapmark.stage.state_folder import state_folder  # noqa: PLC0415

    stage = find_stage(state_folder())
    if stage is None or (port is not None and stage.port and port != stage.port):
        return None
    answer = sync_through(stage, archive.folder.absolute())
    if isinstance(answer, str):
        raise ClapmarkError(answer)
    if answer is not None:
        environment.tell("Synced through the stage, which holds the device's port.")
    return answer


def _sync_file(environment: Environment, archive: Archive, path: Path, as_json: bool) -> SyncResult:
    from clapmark.sync.from_file import sync_file  # noqa: PLC0415  # only this option needs it

    result = sync_file(path, archive)
    if as_json:
        environment.give_json(_values(result))
    else:
        _tell(environment, result, f"in {path.name}")
    return result


def _watch(
    environment: Environment, archive: Archive, port: str | None, as_json: bool, *, is_sharing: bool
) -> NoReturn:
    """Sync with every device that appears, until Ctrl-C. With `as_json`, one line of JSON for each sync."""
    from clapmark.sync.watch import Watch  # # only this option needs it

    station = None
    if is_sharing:
        from clapmark.commands.device.sync_share import Station  # noqa: PLC0415

        station = Station(environment, archive)

    def attempt(found: str) -> None:
        if station is None:
            _sync(environment, archive, found, as_json, indent=None)
        else:
            station.sync(found, lambda result: _report(environment, result, as_json, None))
        environment.stdout.flush()
        if environment.is_terminal:
            environment.stderr.write("\a")
        environment.tell(f"{found} may be unplugged. Waiting for the next device; Ctrl-C ends.")

    environment.tell(f"Waiting for {port or 'a device'}; Ctrl-C ends.")
    Watch(port, attempt, environment.tell).run()


def _tell(environment: Environment, result: SyncResult, where: str = "") -> None:
    if result.new:
        environment.tell(f"{counted(result.new, 'new record')} from device {result.device}. Next: `clapmark notes`.")
    else:
        environment.tell(f"Nothing new {where or f'on device {result.device}'}; nothing was changed.")
    for first, last in result.gaps:
        which = f"record {first} is" if first == last else f"records {first} to {last} are"
        environment.tell(f"Damage: {which} no longer in the device's flash.")
    if result.damaged:
        place = where or "in the flash; the rest is kept next to the log"
        environment.tell(f"Damage: {counted_are(result.damaged, 'place')} unreadable {place}.")
    if result.conflicts:
        environment.tell(
            f"Damage: {counted(result.conflicts, 'record')} came with another content than before; both are kept."
        )
    if result.commits_ahead:
        environment.tell(
            f"Damage: the device believes {counted(result.commits_ahead, 'more record')} to be synced than it has. New "
            "bookmarks could be erased before a sync: update its firmware with `clapmark deploy`, and sync again."
        )
    if result.other_archive:
        first, last = result.other_archive
        which = f"Record {first}" if first == last else f"Records {first} to {last}"
        environment.tell(f"{which} went to another archive and can no longer be fetched from the device.")
    for kind, number in sorted(result.unknown_kinds.items()):
        environment.tell(f"{counted_are(number, 'record')} of the kind {kind!a:.40}, unknown here; all are kept.")


def _values(result: SyncResult) -> dict[str, object]:
    return {
        "device": result.device,
        "epoch": result.epoch,
        "new": result.new,
        "already_there": result.already_there,
        "damaged": result.damaged,
        "conflicts": result.conflicts,
        "gaps": result.gaps,
        "other_archive": result.other_archive,
        "unknown_kinds": dict(result.unknown_kinds),
        "time_set": result.time_set,
        "committed": result.committed_seq,
        "commits_ahead": result.commits_ahead,
    }
