"""Bad input of every kind, on the real firmware: the device says what is wrong, and keeps marking.

A virtual board runs each case with the app as it is deployed, in a heap of 140 KB. At its end a laptop
asks the device what is wrong. More on pins: test_boards.py.
"""

import itertools
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image

from clapmark.archive import record
from clapmark.link.client import LinkClient, SerialTransport
from clapmark.link.frame_reader import Line
from clapmark.link.hello import Hello
from clapmark.schedule import Schedule, Talk, to_device_format
from clapmark.sim import EventKind, Simulation, parse_script
from clapmark.sim.script import Press
from clapmark.sim.wiring import BOARDS, Wiring
from clapmark.sim.world_clock import WorldClock
from tests.bench.app_figures import schedule_of
from tests.bench.support.worlds import World

OLED = BOARDS["oled"]
NINE = datetime(2019, 5, 3, 9, tzinfo=UTC)
MENU = "press B 900ms"
WRAP_MS = 1 << 30


@dataclass
class Life:
    """What a device said and kept."""

    world: World
    hello: Hello | None = None
    heard: list = field(default_factory=list)  # what the test asked it

    @property
    def marks(self) -> list[record.Record]:
        return self.world.records(record.BOOKMARK)

    @property
    def faults(self) -> list[bytes]:
        return [entry.fields["error"] for entry in self.world.records(record.FAULT)]

    def picture(self, name: str) -> bytes:
        with Image.open(self.world.state / f"{name}.png") as picture:
            return picture.convert("L").tobytes()


def live(
    folder: Path,
    wiring: Wiring | str,
    script: str,
    ask: Callable[[LinkClient, Simulation, Life], None] = lambda *_: None,
    flash_bytes: int = 0,
    **files: bytes | str,
) -> Life:
    """Play a script; then a laptop is plugged in, says hello, and asks what the test wants."""
    life = Life(World(folder, **files))
    if flash_bytes:
        (life.world.state / "flash.bin").write_bytes(b"\xff" * flash_bytes)
    plugged = threading.Event()

    def on_event(event) -> None:
        life.world.events.append(event)
        if event.kind in (EventKind.PLUGGED, EventKind.ENDED):
            plugged.set()

    steps = f"start {NINE.isoformat()}\n{script}\n+1 plug\n+0.1 end\n"
    simulation = Simulation(life.world.state, wiring, parse_script(steps), life.world.port, on_event=on_event)
    runner = threading.Thread(target=simulation.run)
    runner.start()
    try:
        assert plugged.wait(60)
        with LinkClient(SerialTransport(str(life.world.port))) as client:
            life.hello = client.hello()
            ask(client, simulation, life)
    finally:
        runner.join(30)
    return life


def board_json(**changes: object) -> str:
    """Return the board.json of the virtual OLED board, with changes; None takes an entry away."""
    description = {"board": "oled", **OLED.description, **changes}
    return json.dumps({key: value for key, value in description.items() if value is not None})


TWO_MARKS = "3 screenshot start.png\n4 press A\n5 screenshot saved.png\n9 press A\n13 screenshot end.png"


# pins


@pytest.mark.parametrize(
    ("buttons", "says"),
    [
        ([25, 25, 27], "board.json: button B on pin 25: button A is there already"),
        ([25, 26, 26], "board.json: button C on pin 26: button B is there already"),
        ([25, 22, 27], "board.json: button B on pin 22: scl is there already"),
    ],
)
def test_contradictory_button_pins(tmp_path, buttons, says) -> None:
    life = live(tmp_path, OLED, TWO_MARKS, board_json=board_json(buttons=buttons))
    assert life.hello.problem == says
    assert [says.encode().startswith(fault) for fault in life.faults] == [True], "as much of it as a record holds"
    assert len(life.marks) == 2
    assert life.picture("start") != life.picture("end"), "the fault screen, until somebody marks"


def test_a_mark_button_on_a_pin_that_is_taken_is_the_boot_key(tmp_path) -> None:
    wiring = replace(OLED, buttons={**OLED.buttons, "A": 0})
    life = live(tmp_path, wiring, TWO_MARKS, board_json=board_json(buttons=[21, 26, 27]))
    assert life.hello.problem == "board.json: button A on pin 21: sda is there already"
    assert b"board.json: the BOOT key marks instead" in life.faults
    assert len(life.marks) == 2


def test_a_panel_that_does_not_answer(tmp_path) -> None:
    life = live(tmp_path, replace(OLED, panel=replace(OLED.panel, address=0x3D)), TWO_MARKS)
    assert life.hello.problem == "The panel does not answer"
    assert [later.ms - earlier.ms for earlier, later in itertools.pairwise(life.marks)] == [5000]


@pytest.mark.parametrize(("pin", "name"), [(21, "sda"), (22, "scl")])
def test_an_i2c_bus_that_is_held_low(tmp_path, pin, name) -> None:
    life = live(tmp_path, replace(OLED, panel=replace(OLED.panel, shorted=frozenset({pin}))), TWO_MARKS)
    assert life.hello.problem == "The panel does not answer"
    assert life.faults == [b"%s, pin %d, is held low: a short?" % (name.encode(), pin)]
    assert [later.ms - earlier.ms for earlier, later in itertools.pairwise(life.marks)] == [5000]


def test_a_battery_pin_that_floats(tmp_path) -> None:
    life = live(tmp_path, OLED, TWO_MARKS + "\n90 screenshot late.png", board_json=board_json(battery=36))
    assert life.hello.problem == "battery, pin 36: nothing to measure"
    assert life.faults == [b"battery, pin 36: nothing to measure"]
    assert len(life.marks) == 2
    assert life.picture("end") == life.picture("late"), "no warning of a battery that is not there"


def test_measuring_a_battery_presses_no_button_of_a_makers_board(tmp_path) -> None:
    """The start of the ADC pulls GPIO 36 and 39 down for 80 ns (ESP32 errata 3.11)."""
    wiring = replace(OLED, buttons={"A": 39, "B": 26, "C": 36})
    keys = [{"pin": 39, "pull": False}, 26, {"pin": 36, "pull": False}]
    life = live(tmp_path, wiring, "30 press A\n120 screenshot x.png", board_json=board_json(buttons=keys))
    assert (len(life.marks), life.hello.problem, life.faults) == (1, "", [])


# files


@pytest.mark.parametrize(
    ("board", "content", "says"),
    [
        ("tdisplay", '{"version": 1, "brightness": 60, "tags": ["no', "settings.json is damaged: defaults in use"),
        ("m5stickc-plus2", "", "settings.json is damaged: defaults in use"),
        ("oled", b"\xff\x00\x80", "settings.json is damaged: defaults in use"),
        ("oled", "[1, 2]", "the settings are no list of names and values"),
        (
            "oled",
            '{"version": 99, "tags": ["mine"], "wings": 2}',
            "version: 1 to 1 (the only one that this firmware knows)",
        ),
    ],
)
def test_settings_that_were_cut_or_are_of_another_version(tmp_path, board, content, says) -> None:
    life = live(tmp_path, board, TWO_MARKS, settings_json=content)
    assert life.hello.problem == says
    assert [entry.fields["tag"] for entry in life.marks] == [b"mine" if "mine" in str(content) else b"note"] * 2


@pytest.mark.parametrize(
    ("board", "change", "says"),
    [
        ("tdisplay", lambda data: data.replace(b" 1 200 ", b" 9 200 ", 1), "Schedule damaged. Push it again."),
        ("m5stickc-plus2", lambda data: data[:5000], "Schedule damaged. Push it again."),
        ("oled", lambda _: b"", "Schedule damaged. Push it again."),
    ],
)
def test_a_schedule_that_was_changed_or_cut(tmp_path, board, change, says) -> None:
    life = live(
        tmp_path, board, TWO_MARKS + "\n15 press B 900ms\n17 press B 900ms", schedule_txt=change(schedule_of(200))
    )
    assert life.hello.problem == says
    assert len(life.marks) == 2
    assert not life.faults


def test_a_schedule_of_another_version(tmp_path) -> None:
    from firmware.core import schedule
    from firmware.core.lines import line

    body = bytearray(b"clapmark-schedule 2 0 0 0 later".ljust(schedule.ROW_BYTES))
    line.seal(body, schedule.ROW_BYTES - line.TRAILER_BYTES)
    life = live(tmp_path, "sim", TWO_MARKS, schedule_txt=bytes(body))
    assert life.hello.problem == "Schedule of another version. Update both sides."
    assert len(life.marks) == 2


def schedule_with(*talks: Talk) -> bytes:
    return to_device_format(Schedule("bench", "Bench", "UTC", NINE.date(), NINE.date(), talks))


@pytest.mark.parametrize("board", ["tdisplay", "m5stickc-plus2", "oled"])
def test_no_talks_at_all(tmp_path, board) -> None:
    # the menu's list of talks is empty: it closes; the next talk: there is none
    script = TWO_MARKS + f"\n20 {MENU}\n22 press B\n24 {MENU}\n30 press A\n31 screenshot later.png"
    life = live(tmp_path, board, script, schedule_txt=schedule_with())
    assert (life.hello.problem, life.faults, len(life.marks)) == ("", [], 3)
    assert not any("talk" in entry.fields for entry in life.marks)


@pytest.mark.parametrize("board", ["tdisplay", "m5stickc-plus2", "oled"])
def test_five_hundred_talks(tmp_path, board) -> None:
    """The clock says which one it is, among the last too; the menu offers the nearest ones."""
    seen: list[dict[str, bytes]] = []

    def ask(client: LinkClient, simulation: Simulation, life: Life) -> None:
        for hours in (0, 49.6):
            client.set_time(round((NINE + timedelta(hours=hours)).timestamp() * 1000), 1, 0)
            wait_for(lambda: client.status().get("talk") not in (None, *(one.get("talk") for one in seen)))
            seen.append(client.status())
            press(simulation, life, client)

    life = live(tmp_path, board, TWO_MARKS, ask, schedule_txt=schedule_of(500))
    assert (life.hello.problem, life.faults) == ("", [])
    talks = [entry.fields.get("talk") for entry in life.marks[2:]]
    assert [int(talk[1:]) // 5 for talk in talks] == [0, 99]
    assert min(int(one["heap_free"]) for one in seen) > 8 * 1024


@pytest.mark.parametrize("length_min", [0, -30])
def test_a_talk_without_end(tmp_path, length_min) -> None:
    """It is never the one that runs, but it can be picked, and stays until the next is."""
    talk = Talk(id="open", title="Open end", start=NINE, end=NINE + timedelta(minutes=length_min), room="Hall")
    script = f"2 {MENU}\n4 {MENU}\n6 {MENU}\n8 screenshot picked.png\n10 press A\n16 press A"
    life = live(tmp_path, "sim", script, schedule_txt=schedule_with(talk))
    assert (life.hello.problem, life.faults) == ("", [])
    assert [entry.fields.get("talk") for entry in life.marks] == [b"open", b"open"]


def test_a_row_without_an_end_is_damage_that_is_reported(tmp_path) -> None:
    from firmware.core import schedule
    from firmware.core.lines import line

    talk = Talk(id="open", title="Open end", start=NINE, end=NINE + timedelta(minutes=30), room="Hall")
    header, row = (schedule_with(talk)[at : at + schedule.ROW_BYTES] for at in (0, schedule.ROW_BYTES))
    fields = row[: -line.TRAILER_BYTES].rstrip().split(b"\t")
    body = bytearray(b"\t".join([*fields[:2], b"", *fields[3:]]).ljust(schedule.ROW_BYTES))
    line.seal(body, schedule.ROW_BYTES - line.TRAILER_BYTES)
    life = live(tmp_path, "sim", f"2 {MENU}\n4 {MENU}\n6 {MENU}\n10 press A\n16 press A", schedule_txt=header + body)
    assert life.hello.problem == "Schedule damaged. Push it again."
    assert len(life.marks) == 2


# time


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.01)


def press(simulation: Simulation, life: Life, client: LinkClient) -> None:
    """Press A, and wait until the device has kept it."""
    last = client.hello().last_seq
    simulation.post(Press("A", 40_000))
    wait_for(lambda: client.hello().last_seq > last)
    # the button must be up again
    up_ms = client.hello().ms + 150
    wait_for(lambda: client.hello().ms > up_ms)


def test_a_clock_that_jumps_both_ways(tmp_path) -> None:
    """Each mark keeps its own uptime, and the talk that runs by the clock of that moment."""
    jumps_min = (0, 65, -120, 10, 35)

    def ask(client: LinkClient, simulation: Simulation, life: Life) -> None:
        for minutes in jumps_min:
            client.set_time(round((NINE + timedelta(minutes=minutes)).timestamp() * 1000), 1, 0)
            running = minutes // 30 if minutes >= 0 else None
            wait_for(lambda: talk_number(client.status().get("talk")) == running)  # noqa: B023  at once
            press(simulation, life, client)

    life = live(tmp_path, "sim", "3 press A", ask, schedule_txt=schedule_of(200))
    assert (life.hello.problem, life.faults) == ("", [])
    assert [talk_number(entry.fields.get("talk")) for entry in life.marks] == [None, 0, 2, None, 0, 1]
    moments = [entry.ms for entry in life.marks]
    assert moments == sorted(moments), "uptime continues, independent of the clock"
    assert len(life.world.records(record.CLOCK)) == len(jumps_min)


def talk_number(talk: bytes | None) -> int | None:
    """Return the half hour in which a talk of `schedule_of` runs."""
    return None if talk is None else int(talk[1:]) // 5


PRESETS = '{"presets": [["short", 1, 30, 10]]}'
COUNTDOWN = (
    f"2 {MENU}\n4 {MENU}\n6 {MENU}\n8 press B\n30 press A\n49.95 press A 120ms\n52 screenshot running.png\n"
    "55 press B\n58 press B\n75 screenshot over.png\n76 press A"
)


def test_ticks_that_wrap_during_a_countdown(tmp_path, monkeypatch) -> None:
    """The chip's counter goes from 2^30 - 1 to 0 at the 50th second; nothing else is different."""
    usual = live(tmp_path / "usual", "sim", COUNTDOWN, settings_json=PRESETS)
    starts = WorldClock.chip_starts

    def chip_starts(self: WorldClock, *, power_up: bool, soft: bool) -> None:
        starts(self, power_up=power_up, soft=soft)
        self._ticks_zero_us = self.now_us - (WRAP_MS - 50_000) * 1000

    monkeypatch.setattr(WorldClock, "chip_starts", chip_starts)
    wrapped = live(tmp_path / "wrapped", "sim", COUNTDOWN, settings_json=PRESETS)
    assert wrapped.hello.problem == ""
    kinds = (record.BOOKMARK, record.COUNTDOWN)
    lives = [
        [(entry.kind, entry.ms, entry.fields) for entry in life.world.records(*kinds)] for life in (usual, wrapped)
    ]
    assert lives[0] == lives[1]
    assert [fields["do"] for kind, _, fields in lives[1] if kind == record.COUNTDOWN] == [
        b"start", b"stage", b"pause", b"resume", b"stage", b"stage", b"overtime"
    ]  # fmt: skip
    for name in ("running", "over"):
        assert usual.picture(name) == wrapped.picture(name)


# flash


def test_a_full_flash_says_not_saved_and_marks_again_when_the_laptop_has_fetched_it(tmp_path) -> None:
    count = 240
    presses = "".join(f"{10 + number * 0.2:.1f} press A 40ms\n" for number in range(count))

    def ask(client: LinkClient, simulation: Simulation, life: Life) -> None:
        (last,) = [item for item in client.records(life.hello.last_seq) if isinstance(item, Line)]
        client.commit(life.hello.epoch, life.hello.last_seq, last.data[-9:-1].decode())
        life.heard.append(len(life.marks))
        press(simulation, life, client)

    script = f"5 press A\n6 screenshot saved.png\n{presses}+0.3 screenshot refused.png\n+9 screenshot later.png"
    life = live(tmp_path, "sim", script, ask, flash_bytes=3 * 4096, settings_json='{"tags": ["sixteen-letters!"]}')
    assert life.hello.problem == "journal full"
    assert life.hello.percent == 100
    (before,) = life.heard
    assert 100 < before < count
    assert len(life.marks) == before + 1, "and it marks again"
    assert [entry.seq for entry in life.marks] == list(range(2, before + 3))
    pictures = {life.picture(name) for name in ("saved", "refused", "later")}
    assert len(pictures) == 3
    assert reddish(life, "refused") > 10 * reddish(life, "saved")


def reddish(life: Life, name: str) -> int:
    """Return how many pixels of a picture are red, as NOT SAVED is."""
    with Image.open(life.world.state / f"{name}.png") as picture:
        return sum(count for count, (red, green, blue) in picture.getcolors(9999) if red > green + blue)
