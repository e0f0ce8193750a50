"""What a device says of itself decides whether it gets the app at all, and which files of it."""

import pytest

from clapmark.base.errors import ClapmarkError
from clapmark.deploy.changes import Device, NotOursError, check_device, find_changes, parse_device
from clapmark.flash.device_files import app_files


@pytest.fixture(scope="module")
def app() -> dict[str, bytes]:
    return app_files()


ABOUT = "esp32 11014 1.23.0 900000\nGeneric ESP32 module with ESP32\n"


def test_what_the_device_says_of_itself_is_read() -> None:
    device = parse_device(ABOUT, "boot.py 00\nfirmware/app.mpy 11\n")
    assert device == Device(
        "esp32",
        "Generic ESP32 module with ESP32",
        (1, 23, 0),
        11014,
        900000,
        {"boot.py": "00", "firmware/app.mpy": "11"},
    )


@pytest.mark.parametrize(
    ("about", "says"),
    [
        ("rp2 4102 1.23.0 900000\nRaspberry Pi Pico with RP2040\n", "Raspberry Pi Pico"),
        ("esp32 11014 1.23.0 900000\nGeneric ESP32S3 module with ESP32S3\n", "ESP32S3"),
        ("esp32 11014 1.22.1 900000\nGeneric ESP32 module with ESP32\n", "1.23 or newer"),
        ("esp32 11013 1.23.0 900000\nGeneric ESP32 module with ESP32\n", "bytecode"),
        ("hello\n", "Unexpected answer"),
    ],
)
def test_a_board_that_is_not_ours_is_refused(app, about, says) -> None:
    with pytest.raises(ClapmarkError, match=says):
        check_device(parse_device(about, ""), app)


def test_both_ends_of_the_micropython_range_are_taken(app) -> None:
    for version in ("1.23.0", "1.29.0"):
        check_device(parse_device(ABOUT.replace("1.23.0", version), ""), app)


def test_other_files_of_the_device_are_none_of_our_business() -> None:
    device = parse_device(ABOUT, "main.py 00\nfirmware/old.mpy 11\nfirmware/notes.txt 22\nboard.json 33\n")
    changes = find_changes(device, {"main.py": b"x"})
    assert (changes.changed, changes.removed) == (["main.py"], ["firmware/old.mpy"])


def test_not_ours_is_a_usage_error() -> None:
    assert NotOursError("x").exit_code == 2
