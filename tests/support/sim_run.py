"""Runs a firmware given as text on the virtual device, for the tests of the device itself."""

import threading
from pathlib import Path
from typing import ClassVar

from PIL import Image

from clapmark.sim import Event, EventKind, Simulation, parse_script


class RecordingPanel:
    """Stands where the panel's controller is, and keeps what comes over the bus."""

    written: ClassVar[list[tuple[int, bytes]]] = []

    def __init__(self) -> None:
        RecordingPanel.written = []

    def feed(self, dc: int, data: bytes) -> None:
        self.written.append((dc, data))

    def picture(self) -> Image.Image:
        return Image.new("RGB", (2, 1), (len(self.written), 0, 0))


class Run:
    """One run of a firmware given as text. `said` holds what it wrote with say()."""

    def __init__(self, folder: Path, firmware: str, script: str | None = "10 end", **options) -> None:
        app = folder / "app"
        app.mkdir(exist_ok=True)
        (app / "main.py").write_text(PRELUDE + firmware, encoding="utf-8")
        self.state = folder / "state"
        self.events: list[Event] = []
        self.changed = threading.Condition()
        self.simulation = Simulation(
            self.state,
            script=parse_script(script) if script else None,
            app=app,
            new_panel=RecordingPanel,
            on_event=self._on_event,
            **options,
        )

    def play(self) -> int:
        return self.simulation.run()

    def _on_event(self, event: Event) -> None:
        with self.changed:
            self.events.append(event)
            self.changed.notify_all()

    def wait_for(self, kind: EventKind) -> Event:
        with self.changed:
            assert self.changed.wait_for(lambda: any(event.kind == kind for event in self.events), 10), self.events
        return self.only(kind)

    def only(self, kind: EventKind) -> Event:
        (event,) = (event for event in self.events if event.kind == kind)
        return event

    @property
    def said(self) -> list[str]:
        return (self.state / "files" / "said.txt").read_text(encoding="utf-8").splitlines()


PRELUDE = """
import time, sys
from machine import Pin

def say(*words):
    with open("said.txt", "a") as file:
        print(*words, file=file)

"""
