"""One board with two names (macOS, the maker's driver next to Apple's) is one board; two boards are two."""

from types import SimpleNamespace

import pytest

from clapmark.link.ports import ports
from clapmark.link.serial_port import find_ports
from tests.support.command_line import type_

WCH = (0x1A86, 0x55D4)
CP210X = (0x10C4, 0xEA60)
APPLES, MAKERS = "/dev/cu.usbserial-0001", "/dev/cu.SLAB_USBtoUART"


def port(device: str, chip: tuple[int, int], serial: str | None, location: str | None) -> SimpleNamespace:
    return SimpleNamespace(
        device=device, vid=chip[0], pid=chip[1], serial_number=serial, location=location, description=""
    )


CH9102 = [
    port("/dev/cu.usbmodem1", WCH, "1", "20-3"),
    port("/dev/cu.wchusbserial1", WCH, "1", "20-3"),
]


@pytest.fixture
def plugged(monkeypatch):
    listed: list[SimpleNamespace] = []
    monkeypatch.setattr("serial.tools.list_ports.comports", lambda *_, **__: listed)
    return listed


@pytest.mark.parametrize(
    ("there", "expected"),
    [
        (CH9102, ["/dev/cu.wchusbserial1"]),
        (CH9102[:1], ["/dev/cu.usbmodem1"]),
        (
            [*CH9102, port("/dev/cu.wchusbserial2", WCH, "2", "20-4")],
            ["/dev/cu.wchusbserial1", "/dev/cu.wchusbserial2"],
        ),
        (
            [
                port(APPLES, CP210X, "0001", "20-1"),
                port(MAKERS, CP210X, "0001", "20-1"),
            ],
            [MAKERS],
        ),
        # clones have the same serial number, and one place each
        (
            [
                port(APPLES, CP210X, "0001", "20-1"),
                port(MAKERS, CP210X, "0001", "20-2"),
            ],
            [MAKERS, APPLES],
        ),
        # nothing is known of them
        (
            [port("/dev/cu.usbserial-1", WCH, None, None), port("/dev/cu.wchusbserial1", WCH, None, None)],
            ["/dev/cu.usbserial-1", "/dev/cu.wchusbserial1"],
        ),
        # a chip with two interfaces
        (
            [port("/dev/ttyUSB0", CP210X, "1", "1-2:1.0"), port("/dev/ttyUSB1", CP210X, "1", "1-2:1.1")],
            ["/dev/ttyUSB0", "/dev/ttyUSB1"],
        ),
    ],
)
def test_a_board_is_named_once_by_the_port_that_works(plugged, there, expected):
    plugged += there
    assert find_ports() == expected
    assert [one.name for one in ports()] == expected


def test_a_command_takes_the_one_board(plugged):
    plugged += CH9102
    code, _, err = type_("repl")
    assert code == 3 and "There is no port /dev/cu.wchusbserial1" in err


def test_two_boards_are_asked_for_each_once(plugged):
    plugged += [*CH9102, port("/dev/cu.wchusbserial2", WCH, "2", "20-4")]
    code, _, err = type_("repl")
    assert code == 2
    assert err.count("/dev/cu.") == 2 and "usbmodem" not in err


def test_a_named_port_is_used_with_any_name(plugged):
    plugged += CH9102
    assert [one.name for one in ports(("/dev/cu.usbmodem1",))] == ["/dev/cu.usbmodem1"]
