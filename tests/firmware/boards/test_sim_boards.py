"""The boards, run by the real firmware in the virtual device: as they should be, wrongly described, and broken."""

import itertools
import json
import re
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from clapmark.link.client import LinkClient, SerialTransport
from clapmark.sim import Event, EventKind, Simulation, parse_script
from clapmark.sim.models.ssd1306 import SSD1306Model
from clapmark.sim.models.st7789 import ST7789Model
from clapmark.sim.wiring import BOARDS, Wiring

ROOT = Path(__file__).parents[3]
OLED = BOARDS["oled"]

# replaces main.py: builds the board, and stores its description
DESCRIBE = """
import json
from firmware import boards
try:
    board = boards.load()
    found = {"problems": list(board.problems), "buttons": len(board.buttons.contacts),
             "battery": board.battery_percent(), "sounders": len(board.sounders), "lights": len(board.lights)}
except boards.BoardError as error:
    found = {"error": str(error)}
with open("found.json", "w") as file:
    json.dump(found, file)
"""


class Run:
    """One run of the app; `models` are the panels' controllers, one for each time the power came."""

    def __init__(self, folder: Path, wiring: Wiring, script: str, **files: str) -> None:
        # a main.py of our own needs the modules by their full names, so from source, which takes more heap
        from_source = {"app": ROOT, "heap_bytes": 1 << 20} if "main_py" in files else {}
        self.state = folder / "state"
        self.events: list[Event] = []
        self.models: list = []
        (self.state / "files").mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (self.state / "files" / name.replace("_", ".")).write_text(text)
        model = SSD1306Model if wiring.name == "oled" else ST7789Model

        def new_panel():
            self.models.append(model())
            return self.models[-1]

        simulation = Simulation(
            self.state,
            wiring,
            parse_script(script),
            new_panel=new_panel,
            on_event=self.events.append,
            **from_source,
        )
        assert simulation.run() == 0, self.events

    def picture(self, name: str) -> Image.Image:
        return Image.open(self.state / name)

    def records(self, kind: bytes) -> list[bytes]:
        flash = (self.state / "flash.bin").read_bytes()
        return re.findall(rb"^\d+ \d+ \d+ " + kind + rb"[^\n]*", flash, re.MULTILINE)


def described(folder: Path, description: object, wiring: Wiring = OLED) -> dict:
    """Return what the firmware makes of a board.json."""
    run = Run(folder, wiring, "3 end", main_py=DESCRIBE, board_json=json.dumps(description))
    return json.loads((run.state / "files" / "found.json").read_text())


def oled(**changes: object) -> dict:
    """Return the board.json of the virtual OLED board, with changes; None takes an entry away."""
    description = {"board": "oled", **OLED.description, **changes}
    return {key: value for key, value in description.items() if value is not None}


@pytest.mark.parametrize("name", BOARDS)
def test_each_board_marks_and_shows_it(tmp_path, name) -> None:
    run = Run(tmp_path, BOARDS[name], "2 screenshot before.png\n3 press A\n3.5 screenshot saved.png\n8 end")
    assert len(run.records(b"bookmark")) == 1
    assert run.models[-1].violations == []
    for picture in ("before.png", "saved.png"):
        assert len(run.picture(picture).getcolors(9999)) > 1
    assert run.picture("before.png").tobytes() != run.picture("saved.png").tobytes()


def test_every_board_has_the_parts_that_its_wiring_has(tmp_path) -> None:
    for name, wiring in BOARDS.items():
        folder = tmp_path / name
        folder.mkdir()
        found = described(folder, {"board": name, **wiring.description}, wiring)
        assert found["problems"] == []
        assert found["buttons"] == len(wiring.buttons)
        assert found["battery"] == (93 if wiring.battery else -1)  # 4.1 V
        assert found["sounders"] + found["lights"] == len(wiring.outputs.keys() & {"buzzer", "led", "vibration"})


def test_no_board_makes_a_sound_when_it_starts(tmp_path) -> None:
    for name, wiring in BOARDS.items():
        folder = tmp_path / name
        folder.mkdir()
        run = Run(folder, wiring, "3 end")
        assert not [
            event for event in run.events if event.text == "buzzer" and event.kind == EventKind.OUTPUT and event.number
        ]


def test_the_stick_keeps_its_power_before_it_does_anything_else(tmp_path) -> None:
    run = Run(tmp_path, BOARDS["m5stickc-plus2"], "3 end")
    outputs = [event for event in run.events if event.kind == EventKind.OUTPUT]
    assert (outputs[0].text, outputs[0].number) == ("hold", 1)
    assert all(event.number for event in outputs if event.text == "hold"), "and never lets it go"


@pytest.mark.parametrize(
    ("changes", "sentence", "buttons"),
    [
        ({"led": 7}, "board.json: led on pin 7: the flash is there", 3),
        ({"buzzer": 1}, "board.json: buzzer on pin 1: the serial line is there", 3),
        ({"buzzer": 35, "battery": None}, "board.json: buzzer on pin 35: it can only be an input", 3),
        ({"vibration": 24}, "board.json: vibration on pin 24: there is no such pin", 3),
        ({"led": "two"}, "board.json: led on pin two: there is no such pin", 3),
        ({"led": 2.5}, "board.json: led on pin 2.5: there is no such pin", 3),
        ({"led": 21}, "board.json: led on pin 21: sda is there already", 3),
        ({"sda": 22}, "board.json: scl on pin 22: sda is there already", 3),
        ({"battery": 4}, "board.json: battery on pin 4: only 32 to 39 can measure", 3),
        ({"address": 16}, "board.json: an SSD1306 has the address 60 or 61, not 16", 3),
        ({"buzer": 33, "buzzer": None}, 'board.json: nothing here is called "buzer"', 3),
        ({"buttons": [25, 25, 27]}, "board.json: button B on pin 25: button A is there already", 2),
        (
            {"buttons": [25, 34, 27]},
            'board.json: button B on pin 34: it has no pull-up; with a resistor say "pull": false',
            2,
        ),
        ({"buttons": [34, 26, 27]}, "board.json: the BOOT key marks instead", 3),
        ({"buttons": [25]}, 'board.json: "buttons" must list two or three pins; the BOOT key marks', 1),
        ({"buttons": None}, 'board.json: "buttons" must list two or three pins; the BOOT key marks', 1),
        ({"buttons": 25}, 'board.json: "buttons" must list two or three pins; the BOOT key marks', 1),
        ({"buttons": [None, {}, []]}, "board.json: button A on pin None: there is no such pin", 1),
    ],
)
def test_what_cannot_work_is_reported_and_the_rest_is_used(tmp_path, changes, sentence, buttons) -> None:
    found = described(tmp_path, oled(**changes))
    assert sentence in found["problems"]
    assert found["buttons"] == buttons


def test_a_button_with_its_own_resistor_may_be_on_an_input_pin(tmp_path) -> None:
    found = described(tmp_path, oled(buttons=[{"pin": 34, "pull": False}, 26]))
    assert (found["problems"], found["buttons"]) == ([], 2)


@pytest.mark.parametrize("text", ["[1, 2]", "7", '{"board": "tdisplay-s3"}', "{", '"oled"'])
def test_a_board_that_is_not_known_is_a_sentence(tmp_path, text) -> None:
    run = Run(tmp_path, OLED, "3 end", main_py=DESCRIBE, board_json=text)
    assert "board.json" in json.loads((run.state / "files" / "found.json").read_text())["error"]


PANEL_TROUBLE = {
    "at another address": replace(OLED.panel, address=0x3D),
    "data held low": replace(OLED.panel, shorted=frozenset({21})),
    "clock held low": replace(OLED.panel, shorted=frozenset({22})),
}


@pytest.mark.parametrize("panel", PANEL_TROUBLE.values(), ids=PANEL_TROUBLE)
def test_a_panel_that_does_not_answer_does_not_stop_marking(tmp_path, panel) -> None:
    presses = "".join(f"{second} press A\n" for second in range(3, 33, 3))
    run = Run(tmp_path, replace(OLED, panel=panel), presses + "40 end")
    marks = run.records(b"bookmark")
    assert len(marks) == 10
    assert run.models[-1].bytes_received == 0
    # the moment is the first edge, also while the bus is busy
    moments = [int(mark.split()[2]) for mark in marks]
    assert {later - earlier for earlier, later in itertools.pairwise(moments)} == {3000}


def test_a_line_that_is_held_low_is_named(tmp_path) -> None:
    wiring = replace(OLED, panel=PANEL_TROUBLE["clock held low"])
    assert described(tmp_path, oled(), wiring)["problems"] == ["scl, pin 22, is held low: a short?"]


def test_a_battery_pin_with_nothing_on_it_is_no_battery(tmp_path) -> None:
    assert described(tmp_path, oled(battery=36))["battery"] == -1


def test_what_is_wrong_in_board_json_is_on_the_screen_and_in_the_journal(tmp_path) -> None:
    run = Run(
        tmp_path, OLED, "3 screenshot fault.png\n4 press A\n9 end", board_json=json.dumps(oled(buzzer=35, battery=None))
    )
    (fault,) = run.records(b"fault")
    assert b"task=board" in fault
    assert b"buzzer" in fault
    assert len(run.records(b"bookmark")) == 1
    band = run.picture("fault.png").convert("L").crop((60, 0, 128, 11))
    assert {shade for _, shade in band.getcolors()} == {0, 255}, "the stripes of the fault screen"


def over_link(folder: Path, wiring: Wiring, description: dict, ask: Callable[[LinkClient], Any]) -> Any:
    """Return what the function `ask` gets from a board that runs in `folder`."""
    (folder / "files").mkdir(parents=True)
    (folder / "files" / "board.json").write_text(json.dumps(description))
    plugged = threading.Event()

    def on_event(event: Event) -> None:
        if event.kind == EventKind.PLUGGED:
            plugged.set()

    script = parse_script("3 screenshot panel.png\n3.1 plug\n3.2 end")
    simulation = Simulation(folder, wiring, script, on_event=on_event)
    runner = threading.Thread(target=simulation.run)
    runner.start()
    assert plugged.wait(30)
    with LinkClient(SerialTransport(simulation.port)) as client:
        answer = ask(client)
    runner.join(30)
    return answer


def hello_of(folder: Path, wiring: Wiring, description: dict) -> str:
    """Return the problem that a board tells the laptop."""
    return over_link(folder, wiring, description, lambda client: client.hello().problem)


@pytest.mark.parametrize("name", ["tdisplay", "oled"])
def test_the_laptop_sees_what_the_panel_shows(tmp_path, name) -> None:
    wiring = BOARDS[name]
    seen = over_link(tmp_path, wiring, {"board": name, **wiring.description}, lambda client: client.screen())
    with Image.open(tmp_path / "panel.png") as panel:
        assert (seen.width, seen.height) == panel.size
        lit = panel.convert("L").point(bool).tobytes()
    assert bytes(any(seen.palette[number]) for number in seen.pixels) == lit


def test_the_laptop_hears_what_does_not_work(tmp_path) -> None:
    lost = replace(OLED, panel=PANEL_TROUBLE["at another address"])
    assert hello_of(tmp_path / "1", OLED, oled()) == ""
    assert hello_of(tmp_path / "2", lost, oled()) == "The panel does not answer"
    assert hello_of(tmp_path / "3", OLED, oled(led=7)) == "board.json: led on pin 7: the flash is there"


def test_the_documentation_describes_the_virtual_board() -> None:
    text = (ROOT / "docs" / "new-board.md").read_text()
    (example,) = re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    assert json.loads(example) == oled()


def test_measuring_the_battery_presses_no_button(tmp_path) -> None:
    """The start of the ADC pulls GPIO 39 down for 80 ns, where the stick has its action button (ESP32 errata 3.11)."""
    run = Run(tmp_path, BOARDS["m5stickc-plus2"], "1 screenshot before.png\n118 screenshot after.png\n120 end")
    assert run.picture("before.png").tobytes() == run.picture("after.png").tobytes()


@pytest.mark.parametrize("name", ["m5stickc-plus2", "oled"])
def test_a_battery_that_runs_down_is_reported(tmp_path, name) -> None:
    script = (
        "1 screenshot full.png\n10 battery 3400mV\n60 screenshot low.png\n"
        "61 battery 4000mV\n118 screenshot fresh.png\n120 end"
    )
    run = Run(tmp_path, BOARDS[name], script)
    assert run.picture("low.png").tobytes() != run.picture("full.png").tobytes()
    assert run.picture("fresh.png").tobytes() == run.picture("full.png").tobytes()


@pytest.mark.parametrize("name", BOARDS)
def test_safe_mode_shows_itself_on_every_board(tmp_path, name) -> None:
    run = Run(tmp_path, BOARDS[name], "0.1 press A 1500ms\n4 screenshot safe.png\n5 end")
    assert run.models[-1].violations == []
    assert len(run.picture("safe.png").getcolors(9999)) > 1
    (fault,) = run.records(b"fault")
    assert b"safe-mode" in fault
