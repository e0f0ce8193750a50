"""`clapmark doctor`: diagnose cable, laptop, device and archive, and suggest fixes."""

from pathlib import Path

import click

from clapmark.base.environment import Environment
from clapmark.base.errors import ClapmarkError, ExitCode
from clapmark.commands.options import archive_option, json_option
from clapmark.doctor.findings import Finding, Severity

_MARKS = {Severity.OK: "ok", Severity.NOTE: "note", Severity.WARNING: "WARNING", Severity.ERROR: "ERROR"}


@click.command("doctor", short_help="Diagnose problems and suggest fixes.")
@json_option
@archive_option
@click.option("--port", help="The device's serial port. Default: every port that looks like a board.")
@click.pass_obj
def command(environment: Environment, as_json: bool, folder: Path, port: str | None) -> int:
    """Check the laptop, the cable, the device and the archive; report problems and suggest fixes.

    Nothing is changed. Opening a port may reset its board; what is saved stays.

    \b
    Examples:
      clapmark doctor
      clapmark doctor --port /dev/ttyUSB0 --json
    """
    from clapmark.doctor.laptop import look_at_laptop  # `--help` need not load it
    from clapmark.link.ports import ports

    found = ports((port,) if port else ())
    findings = look_at_laptop(found)
    answered = False
    for one in found:
        if one.is_board:
            reported, answers = _device(environment, one.name)
            findings += reported
            answered = answered or answers
    if not any(one.is_board for one in found):
        findings.append(
            Finding(
                Severity.ERROR,
                "No board is plugged in.",
                "Connect it with a cable that carries data; `clapmark devices` lists the ports.",
            )
        )
    findings += _archive(folder)
    if as_json:
        environment.give_json([_values(finding) for finding in findings])
    else:
        for finding in findings:
            environment.give(f"{_MARKS[finding.severity]:<8} {finding.what}")
            if finding.what_to_do:
                environment.give(f"{'':<8} -> {finding.what_to_do}")
    if not answered:
        return int(ExitCode.NO_DEVICE)
    failed = any(finding.severity == Severity.ERROR for finding in findings)
    return int(ExitCode.FAILED if failed else ExitCode.OK)


def _device(environment: Environment, name: str) -> tuple[list[Finding], bool]:
    from clapmark.doctor.device import look_at_device
    from clapmark.link.client import LinkClient, SerialTransport
    from clapmark.link.ports import Port, State, probe

    probed = probe(Port(name, "", "", is_board=True))
    if probed.state != State.CLAPMARK:
        return [Finding(Severity.ERROR, f"{name}: {probed.state}.", probed.note)], False
    try:
        with LinkClient(SerialTransport(name)) as client:
            hello = client.hello()
            return look_at_device(client, hello, environment.utc_ms()), True
    except ClapmarkError as error:
        return [Finding(Severity.ERROR, f"{name}: the device stopped answering.", str(error))], True


def _archive(folder: Path) -> list[Finding]:
    from clapmark.archive.archive import SETTINGS_NAME
    from clapmark.doctor.archive import check_archive

    start = folder.absolute()
    if not any((above / SETTINGS_NAME).is_file() for above in (start, *start.parents)):
        return []  # outside an archive: nothing to look at

    return check_archive(folder)


def _values(finding: Finding) -> dict[str, str]:
    return {"severity": str(finding.severity), "what": finding.what, "what_to_do": finding.what_to_do}
