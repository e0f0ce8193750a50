"""Every script of the repository that the virtual device and the page's device can both play, by name."""

import ast
import re
from dataclasses import dataclass, field
from pathlib import Path

from clapmark.base.errors import UsageError
from clapmark.sim import parse_script
from clapmark.sim.models.nor_flash import SECTOR_BYTES
from tests.screens import screenshots

ROOT = Path(__file__).parents[3]
_PLAYED = ("screens", "web")  # their scripts are played with the files that belong to them
DEMO = ROOT / "host" / "clapmark" / "sim" / "demo" / "afternoon.script"

# what a laptop does at the two `plug` of the demo, at fixed times
_LAPTOP = (
    "send hello protocol=1\n+0.2 send time utc=1556910005000 err=3 offset=-14400\n+0.2 send get from=1\n"
    "+1 send status\n+0.2 send screen\n+1 send settings"
)

CABLE = """seed 11
1 send hello protocol=1
1.5 send time utc=1778812345678 err=4 offset=36000
2 send settings do=get name=tags
4 press A
4.4 screenshot saved.png
5 press B
9 hold A 3s
12.0005 send get from=1
13 send status
14 send screen
15 send schedule do=data offset=7 data=AAAA
16 send nonsense x=1
17 send get from=0
18 press B 12ms
20 end
"""

# the power goes, and the chip is reset, inside a write to the flash, an erase, a press, a boot
CUTS = "seed 3\n" + "".join(
    f"{2 + 3 * number}.{number * 7717 % 1_000_000:06d} press A {12 + 11 * number}ms\n"
    f"{2 + 3 * number}.{(number * 7717 + 800 * number) % 1_000_000:06d} {'reset' if number % 3 else 'power-cut'}\n"
    for number in range(1, 40)
)  # fmt: skip

PRESSES = "seed 5\n" + "".join(
    f"{1 + number * 1.31:.3f} press {'ABC'[number * number % 3]} {20 + number * 137 % 1200}ms\n" for number in range(90)
)


@dataclass(frozen=True)
class Job:
    """A script on a board; `files` and `journal_bytes` are what its new device has besides."""

    board: str
    script: str
    files: dict[str, str] = field(default_factory=dict)
    journal_bytes: int = 64 * SECTOR_BYTES


def _sessions() -> dict[str, Job]:
    names = ("day", "info", "full", "fault", "safe")
    return {
        f"{name} on {board}": Job(board, session.script, session.files, session.journal_bytes)
        for name, session in zip(names, screenshots.SESSIONS, strict=True)
        for board in screenshots.BOARDS
    }


def demo() -> str:
    """Return the script of the demo with a laptop that asks at fixed times instead of the `plug`."""
    lines = DEMO.read_text(encoding="utf-8").splitlines()
    return "\n".join(line.replace("plug", _LAPTOP) if " plug" in line else line for line in lines)


def _written() -> dict[str, Job]:
    """Return the scripts that are written out in the sources of the tests, played on the board with all the parts.

    Where a laptop comes in real time (`plug`), the device is asked once instead.
    """
    found: dict[str, Job] = {}
    for path in sorted(each for each in (ROOT / "tests").rglob("*.py") if each.parent.name not in _PLAYED):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or " end" not in node.value:
                continue
            script = re.sub(r"(?m)^(\S+) plug\b", r"\1 send hello protocol=1", node.value.strip()) + "\n"
            if _is_script(script) and script not in {job.script for job in found.values()}:
                found[f"{path.relative_to(ROOT / 'tests')}:{node.lineno}"] = Job("sim", script)
    return found


def _is_script(text: str) -> bool:
    try:
        parse_script(text).check_buttons(("A", "B", "C"))
    except UsageError:
        return False
    return True


# quick ones first; LONG take half a minute and more
SHORT = {
    name: job
    for name, job in {
        **_sessions(),
        "cable on sim": Job("sim", CABLE),
        "cuts on sim": Job("sim", CUTS),
        "presses on sim": Job("sim", PRESSES),
        "presses on m5stickc-plus2": Job("m5stickc-plus2", PRESSES),
    }.items()
    if not name.startswith(("day", "full")) or name == "day on oled"
}
LONG = {
    **{name: job for name, job in _sessions().items() if name not in SHORT},
    "demo on sim": Job("sim", demo()),
    **_written(),
}
