"""Short checks of what the laptop believes: the suites of the mutants about wrong clocks and hostile devices."""

import io
import tempfile
from pathlib import Path

from clapmark.archive.record import parse
from clapmark.archive.wall_time import Clock
from clapmark.base.environment import Environment
from clapmark.link.answer import Answer, ProtocolError
from clapmark.sync.device_clock import set_device_clock
from tests.faults.ledger import Ledger
from tests.support.archive.journal_text import JournalText
from tests.support.device.hostile_device import BAD_NUMBERS, BAD_TEXTS

_HOUR_MS = 3_600_000
_UTC_MS = 1_556_900_000_000


def wrong_clock(ledger: Ledger) -> None:
    """One clock record of three is wrong: no mark moves. A laptop that contradicts the device sets nothing."""
    for place in range(3):
        for off_ms in (-50_000 * _HOUR_MS, -_HOUR_MS, _HOUR_MS):
            log = JournalText()
            for at in range(3):
                utc_ms = _UTC_MS + at * _HOUR_MS + (off_ms if at == place else 0)
                log.add(at * _HOUR_MS, "clock", utc=utc_ms, err=10, source="host")
            found = Clock([parse(entry) for entry in log.lines]).time_at(1, _HOUR_MS // 2)
            ledger.injected += 1
            if found.utc_ms is None or abs(found.utc_ms - _UTC_MS - _HOUR_MS // 2) > 1_000:
                ledger.fail("silent: a mark moved because of one wrong clock record")
    with tempfile.TemporaryDirectory() as folder:
        clock = Path(folder) / "clock"
        clock.write_text(f"{_UTC_MS} 0")
        environment = Environment(io.StringIO(), io.StringIO(), {"CLAPMARK_CLOCK": str(clock)})
        device = _Device(environment.utc_ms() - 10 * _HOUR_MS)
        set_device_clock(device, device, environment, 0)
        ledger.injected += 1
        if device.sets or "contradict" not in environment.stderr.getvalue():  # type: ignore[attr-defined]
            ledger.fail("silent: a clock that contradicts the device was set")


def answers(ledger: Ledger) -> None:
    """No value of a device is taken as a number that is none, and no text of it reaches the terminal as it is."""
    for value in BAD_NUMBERS:
        ledger.injected += 1
        try:
            number = Answer(b"hello", [b"first=%s" % value]).number("first", 0, 1 << 30)
        except ProtocolError:
            continue
        except ValueError:
            ledger.fail(f"silent: {value!r} is a traceback")
            continue
        if not (value.isdigit() or value == b"-0") or number > 1 << 30:
            ledger.fail(f"silent: {value!r} was taken as a number")
    for text in BAD_TEXTS:
        environment = Environment(io.StringIO(), io.StringIO(), {})
        environment.tell(text)
        environment.give(text)
        ledger.injected += 1
        shown = environment.stderr.getvalue() + environment.stdout.getvalue()  # type: ignore[attr-defined]
        if any(character in shown for character in "\x1b\x9b\x07\u202e\u2066\x85"):
            ledger.fail(f"silent: {text!a} reached the terminal")


class _Device:
    """A device whose clock a laptop has set a moment ago."""

    ms, clock_ms, clock_seq = 9_000, 8_000, 3

    def __init__(self, utc_ms: int) -> None:
        self.utc_ms = utc_ms
        self.sets = 0

    def set_time(self, utc_ms: int, err_ms: int, offset_s: int) -> int:
        self.sets += 1
        return 4

    def error_ms(self) -> int:
        return 5
