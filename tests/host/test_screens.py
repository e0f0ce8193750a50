"""Every screen, drawn by the firmware on MicroPython, sent by its driver, and looked at through the controller's model.

With CLAPMARK_SCREENS set to a folder, the pictures are kept there as PNG.
"""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

from clapmark.micropython import find_micropython
from clapmark.sim.st7789 import ST7789Model

ROOT = Path(__file__).parents[2]
FRAME_BYTES = 240 * 135 * 2


@dataclass
class Scene:
    name: str
    picture: Image.Image
    canvas: Image.Image
    bytes_sent: int


@pytest.fixture(scope="module")
def model():
    return ST7789Model()


@pytest.fixture(scope="module")
def scenes(model):
    # the modules are compiled here, from source, which takes more heap than the device has
    command = [*find_micropython(32), "-X", "heapsize=1m", str(ROOT / "tests/host/screens_on_bus.py")]
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
        if letter in b"cd":
            model.feed(int(letter == b"d"), data)
            sent += len(data)
        elif letter == b"n":
            name = data.decode()
        elif letter == b"p":
            canvas = data
        else:
            found.append(Scene(name, model.picture(), canvas_picture(canvas, data), sent))
            sent = 0
    folder = os.environ.get("CLAPMARK_SCREENS")
    if folder:
        for scene in found:
            if scene.name != "tick":
                scene.picture.save(Path(folder) / f"{scene.name}.png")
    return found


def canvas_picture(canvas, palette):
    """Return the canvas as the panel can show it: five bits of red and blue, six of green."""
    shades = []
    for number in range(4):
        red, green, blue = palette[3 * number : 3 * number + 3]
        shades += [red & 0xF8 | red >> 5, green & 0xFC | green >> 6, blue & 0xF8 | blue >> 5]
    image = Image.frombytes("P", (240, 135), canvas)
    image.putpalette(shades)
    return image.convert("RGB")


def test_the_driver_keeps_the_controllers_rules(model, scenes):
    assert scenes
    assert model.violations == []


def test_the_panel_shows_the_canvas_after_every_refresh(scenes):
    for scene in scenes:
        assert scene.picture.tobytes() == scene.canvas.tobytes(), scene.name


def test_no_refresh_sends_more_than_a_frame_and_its_addresses(scenes):
    assert max(scene.bytes_sent for scene in scenes[1:]) <= FRAME_BYTES + 11


def test_a_countdown_sends_less_than_a_sixth_of_a_frame_per_second(scenes):
    ticks = [scene.bytes_sent for scene in scenes if scene.name == "tick"]
    assert len(ticks) > 200
    assert sum(ticks) / len(ticks) < FRAME_BYTES / 6
    print("bytes per tick:", sum(ticks) / len(ticks), "of", FRAME_BYTES)


def test_stages_differ_without_colour(scenes):
    """Seen as a panel of one colour shows them, lit or dark, no two stages look alike above the digits."""
    stages = ("running", "one-finger", "two-fingers", "applause", "overtime", "paused")
    bands = []
    for name in stages:
        scene = next(scene for scene in scenes if scene.name == f"countdown-{name}")
        bands.append(
            scene.picture.crop((0, 0, 240, 22)).convert("L").point(lambda value: 255 if value else 0).tobytes()
        )
    for index, one in enumerate(bands):
        for other in bands[index + 1 :]:
            differing = sum(a != b for a, b in zip(one, other, strict=True))
            assert differing > 200
