"""Hostile devices: every command that talks to a device, against one with valid frames and false content."""

import time
import traceback
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from clapmark.archive.archive import init_archive
from clapmark.base.errors import ExitCode
from clapmark.link import client
from tests.faults.ledger import Ledger
from tests.support.command_line import type_
from tests.support.device.hostile_device import ENDLESS, HostileDevice

FRAB = Path(__file__).parents[2] / "fixtures" / "frab.json"
BOUND_S = 60.0  # for one command, with the waits below; the laptop of a test is slow
COMMANDS = (
    ("sync",),
    ("sync", "--json"),
    ("devices",),
    ("devices", "--json"),
    ("doctor",),
    ("settings", "list"),
    ("settings", "list", "--json"),
    ("settings", "get", "room"),
    ("settings", "set", "room", "Hall 1"),
    ("settings", "save", "saved.json"),
    ("settings", "load", "known.json"),
    ("schedule", "push"),
)
_IN_ARCHIVE = {"sync", "doctor", "schedule"}
_QUICK = {"_ANSWER_S": 0.1, "_HELLO_S": 0.4, "_HELLO_ANSWER_S": 0.1}


@contextmanager
def quick_waits() -> Iterator[None]:
    """Wait a tenth of the usual time for an answer: most answers here come at once or not at all."""
    before = {name: getattr(client, name) for name in _QUICK}
    defaults = client.LinkClient.hello.__defaults__
    try:
        for name, value in _QUICK.items():
            setattr(client, name, value)
        client.LinkClient.hello.__defaults__ = (_QUICK["_HELLO_S"],)
        yield
    finally:
        for name, value in before.items():
            setattr(client, name, value)
        client.LinkClient.hello.__defaults__ = defaults


def hostile_devices(number: int, ledger: Ledger) -> None:
    """One device with its own seed is asked by every command that talks to a device."""
    with TemporaryDirectory() as name, quick_waits():
        folder = Path(name)
        archive = folder / "archive"
        init_archive(archive)
        (folder / "known.json").write_text('{"brightness": 40}')
        loaded = type_("schedule", "load", FRAB, "--archive", archive)
        assert loaded[0] == 0, loaded
        for at, words in enumerate(COMMANDS):
            endless = (*ENDLESS, *[""] * 15)[number % 20]
            rate = 0 if endless else (0.05, 0.3, 0.8)[number % 3]
            device = HostileDevice(number * 100 + at, rate, endless)
            try:
                _try(words, device, folder, archive, ledger)
            finally:
                device.close()
            ledger.injected += len(device.requests)


def _try(words: tuple[str, ...], device: HostileDevice, folder: Path, archive: Path, ledger: Ledger) -> None:
    line = [str(folder / word) if word.endswith(".json") else word for word in words] + ["--port", device.port]
    if words[0] in _IN_ARCHIVE:
        line += ["--archive", str(archive)]
    began = time.monotonic()
    try:
        code, out, err = type_(*line)
    except Exception:  # noqa: BLE001  # a person would have seen a traceback
        ledger.fail(f"{' '.join(words)}: silent failure, a traceback: {traceback.format_exc()[-600:]}")
        return
    took_s = time.monotonic() - began
    if took_s > BOUND_S:
        ledger.fail(f"{' '.join(words)}: silent for {took_s:.0f} s")
    if shown := hostile_characters(out + err):
        ledger.fail(f"{' '.join(words)}: silent change of the terminal: {shown!a}")
    if code not in set(ExitCode) or (code and not err and words[0] not in {"doctor", "devices", "sync"}):
        ledger.fail(f"{' '.join(words)}: silent failure with exit code {code}")


def hostile_characters(text: str) -> str:
    """Return the characters that a terminal would obey; tab and line feed are ours, and the joiners are letters."""
    kept = "\n\t\u200c\u200d"
    return "".join(one for one in text if one not in kept and unicodedata.category(one) in {"Cc", "Cf", "Zl", "Zp"})
