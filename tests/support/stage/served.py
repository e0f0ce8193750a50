"""A stage that is served by a thread of the test's process: its clock and what it shows can be set."""

import io
import json
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import uvicorn

from clapmark.base.environment import Environment
from clapmark.stage import clock
from clapmark.stage.anchor import Anchor
from clapmark.stage.rundown import Entry, Rundown
from clapmark.stage.serve import listen
from clapmark.stage.stage import Stage
from clapmark.stage.web.access import VALID_MS, Access, Tokens
from clapmark.stage.web.app import StageApp
from clapmark.stage.web.guard import own_names
from tests.support.stage.room import SPEAKERS

FIVE_MIN_MS = 300_000
LONG_TITLE = "What nobody says of <b>bold</b> ideas, and why it takes a whole afternoon to listen to it, once more " * 2


class ServedStage:
    """A stage without a device, at `url`."""

    def __init__(self, stage: Stage, token: str) -> None:
        self.stage = stage
        self.token = token
        self.url = ""
        self._loop = None

    def do(self, **command: object) -> str:
        """Send a command; return its sentence."""
        command.setdefault("id", str(time.monotonic_ns()))
        request = urllib.request.Request(
            f"{self.url}/api/1/commands", json.dumps(command).encode(), {"authorization": f"Bearer {self.token}"}
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.loads(answer.read())["say"]

    def show(self, state: str, left_ms: float) -> None:
        """Show a countdown with so much left."""

        def change() -> None:
            self.stage.anchor = Anchor(state, clock.now_ms(), left_ms)
            self.stage.changed()

        self._loop.call_soon_threadsafe(change)

    def left_ms(self) -> float:
        """Return what is left now."""
        return self.stage.anchor.remaining_ms(clock.now_ms())

    async def remember_loop(self, scope, receive, send):
        import asyncio

        self._loop = asyncio.get_running_loop()
        await self.application(scope, receive, send)


@contextmanager
def served(start_in_s: int = -60, title: str = LONG_TITLE) -> Iterator[ServedStage]:
    """Serve a session of twelve lightning talks that began a minute ago."""
    environment = Environment(stdout=io.StringIO(), stderr=io.StringIO(), variables={})
    start_ms = environment.utc_ms() + start_in_s * 1000
    entries = [
        Entry(f"t{number}", title, (speaker,), start_ms + number * FIVE_MIN_MS, FIVE_MIN_MS)
        for number, speaker in enumerate(SPEAKERS)
    ]
    stage = Stage(environment, Rundown(entries, "Hall A · PyCon Example"))
    room = ServedStage(stage, "control-token")
    keys = Tokens(room.token, "view-token", environment.utc_ms() + VALID_MS)
    app = StageApp(stage, Access(keys, view_needs_token=False), "http://x/remote#control-token")
    room.application = app.app(own_names(), is_open=False)
    bound = listen("127.0.0.1", None)
    room.url = f"http://127.0.0.1:{bound.getsockname()[1]}"
    server = uvicorn.Server(
        uvicorn.Config(room.remember_loop, interface="asgi3", log_level="error", timeout_graceful_shutdown=1)
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
    thread.start()
    try:
        yield room
    finally:
        server.should_exit = True
        thread.join(10)


class SleepyLaptop:
    """The clocks of a laptop on Linux: CLOCK_MONOTONIC stands still while it sleeps, CLOCK_BOOTTIME goes on."""

    def __init__(self, monkeypatch) -> None:
        self.slept_s = 0.0
        fake = SimpleNamespace(
            CLOCK_BOOTTIME=time.CLOCK_BOOTTIME,
            CLOCK_MONOTONIC=time.CLOCK_MONOTONIC,
            clock_gettime_ns=self._read,
            monotonic_ns=time.monotonic_ns,
        )
        monkeypatch.setattr(clock, "time", fake)

    def sleep(self, seconds: float) -> None:
        """Close the lid for so long."""
        self.slept_s += seconds

    def _read(self, number: int) -> int:
        slept_ns = round(self.slept_s * 1e9) if number == time.CLOCK_BOOTTIME else 0
        return time.clock_gettime_ns(number) + slept_ns
