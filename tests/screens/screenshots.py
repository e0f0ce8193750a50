"""Takes a picture of every screen on every board: `make screens` renews docs/screens/, the test compares with it.

Each session is a run of the real firmware in the virtual device, with the presses that lead to its screens.
"""

import shutil
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from PIL import Image

from clapmark.schedule import Schedule, Talk, to_device_format
from clapmark.sim import Simulation, parse_script
from clapmark.sim.models.nor_flash import SECTOR_BYTES

ROOT = Path(__file__).parents[2]
REFERENCES = ROOT / "docs" / "screens"
BOARDS = ("tdisplay", "m5stickc-plus2", "oled")
SCALE = {"oled": 2}  # how much larger the pictures are than the panel; beside the others, its pixels are large

NOW = datetime(2026, 5, 15, 13, 12, tzinfo=UTC)

# boot.py of the first start: sets the clock that runs through a reset, as a laptop would have done before
SET_CLOCK = f"""
import machine, os
machine.RTC().datetime(({NOW.year}, {NOW.month}, {NOW.day}, 0, {NOW.hour}, {NOW.minute}, 0, 0))
os.remove("boot.py")
machine.reset()
"""

# stands before the app's main.py: the panel's bus fails once, in a way that nobody has foreseen
BREAK_BUS = """
import machine, time

def failing(bus):
    def send(self, *data):
        if time.ticks_ms() > 2000 and not broken:
            broken.append(1)
            raise RuntimeError("bus is stuck")
        return usual(self, *data)

    name = "write" if hasattr(bus, "write") else "writeto"
    usual = getattr(bus, name)
    broken = []
    return type("Bus", (bus,), {name: send})

machine.SPI = failing(machine.SPI)
machine.I2C = failing(machine.I2C)
exec(open("../app/main.py").read())
"""

DAY = """seed 7
3 screenshot note.png
4 press A
4.4 screenshot note-saved.png
5 press B
5.4 screenshot note-new-tag.png
6.5 hold B 900ms
7.6 screenshot note-taken-back.png
14 hold A 4s
16 screenshot note-passage.png
26 screenshot note-marks.png
30 hold B 900ms
31 press B
31.5 screenshot menu.png
32 hold B 900ms
33.5 screenshot menu-talks.png
50 hold B 900ms
51 press B
51.5 press B
52 hold B 900ms
53.5 screenshot menu-presets.png
54 hold B 900ms
56 screenshot countdown-ready.png
60 press B
133.5 screenshot countdown-running.png
134 press A
134.4 screenshot countdown-saved.png
140 press B
141 screenshot countdown-paused.png
142 press B
321.5 screenshot countdown-one-finger.png
352.5 screenshot countdown-two-fingers.png
364.5 screenshot countdown-applause.png
445.5 screenshot countdown-overtime.png
450 hold B 900ms
451 press B
452 hold B 900ms
454 screenshot countdown-stopped.png
460 hold B 900ms
461 press B
461.4 press B
461.8 press B
462.2 press B
462.6 press B
463 press B
463.5 hold B 900ms
466 screenshot clock.png
470 end
"""

INFO = """seed 7
1 screenshot note-no-talk.png
3 hold B 900ms
4.5 press B
5 hold B 900ms
7 screenshot clock-not-set.png
10 hold B 900ms
11.3 press B
11.6 press B
11.9 press B
12.2 press B
13 hold B 900ms
15 screenshot info.png
20 end
"""

FULL = (
    "seed 7\n"
    + "".join(f"{2 + number} press A\n" for number in range(400))
    + """401.4 screenshot note-not-saved.png
406 hold B 900ms
408 hold B 900ms
409.5 hold B 900ms
411 press B
419.5 press A
420 screenshot countdown-not-saved.png
430 end
"""
)

FAULT = "seed 7\n3 press A\n8 screenshot fault.png\n9 end\n"
SAFE = "seed 7\n0.1 press A 1500ms\n4 screenshot safe-mode.png\n5 end\n"


def schedule() -> bytes:
    """Return a small conference, in the device's form."""
    begins = NOW - timedelta(minutes=12)
    titles = (
        ("Shipping Python to small machines: what we learned from ten thousand boards", "Elana Hashman"),
        ("Café, naïve, Übung: text is hard", "Åsa Østergaard"),
        ("Tests that cannot fail", "Lynn Root"),
    )
    talks = [
        Talk(
            id=f"talk-{number}",
            title=title,
            start=begins + timedelta(minutes=45 * number),
            end=begins + timedelta(minutes=45 * number + 30),
            room="Ballroom A",
            speakers=(speaker,),
        )
        for number, (title, speaker) in enumerate(titles)
    ]
    return to_device_format(Schedule("small", "Small Conference", "UTC", NOW.date(), NOW.date(), tuple(talks)))


def _prepare_day(state: Path) -> None:
    (state / "files" / "schedule.txt").write_bytes(schedule())
    (state / "files" / "boot.py").write_text(SET_CLOCK)


def _prepare_full(state: Path) -> None:
    (state / "flash.bin").write_bytes(b"\xff" * SECTOR_BYTES * 3)


def _prepare_fault(state: Path) -> None:
    _prepare_day(state)
    (state / "files" / "main.py").write_text(BREAK_BUS)


SESSIONS: tuple[tuple[str, Callable[[Path], None]], ...] = (
    (DAY, _prepare_day),
    (INFO, lambda state: None),
    (FULL, _prepare_full),
    (FAULT, _prepare_fault),
    (SAFE, lambda state: None),
)


def take(board: str) -> dict[str, Image.Image]:
    """Return the picture of each screen of a board, by name, as docs/screens/ has it."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for number, (script, prepare) in enumerate(SESSIONS):
            state = Path(folder) / str(number)
            (state / "files").mkdir(parents=True)
            prepare(state)
            if Simulation(state, board, parse_script(script)).run():
                raise RuntimeError((state / "device.log").read_text(errors="replace"))
            for path in sorted(state.glob("*.png")):
                with Image.open(path) as picture:
                    scale = SCALE.get(board, 1)
                    size = (picture.width * scale, picture.height * scale)
                    found[path.stem] = picture.convert("RGB").resize(size, Image.Resampling.NEAREST)
    return found


def reference(board: str, name: str) -> Path:
    """Return the path of a screen's picture in the documentation."""
    return REFERENCES / board / f"{name}.png"


def main() -> int:
    """Renew docs/screens/."""
    for board in BOARDS:
        shutil.rmtree(REFERENCES / board, ignore_errors=True)
        (REFERENCES / board).mkdir(parents=True)
        pictures = take(board)
        for name, picture in pictures.items():
            picture.quantize(16, dither=Image.Dither.NONE).save(reference(board, name), optimize=True)
        print(f"{board}: {len(pictures)} screens in {REFERENCES.relative_to(ROOT)}/{board}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
