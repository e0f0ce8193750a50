"""Takes a picture of every screen on every board: `make screens` renews docs/screens/, the test compares with it.

Each session is a run of the real firmware in the virtual device, with the presses that lead to its screens.
"""

import json
import shutil
import sys
import tempfile
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from PIL import Image

from clapmark.schedule import Schedule, Talk, to_device_format
from clapmark.sim import Simulation, parse_script
from clapmark.sim.models.nor_flash import SECTOR_BYTES
from clapmark.sim.schedule_steps import pack
from clapmark.sim.script import Screenshot
from clapmark.sim.state_folder import JOURNAL_BYTES

ROOT = Path(__file__).parents[2]
REFERENCES = ROOT / "docs" / "screens"
MOMENTS = ROOT / "host" / "clapmark" / "web" / "site" / "device" / "screens.json"
BOARDS = ("tdisplay", "m5stickc-plus2", "oled")
SCALE = {"oled": 2}  # how much larger the pictures are than the panel, whose pixels are larger than the others'

NOW = datetime(2026, 5, 15, 13, 12, tzinfo=UTC)

# stands before the app's main.py: the panel's bus fails once, in an unexpected way
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

_DAY = """3 screenshot note.png
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
448 hold B 900ms
449.5 press B
449.9 press B
450.3 press B
450.7 hold B 900ms
452 screenshot menu-stop.png
452.5 hold B 900ms
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

FAULT = "3 press A\n8 screenshot fault.png\n9 end\n"
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


def conference(script: str) -> str:
    """Return the script with what a laptop does before it: sets the clock, and puts the schedule on the device."""
    utc_ms = int(NOW.timestamp() * 1000)
    return f"seed 7\n0.8 send time utc={utc_ms} err=0 offset=0\n1 schedule {pack(schedule())}\n{script}"


@dataclass(frozen=True)
class Session:
    """A script, and how the device differs from a new one: its files, by name, and the size of its journal."""

    script: str
    files: dict[str, str] = field(default_factory=dict)
    journal_bytes: int = JOURNAL_BYTES

    def prepare(self, state: Path) -> None:
        """Prepare a state folder."""
        (state / "files").mkdir(parents=True)
        for name, text in self.files.items():
            (state / "files" / name).write_text(text)
        (state / "flash.bin").write_bytes(b"\xff" * self.journal_bytes)


SESSIONS = (
    Session(conference(_DAY)),
    Session(INFO),
    Session(FULL, journal_bytes=3 * SECTOR_BYTES),
    Session(conference(FAULT), {"main.py": BREAK_BUS}),
    Session(SAFE),
)


def take(board: str) -> dict[str, Image.Image]:
    """Return the picture of each screen of a board, by name, as docs/screens/ has it."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for number, session in enumerate(SESSIONS):
            state = Path(folder) / str(number)
            session.prepare(state)
            if Simulation(state, board, parse_script(session.script)).run():
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


def moments() -> dict[str, object]:
    """Return what the device page needs to play a session up to the moment of a screen: screens.json."""
    found = {}
    for number, session in enumerate(SESSIONS):
        for step in parse_script(session.script).steps:
            if isinstance(step.action, Screenshot):
                found[Path(step.action.name).stem] = [number, step.at_us]
    return {"sessions": [asdict(session) for session in SESSIONS], "screens": found}


def main() -> int:
    """Renew docs/screens/ and the device page's screens.json."""
    MOMENTS.write_text(json.dumps(moments(), indent=1) + "\n", encoding="ascii")
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
