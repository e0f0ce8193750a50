"""Every screen, drawn by the firmware on MicroPython, sent by its driver, and looked at through the controller's model.

With CLAPMARK_SCREENS set to a folder, the pictures are kept there as PNG.
"""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

from clapmark.firmware_build.micropython import find_micropython
from clapmark.sim.board import PanelModel
from clapmark.sim.models.ssd1306 import SSD1306Model
from clapmark.sim.models.st7789 import ST7789Model

ROOT = Path(__file__).parents[3]


@dataclass
class Scene:
    name: str
    picture: Image.Image
    canvas: Image.Image
    bytes_sent: int


@dataclass
class Panel:
    name: str
    model: PanelModel
    frame_bytes: int
    address_bytes: int  # what a whole frame needs besides
    most_share: float  # of a frame, a second of the countdown
    scenes: list[Scene]


@pytest.fixture(scope="module", params=["st7789", "ssd1306"])
def panel(request):
    if request.param == "st7789":
        # column, row and write commands
        found = Panel("st7789", ST7789Model(), 240 * 135 * 2, 11, 1 / 6, [])
    else:
        # the window, and the control byte of each page; the address byte of each transaction; two rectangles at most,
        # whose last columns are sent twice
        found = Panel("ssd1306", SSD1306Model(), 128 * 64 // 8, 2 * (7 + 8 + 9) + 8, 1 / 4, [])
    found.scenes = scenes_of(found)
    return found


def scenes_of(panel):
    # the modules are compiled here, from source, which takes more heap than the device has
    command = [
        *find_micropython(32),
        "-X",
        "heapsize=1m",
        str(ROOT / "tests/support/device/screens_on_bus.py"),
        panel.name,
    ]
    output = subprocess.run(
        command, env={**os.environ, "MICROPYPATH": f"{ROOT}:.frozen"}, stdout=subprocess.PIPE, check=True, cwd=ROOT
    ).stdout
    found = []
    at = sent = 0
    name = ""
    canvas = b""
    while at < len(output):
        letter = output[at : at + 1]
        end = at + 4 + int.from_bytes(output[at + 1 : at + 4], "big")
        data = output[at + 4 : end]
        at = end
        if letter in b"cdi":
            panel.model.feed(int(letter == b"d"), data)
            sent += len(data) + (letter == b"i")
        elif letter == b"n":
            name = data.decode()
        elif letter == b"p":
            canvas = data
        else:
            picture = panel.model.picture()
            found.append(Scene(name, picture, canvas_picture(canvas, data, picture.size), sent))
            sent = 0
    folder = os.environ.get("CLAPMARK_SCREENS")
    if folder:
        for scene in found:
            if scene.name != "tick":
                scene.picture.save(Path(folder) / f"{panel.name}-{scene.name}.png")
    return found


def canvas_picture(canvas, palette, size):
    """Return the canvas as the panel can show it: five bits of red and blue, six of green."""
    shades = []
    for number in range(4):
        red, green, blue = palette[3 * number : 3 * number + 3]
        shades += [red & 0xF8 | red >> 5, green & 0xFC | green >> 6, blue & 0xF8 | blue >> 5]
    image = Image.frombytes("P", size, canvas)
    image.putpalette(shades)
    return image.convert("RGB")


def test_the_driver_keeps_the_controllers_rules(panel):
    assert panel.scenes
    assert panel.model.violations == []


def test_the_panel_shows_the_canvas_after_every_refresh(panel):
    for scene in panel.scenes:
        assert scene.picture.tobytes() == scene.canvas.tobytes(), scene.name


def test_no_refresh_sends_more_than_a_frame_and_its_addresses(panel):
    assert max(scene.bytes_sent for scene in panel.scenes[1:]) <= panel.frame_bytes + panel.address_bytes


def test_a_countdown_sends_less_than_its_share_of_a_frame_per_second(panel):
    ticks = [scene.bytes_sent for scene in panel.scenes if scene.name == "tick"]
    assert len(ticks) > 200
    assert sum(ticks) / len(ticks) < panel.frame_bytes * panel.most_share
    print("bytes per tick:", sum(ticks) / len(ticks), "of", panel.frame_bytes)


def test_stages_differ_without_colour(panel):
    """Seen as a panel of one colour shows them, lit or dark, no two stages look alike above the digits."""
    stages = ("running", "one-finger", "two-fingers", "applause", "overtime", "paused")
    bands = []
    for name in stages:
        scene = next(scene for scene in panel.scenes if scene.name == f"countdown-{name}")
        width, height = scene.picture.size
        band = scene.picture.crop((0, 0, width, height // 6))
        bands.append(band.convert("L").point(lambda value: 255 if value else 0).tobytes())
    for index, one in enumerate(bands):
        for other in bands[index + 1 :]:
            differing = sum(a != b for a, b in zip(one, other, strict=True))
            assert differing > len(one) // 30
