"""A room: an archive with twelve lightning talks, a virtual device, a stage as its own process, and Chromium."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from clapmark.sim import Event, EventKind
from clapmark.sim.script import parse_action
from tests.support.desk import Device, Laptop

SPEAKERS = (
    "Ada Lovelace", "Grace Hopper", "Mary Jackson", "Radia Perlman", "Joan Clarke", "Karen Spärck Jones",
    "Hedy Lamarr", "Barbara Liskov", "Frances Allen", "Margaret Hamilton", "Annie Easley", "Katherine Johnson",
)  # fmt: skip
MINUTES = 5
TITLE = "{}: What {} says of <b>bold</b> ideas"


def find_chromium() -> str | None:
    """Return the path of the system's Chromium, or None."""
    return next(
        (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
    )


def lightning_csv(start: datetime, title: str) -> str:
    """Return a schedule of twelve lightning talks from `start` on, five minutes each."""
    rows = ["Title,Date,Start,End,Room,Speakers,Type"]
    for number, speaker in enumerate(SPEAKERS):
        begin = start + timedelta(minutes=MINUTES * number)
        end = begin + timedelta(minutes=MINUTES)
        times = f"{begin:%Y-%m-%d},{begin:%H:%M},{end:%H:%M}"
        rows.append(f"{title.format(number + 1, speaker.split()[0])},{times},Hall A,{speaker},lightning")
    return "\n".join(rows) + "\n"


def prepare(
    laptop: Laptop, folder: Path, start: datetime, title: str = "{}: What {} says of <b>bold</b> ideas"
) -> None:
    """Load the session into the laptop's archive; `title` gets the number and the speaker's first name."""
    source = folder / "lightning.csv"
    source.write_text(lightning_csv(start, title), encoding="utf-8")
    answer = laptop.type_here(
        "schedule", "load", str(source), "--zone", "UTC", "--title", "PyCon Example", "--conference", "example"
    )
    assert answer.code == 0, answer.stderr


class StageProcess:
    """`clapmark stage` as a user starts it."""

    def __init__(self, folder: Path, *words: str, variables: dict[str, str] | None = None) -> None:
        self.home = folder / "home"
        self.log = folder / "stage.log"
        self._environment = os.environ | {"XDG_STATE_HOME": str(self.home), "PYTHONUNBUFFERED": "1"} | (variables or {})
        self._words = words
        self.start()

    def start(self) -> None:
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "clapmark", "stage", *self._words], stderr=log, stdout=log, env=self._environment
            )
        end = time.monotonic() + 60
        while not (found := re.search(r"http://127\.0\.0\.1:(\d+)/#(\S+)", self.log.read_text(encoding="utf-8"))):
            assert self.process.poll() is None and time.monotonic() < end, self.log.read_text(encoding="utf-8")
            time.sleep(0.05)
        self.port, self.token = int(found[1]), found[2]
        self.url = f"http://127.0.0.1:{self.port}"
        while True:
            try:
                self.get("/api/1/state")
                return
            except OSError:
                assert time.monotonic() < end
                time.sleep(0.05)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(20)

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(self.url + path, timeout=10) as answer:
            data = answer.read()
        return json.loads(data) if path.startswith("/api/1/state") else data.decode()

    def state(self) -> dict[str, Any]:
        return self.get("/api/1/state")

    def command(self, **values: object) -> tuple[int, str]:
        """Send a command; return its status and sentence."""
        values.setdefault("id", os.urandom(8).hex())
        request = urllib.request.Request(
            f"{self.url}/api/1/commands", json.dumps(values).encode(), {"authorization": f"Bearer {self.token}"}
        )
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, json.loads(answer.read())["say"]
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())["say"]

    def wait(self, check: Any, timeout_s: float = 90) -> dict[str, Any]:
        """Return the state as soon as `check(state)` holds."""
        end = time.monotonic() + timeout_s
        while not check(state := self.state()):
            assert time.monotonic() < end, json.dumps(state, indent=1)
            time.sleep(0.05)
        return state


class PressedDevice(Device):
    """A virtual device whose buttons can be pressed; `edges` has the wall time in ms at which each key went down."""

    edges: list[float]

    def _on_event(self, event: Event) -> None:
        if event.kind == EventKind.PRESSED:
            self.edges = [*getattr(self, "edges", []), time.time() * 1000]
        super()._on_event(event)

    def do(self, action: str) -> None:
        self.simulation.post(parse_action(action.split()))


@contextmanager
def open_browser() -> Iterator[Any]:
    """Start Chromium; give Playwright's browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_chromium(), args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required"]
        )
        yield browser
        browser.close()


def soon() -> datetime:
    """Return the full minute that comes next, UTC."""
    return datetime.now(UTC).replace(second=0, microsecond=0, tzinfo=None) + timedelta(minutes=1)
