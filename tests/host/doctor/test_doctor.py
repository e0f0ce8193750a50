"""`clapmark doctor` finds what is wrong, and says what to do about each thing."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from clapmark.doctor import laptop
from clapmark.doctor.device import look_at_device
from clapmark.doctor.findings import Finding, Severity
from clapmark.link.client import Hello, Line
from clapmark.link.ports import Port
from firmware.version import VERSION
from tests.support.archive.journal_text import line
from tests.support.command_line import type_
from tests.support.desk import Device

NOW = 1_778_812_345_000
HELLO = Hello(1, "a1b2c3d4e5f6", "tdisplay", VERSION.decode(), "9ACE8F55", 3, 1, 3, 1, 5, 0, 9000, NOW, 2, 100, 0, "")


class Client:
    """A device as the link shows it."""

    def __init__(self, records: list[bytes], heap_free: int = 30_000) -> None:
        self._records = records
        self._heap_free = heap_free

    def status(self) -> dict[str, bytes]:
        return {"heap_free": b"%d" % self._heap_free, "heap_used": b"80000"}

    def records(self, _first: int):
        return (Line(number, data) for number, data in enumerate(self._records, 1))


def boot(mp: str = "1.25.0", reset: str = "poweron") -> bytes:
    return line(1, 3, 10, "boot", reset=reset, fw="0.1.0", board="tdisplay", mp=mp)


def told(hello: Hello = HELLO, records: list[bytes] | None = None, heap_free: int = 30_000) -> list[Finding]:
    return look_at_device(Client(records or [boot()], heap_free), hello, NOW)


def worst(findings: list[Finding]) -> Finding:
    order = list(Severity)
    return max(findings, key=lambda finding: order.index(finding.severity))


def test_a_healthy_device_has_nothing_to_complain_of() -> None:
    assert {finding.severity for finding in told()} == {Severity.OK}


@pytest.mark.parametrize(
    ("findings", "severity", "what", "to_do"),
    [
        (lambda: told(replace(HELLO, firmware="0.0.9")), Severity.NOTE, "older than this clapmark", "clapmark deploy"),
        (lambda: told(replace(HELLO, firmware="9.0.0")), Severity.NOTE, "newer than this clapmark", "pip install"),
        (lambda: told(replace(HELLO, problem="journal full")), Severity.ERROR, "says: journal full", "sync"),
        (
            lambda: told(replace(HELLO, problem="Safe mode: only button A works. Because button A was held.")),
            Severity.ERROR,
            "button A was held",
            "press its reset key",
        ),
        (lambda: told(replace(HELLO, board="unknown")), Severity.WARNING, "safe mode", "clapmark deploy"),
        (lambda: told(replace(HELLO, percent=93)), Severity.WARNING, "93 % full", "clapmark sync"),
        (lambda: told(replace(HELLO, damaged=2)), Severity.WARNING, "2 damaged places", "clapmark sync"),
        (lambda: told(replace(HELLO, utc_ms=NOW + 61_000)), Severity.NOTE, "61.0 s ahead", "clapmark sync"),
        (lambda: told(replace(HELLO, utc_ms=0)), Severity.NOTE, "not set", "clapmark sync"),
        (lambda: told(records=[boot("1.22.0")]), Severity.ERROR, "1.22.0", "clapmark flash"),
        (lambda: told(records=[boot("1.31.0")]), Severity.NOTE, "tested up to 1.29", ""),
        (lambda: told(records=[boot(reset="watchdog")]), Severity.WARNING, "watchdog", "clapmark deploy"),
        (lambda: told(heap_free=4000), Severity.WARNING, "3 of 82 KB free", "schedule"),
        (
            lambda: told(records=[boot(), line(2, 3, 5000, "fault", task="cues", error="OSError")]),
            Severity.WARNING,
            "5 s after its start: 'OSError'",
            "--dev",
        ),
    ],
)
def test_each_thing_that_is_wrong_is_reported_with_what_to_do(findings, severity, what, to_do) -> None:
    found = worst(findings())
    assert found.severity == severity
    assert what in found.what
    assert to_do in found.what_to_do


def test_a_port_that_may_not_be_opened_names_the_exact_command(tmp_path: Path, monkeypatch) -> None:
    port = tmp_path / "ttyUSB0"
    port.touch()
    monkeypatch.setattr(os, "access", lambda *_: False)
    monkeypatch.setattr(laptop, "_group_of", lambda _: "uucp")
    found = list(laptop._permissions([Port(str(port), "CP2104", "10c4:ea60", is_board=True)]))
    assert found[0].severity == Severity.ERROR
    assert "sudo usermod -a -G uucp $USER" in found[0].what_to_do


def test_a_board_without_a_port_names_its_driver(tmp_path: Path, monkeypatch) -> None:
    device = tmp_path / "1-2"
    (device / "1-2:1.0").mkdir(parents=True)
    (device / "idVendor").write_text("1a86\n")
    (device / "idProduct").write_text("7523\n")
    monkeypatch.setattr(laptop, "_USB", tmp_path)
    found = list(laptop._drivers())
    assert "modprobe ch341" in found[0].what_to_do
    assert "brltty" in found[0].what_to_do
    (device / "1-2:1.0" / "ttyUSB0").mkdir()
    assert not list(laptop._drivers())


def test_modem_manager_is_reported_only_where_there_is_a_board(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "77").mkdir()
    (tmp_path / "77" / "comm").write_text("ModemManager\n")
    monkeypatch.setattr(laptop, "_PROCESSES", tmp_path)
    assert not list(laptop._modem_manager([]))
    found = list(laptop._modem_manager([Port("/dev/ttyUSB0", "", "10c4:ea60", is_board=True)]))
    assert "99-clapmark.rules" in found[0].what_to_do


def test_a_real_device_over_the_link_is_well_and_stays_as_it_is(tmp_path: Path) -> None:
    with Device(tmp_path) as device:
        code, out, err = type_(
            "doctor",
            "--json",
            "--port",
            device.port,
            "--archive",
            tmp_path,
            variables={"CLAPMARK_CLOCK": str(device.clock)},
        )
        assert code == 0, out + err
        findings = json.loads(out)
        texts = " ".join(finding["what"] for finding in findings)
        assert "protocol 1" in texts
        assert "KB free" in texts
        assert "runs MicroPython" in texts
        assert not [finding for finding in findings if finding["severity"] in ("error", "warning")], texts


def test_no_answer_and_no_port_are_exit_code_3(tmp_path: Path) -> None:
    code, out, _ = type_("doctor", "--port", tmp_path / "none", "--archive", tmp_path)
    assert code == 3
    assert "ERROR" in out
    assert "->" in out
