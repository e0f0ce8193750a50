"""Plays a script on the virtual device (unix port) and on the page's device (WebAssembly), and compares nothing."""

import base64
import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from PIL import Image

from clapmark.base.errors import ClapmarkError
from clapmark.sim import Event, Simulation, parse_script
from clapmark.web.site_files import write_site
from tests.support.web.scripts import Job

ROOT = Path(__file__).parents[3]
_PLAYER = Path(__file__).with_name("play.mjs")
_NOT_COMPARED = {"output", "tone", "screenshot", "ended"}

# the first boot.py, on both: two MicroPythons differ in their version and in how much memory they use
_SAME_MACHINE = """
import gc, sys
from collections import namedtuple

class Memory:
    collect = gc.collect
    threshold = gc.threshold
    mem_free = staticmethod(lambda: 50000)
    mem_alloc = staticmethod(lambda: 90000)

sys.modules["gc"] = Memory
sys.implementation = namedtuple("implementation", ("name", "version", "_mpy"))("micropython", (1, 99, 0), 0)
execfile("../app/boot.py")
"""


@dataclass(frozen=True)
class Trace:
    """What a run left: the hash of each screenshot, the journal's flash, the serial line, and the events."""

    screenshots: dict[str, str]
    flash: bytes
    serial: bytes
    events: list[tuple[str, int, str, int]]


def on_unix(job: Job, folder: Path) -> Trace:
    """Play a job on the unix port, in a new state folder. Raises AssertionError if the run fails."""
    (folder / "files").mkdir(parents=True)
    for name, text in _files(job).items():
        (folder / "files" / name).write_text(text)
    (folder / "flash.bin").write_bytes(b"\xff" * job.journal_bytes)
    events: list[Event] = []
    code = Simulation(folder, job.board, parse_script(job.script), on_event=events.append).run()
    assert code == 0, (folder / "device.log").read_text(errors="replace")[-2000:]
    screenshots = {}
    for path in sorted(folder.rglob("*.png")):
        with Image.open(path) as picture:
            digest = hashlib.sha256(picture.convert("RGBA").tobytes()).hexdigest()
        screenshots[path.relative_to(folder).as_posix()] = digest
    return Trace(
        screenshots,
        (folder / "flash.bin").read_bytes(),
        (folder / "serial.log").read_bytes(),
        _compared((str(event.kind), round(event.at_s * 1e6), event.text, event.number) for event in events),
    )


def in_wasm(job: Job) -> Trace:
    """Play a job on the page's device, in node. Raises AssertionError if the run fails."""
    task = {
        "board": job.board,
        "script": job.script,
        "files": {name: base64.b64encode(text.encode()).decode() for name, text in _files(job).items()},
        "journal_bytes": job.journal_bytes,
    }
    command = [str(shutil.which("node")), str(_PLAYER), str(site())]
    done = subprocess.run(command, input=json.dumps(task), capture_output=True, text=True, check=False, timeout=900)
    assert done.returncode == 0, done.stderr[-2000:]
    result = json.loads(done.stdout)
    assert not result["failure"], result["failure"]
    assert not result["panel"], result["panel"]
    return Trace(
        result["screenshots"],
        base64.b64decode(result["flash"]),
        base64.b64decode(result["serial"]),
        _compared(tuple(event) for event in result["events"]),
    )


def why_not() -> str:
    """Return why the page's device cannot be run here, "" if it can."""
    if not shutil.which("node"):
        return "node is missing, which runs the page's device outside of a browser (apt-get install nodejs)"
    try:
        site()
    except ClapmarkError as error:
        return str(error)
    return ""


@cache
def site() -> Path:
    """Return the folder of the site, written now. Raises ClapmarkError."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "alone")  # each writes its own: another's would be replaced
    target = ROOT / "build" / "site-tested" / worker
    write_site(target, _ignore)
    return target


def _ignore(_text: str) -> None:
    pass


def _files(job: Job) -> dict[str, str]:
    return {"boot.py": _SAME_MACHINE, **job.files}


def _compared(events: Iterable[tuple[str, int, str, int]]) -> list[tuple[str, int, str, int]]:
    return [event for event in events if event[0] not in _NOT_COMPARED]
