"""On an emulated ESP32 every pin reads 0 and an SPI transfer never ends: the laptop reaches the device all the same.

The model of it does as Espressif's QEMU is written to do (docs/hardware-facts.md). A chip whose
SPI is dead and whose pins work shows the way from a start that hangs to safe mode.
"""

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from clapmark.sim import EventKind
from clapmark.sim.wiring import BOARDS, Chip
from tests.host.sim.test_board_bad_input import live

QUIET = "1 screenshot start.png\n30 screenshot end.png"


def resets(life) -> list[str]:
    return [event.text for event in life.world.events if event.kind == EventKind.RESET]


def brightness(path: Path) -> int:
    with Image.open(path) as picture:
        return sum(picture.convert("L").tobytes())


@pytest.mark.parametrize(
    ("board", "problem"), [("sim", ""), ("tdisplay", ""), ("m5stickc-plus2", ""), ("oled", "The panel does not answer")]
)
def test_the_app_runs_on_an_emulated_chip(tmp_path, board, problem) -> None:
    life = live(tmp_path, replace(BOARDS[board], chip=Chip.EMULATOR), QUIET)
    assert life.hello.problem == problem
    assert life.hello.board == board
    assert resets(life) == []
    assert life.marks == [], "no button is pressed, at any level of the pins"


def test_a_start_that_hangs_ends_in_safe_mode(tmp_path) -> None:
    life = live(tmp_path, replace(BOARDS["tdisplay"], chip=Chip.DEAD_SPI), "200 screenshot end.png")
    assert resets(life) == ["by itself, watchdog"] * 3
    assert life.hello.problem == "Safe mode: only button A works. Because the last three starts crashed."
    assert brightness(life.world.state / "end.png") > 0, "the screen says so too, without the SPI peripheral"
