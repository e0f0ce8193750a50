"""A state folder of the virtual device, what a run in it told, and what it left behind."""

import json
import re
import sys
from pathlib import Path

from clapmark.archive import record
from clapmark.sim import Event, EventKind, Simulation, parse_script
from tests.bench.app_figures import APP

_RECORD = re.compile(rb"[1-9][0-9]* [0-9]+ [0-9]+ [ -~]+\n")


class World:
    """A state folder, the events of the runs in it, and its journal afterwards.

    `files` are on the device from the beginning; the first underscore of a name is its dot.
    """

    def __init__(self, folder: Path, **files: bytes | str) -> None:
        self.state = folder / "state"
        self.port = folder / "port"
        self.events: list[Event] = []
        (self.state / "files").mkdir(parents=True)
        for name, content in files.items():
            path = self.state / "files" / name.replace("_", ".", 1)
            path.write_bytes(content.encode() if isinstance(content, str) else content)

    def play(self, script: str, board: str = "sim", app: Path = APP, **arguments: int) -> None:
        """Play a script to its end."""
        simulation = Simulation(
            self.state, board, parse_script(script), app=app, on_event=self.events.append, **arguments
        )
        if simulation.run():
            sys.exit((self.state / "device.log").read_text(errors="replace")[-3000:])

    def moments_us(self, kind: EventKind, text: str = "") -> list[int]:
        """Return when the events of a kind came, such as the first edge of each press of a button."""
        return [round(event.at_s * 1e6) for event in self.events if event.kind is kind and event.text == text]

    def records(self, *kinds: bytes) -> list[record.Record]:
        """Return the sound records in flash, in the order of their numbers."""
        found = []
        for line in _RECORD.findall((self.state / "flash.bin").read_bytes()):
            try:
                entry = record.parse(line)
            except ValueError:
                continue
            if entry.kind in kinds:
                found.append(entry)
        return sorted(found, key=lambda entry: entry.seq)

    def figures(self) -> dict[str, float]:
        """Return what the script in the device has written."""
        found: dict[str, float] = json.loads((self.state / "files" / "figures.json").read_text())
        return found
