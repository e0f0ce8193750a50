"""What the device page loads beside its scripts: the compiled firmware with its hardware models, and the boards."""

import json
from dataclasses import asdict
from pathlib import Path

from clapmark.firmware_build.build import current_app, current_models, current_modules
from clapmark.sim.causes import CAUSES
from clapmark.sim.serial.boot_text import BOOT_US, ROM_US, SOFT_BOOT_US, boot_text
from clapmark.sim.state_folder import JOURNAL_BYTES
from clapmark.sim.wiring import BOARDS, SpiPanel, Wiring

_CHIP = Path(__file__).parent / "chip"

# start the chip, or put something in its place, on the unix port only
_UNIX_ONLY = ("start.py", "sim_start.mpy", "sim_prompt.mpy")


def modules() -> dict[str, bytes]:
    """Return the chip's files by their path there: /models has the hardware, /app the firmware."""
    found = {}
    for root, folder in (
        ("models", current_models()),
        ("models", current_modules("web-chip", _CHIP)),
        ("device/app", current_app()),
    ):
        for path in sorted([*folder.rglob("*.mpy"), *folder.rglob("*.py")]):
            name = path.relative_to(folder).as_posix()
            if root != "models" or name not in _UNIX_ONLY:
                found[f"/{root}/{name}"] = path.read_bytes()
    return found


def pack(files: dict[str, bytes]) -> bytes:
    """Return the files as one: a line of JSON, `[[path, size], ...]`, and then their bytes."""
    index = json.dumps([[path, len(data)] for path, data in files.items()], separators=(",", ":"))
    return index.encode() + b"\n" + b"".join(files.values())


def boards() -> bytes:
    """Return boards.json: what is wired to the chip on each board, and how the chip starts."""
    return json.dumps(
        {
            "boards": {name: _wiring(wiring) for name, wiring in BOARDS.items()},
            "causes": {number: {"name": cause.name} for number, cause in CAUSES.items()},
            "boot": {
                "us": BOOT_US,
                "rom_us": ROM_US,
                "soft_us": SOFT_BOOT_US,
                "texts": {number: boot_text(number).decode("ascii") for number in CAUSES},
            },
            "journal_bytes": JOURNAL_BYTES,
        },
        indent=1,
    ).encode()


def _wiring(wiring: Wiring) -> dict[str, object]:
    panel = asdict(wiring.panel)
    panel.pop("shorted", None)
    panel["kind"] = "spi" if isinstance(wiring.panel, SpiPanel) else "i2c"
    return {
        "panel": panel,
        "buttons": wiring.buttons,
        "outputs": wiring.outputs,
        "battery": asdict(wiring.battery) if wiring.battery else None,
        "levels": list(wiring.levels()),
        "files": {"board.json": json.dumps({"board": wiring.name, **wiring.description}) + "\n"},
    }
