"""`clapmark rescue`: recover every readable record from a raw flash image."""

from pathlib import Path

import click

from clapmark.archive.archive import Archive, find_archive, is_journal_name
from clapmark.base.environment import Environment
from clapmark.base.errors import ClapmarkError, UsageError
from clapmark.base.words import counted, counted_are
from clapmark.commands.options import archive_option, json_option
from clapmark.rescue.flash_dump import FlashDump, read_dump
from clapmark.rescue.reader import Rescue, RescuedJournal, read_rescue, store


@click.command("rescue", short_help="Recover every readable record from a raw flash image.")
@click.argument("image", type=click.Path(path_type=Path, exists=True), required=False)
@click.option("--port", help="Read the flash of the board at this serial port first, through its bootloader.")
@click.option("--dry-run", is_flag=True, help="Preview the result; write nothing. Works outside an archive too.")
@click.option(
    "--journal",
    "nameless",
    metavar="DEVICE/EPOCH",
    help="The journal of sectors without a header, such as a1b2c3d4e5f6/9ACE8F55.",
)
@json_option
@archive_option
@click.pass_obj
def command(
    environment: Environment,
    image: Path | None,
    port: str | None,
    dry_run: bool,
    nameless: str | None,
    as_json: bool,
    folder: Path,
) -> int:
    """Recover every readable record from a raw flash image into the archive.

    For a device that no longer starts, or cannot be synced. IMAGE is a file that esptool has read, the whole flash or
    the journal partition alone; or the --state folder of a virtual device; or a copy of the device's folder `journal`.
    It is only read. Records that the archive has are not added again; damaged data is kept and reported. Exit code 4:
    not everything was whole.

    With --port instead of IMAGE, the journal is read from a board whose app no longer starts. Where the app or safe
    mode (button A held at power-up) still answers, `clapmark sync` is the shorter way.

    \b
    Examples:
      clapmark rescue --port /dev/ttyUSB0
      esptool --port /dev/ttyUSB0 read-flash 0 ALL flash.bin
      clapmark rescue flash.bin --dry-run
      clapmark rescue flash.bin
    """
    if (image is None) == (port is None):
        raise UsageError("Say what to rescue: an IMAGE, or the --port of a board.")
    archive = _archive(folder, dry_run=dry_run)
    image = image or _read_board(environment, str(port))
    try:
        dump = read_dump(image)
    except OSError as error:
        raise UsageError(f"{image} cannot be read: {error.strerror}.") from error
    rescue = read_rescue(dump, _name(nameless))
    if not rescue.journals:
        raise ClapmarkError(_nothing(dump, rescue))
    store(rescue, archive, dry_run=dry_run)
    if as_json:
        environment.give_json(_values(dump, rescue))
    else:
        _tell(environment, dump, rescue, dry_run=dry_run)
    return int(rescue.exit_code)


def _read_board(environment: Environment, port: str) -> Path:
    from clapmark.flash.board import backup_folder  # only this way needs esptool
    from clapmark.flash.dump import dump_journal
    from clapmark.flash.esptool_port import Esptool

    path = dump_journal(Esptool(port), backup_folder("rescued", environment.now()), environment.tell)
    environment.tell(
        "When the bookmarks are safe: `clapmark deploy`, or `clapmark flash`, makes the device work again."
    )
    return path


def _archive(folder: Path, *, dry_run: bool) -> Archive | None:
    try:
        return find_archive(folder)
    except UsageError:
        if dry_run:
            return None
        raise


def _name(text: str | None) -> tuple[str, str] | None:
    if text is None:
        return None
    device, _, epoch = text.partition("/")
    if not is_journal_name(device.lower(), epoch.upper()):
        raise UsageError(f"--journal takes 12 and 8 hexadecimal digits, a1b2c3d4e5f6/9ACE8F55, not {text!a:.40}.")
    return device.lower(), epoch.upper()


def _nothing(dump: FlashDump, rescue: Rescue) -> str:
    if dump.is_blank:
        return f"There is nothing in {dump.where}: the flash is blank. Nothing was changed."
    if rescue.orphan_sectors:
        return (
            f"{dump.where}: {counted(rescue.orphan_sectors, 'sector')} with records, but no header identifies them. "
            "Nothing was changed. Name it with --journal DEVICE/EPOCH; the archive's folder `journal` has the names."
        )
    if rescue.later_format:
        return f"{dump.where} holds a journal of a later format. Nothing was changed. Update clapmark and try again."
    return f"There is no Clapmark journal in {dump.where}. Nothing was changed."


def _tell(environment: Environment, dump: FlashDump, rescue: Rescue, *, dry_run: bool) -> None:
    if dump.cut_bytes:
        environment.tell(f"{dump.where} is incomplete: {dump.cut_bytes:,} bytes are missing at its end.")
    for journal in rescue.journals:
        _tell_journal(environment, journal, dry_run=dry_run)
    if rescue.orphan_sectors:
        environment.tell(
            f"Damage: {counted(rescue.orphan_sectors, 'sector')} with records of an unknown journal. "
            "--journal DEVICE/EPOCH includes them."
        )
    if rescue.later_format:
        environment.tell("Some sectors are of a later format; update clapmark to read them.")
    if dry_run:
        environment.tell("Nothing was changed: this was a dry run.")
    elif any(journal.new for journal in rescue.journals):
        environment.tell("Next: `clapmark notes`.")


def _tell_journal(environment: Environment, journal: RescuedJournal, *, dry_run: bool) -> None:
    verb = "would be added" if dry_run else "were added"
    environment.tell(
        f"Device {journal.device}, epoch {journal.epoch}: {counted_are(len(journal.records), 'record')} readable; "
        f"{journal.new} {verb}, {journal.already_there} were in the archive already."
    )
    if journal.damaged:
        environment.tell(
            f"Damage: {counted_are(len(journal.damaged), 'place')} unreadable ({journal.new_damaged} of them not known "
            "before); the remaining bytes are kept next to the log."
        )
    for first, last in journal.gaps:
        which = f"record {first} is" if first == last else f"records {first} to {last} are"
        environment.tell(f"Damage: {which} neither in the image nor in the archive.")
    if journal.conflicts:
        environment.tell(
            f"Damage: {counted(journal.conflicts, 'record')} with another content than in the archive; both are kept."
        )
    for kind, number in sorted(journal.unknown_kinds.items()):
        environment.tell(f"{counted_are(number, 'record')} of the kind {kind!a:.40}, unknown here; all are kept.")


def _values(dump: FlashDump, rescue: Rescue) -> dict[str, object]:
    return {
        "journals": [
            {
                "device": journal.device,
                "epoch": journal.epoch,
                "readable": len(journal.records),
                "new": journal.new,
                "already_there": journal.already_there,
                "damaged": [
                    {"sector": piece.sector, "offset": piece.offset, "bytes": len(piece.data)}
                    for piece in journal.damaged
                ],
                "new_damaged": journal.new_damaged,
                "gaps": journal.gaps,
                "conflicts": journal.conflicts,
                "unknown_kinds": dict(journal.unknown_kinds),
            }
            for journal in rescue.journals
        ],
        "orphan_sectors": rescue.orphan_sectors,
        "cut_bytes": dump.cut_bytes,
        "later_format": rescue.later_format,
    }
