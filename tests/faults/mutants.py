"""Known-bad variants of our own code: each must be caught, so that everybody sees that the suite can fail.

A mutant is a piece of source text and its replacement, in a copy of the project in a temporary folder.
`python -m tests.faults.mutants SUITE`, run in such a copy, ends with 3 if the suite has found a broken promise.
"""

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from clapmark.firmware_build.micropython import find_micropython
from tests.faults.archive.note_mutants import NOTE_MUTANTS, NOTE_SUITES
from tests.faults.button_orders import Orders
from tests.faults.button_presses import late_interrupts, very_late_interrupts
from tests.faults.device_mutants import DEVICE_MUTANTS, DEVICE_SUITES
from tests.faults.hostile.hostile_frames import hostile_frames
from tests.faults.hostile.trust_checks import answers, wrong_clock
from tests.faults.journal import cuts
from tests.faults.journal.day import recorded_day
from tests.faults.journal.flash import DRIVER_FAULTS, LIE
from tests.faults.journal.journal_faults import bit_flips, live_with_fault, recycling
from tests.faults.ledger import Ledger
from tests.faults.line.bad_line import Trouble
from tests.faults.line.laptop import SyncedLaptop
from tests.faults.line.noise import frames_under_noise
from tests.faults.line.sync_model import World
from tests.support.device.served import virtual_time

ROOT = Path(__file__).parents[2]
CAUGHT = 3
_FOLDERS = ("firmware", "host/clapmark", "tests/faults", "tests/support", "tests/firmware", "tests/fixtures/notes")
_TIMEOUT_S = 600


@dataclass(frozen=True)
class Mutant:
    """Each `old` text stands once in the project and is replaced by its `new` one; `suite` must notice."""

    name: str
    suite: str
    edits: tuple[tuple[str, str], ...]


_NEXT_SEQ = "            next_seq = cursor.seq + 1\n"
_NO_CRC = ("if line[position] != _HEX[byte >> 4] or line[position + 1] != _HEX[byte & 15]:", "if False:")
_NO_FSYNC = ("    else:\n        os.fsync(descriptor)\n", "    else:\n        pass\n")
_NO_MAKE_DURABLE = ("            log.make_durable()\n", "")

MUTANTS = (
    Mutant("no read-back", "driver", (("if byte != line[start]:", "if False:"),)),
    Mutant(
        "an erase is believed",
        "driver",
        (("ioctl(_ERASE, block) or not self.is_blank(block)", "ioctl(_ERASE, block)"),),
    ),
    Mutant(
        "acknowledge before fsync",
        "sync",
        (
            _NO_MAKE_DURABLE,
            ("        log.flush()\n        seq, crc = self._newest\n", "        seq, crc = self._newest\n"),
            ("        finally:  # what came before the cable was pulled need not come again\n", "        finally:\n"),
            ("            self._log.flush()\n\n    def _take", "            pass\n\n    def _take"),
            (
                "            result.committed_seq = seq\n\n    def",
                "            result.committed_seq = seq\n        log.flush()\n\n    def",
            ),
        ),
    ),
    Mutant("no fsync of the file", "sync", (_NO_MAKE_DURABLE, _NO_FSYNC)),
    Mutant(
        "no fsync of the folder",
        "sync",
        (_NO_MAKE_DURABLE, ("    if is_new:\n        sync_folder(path.parent)\n", "")),
    ),
    Mutant("commit on send", "sync", ((_NEXT_SEQ, _NEXT_SEQ + "            journal.committed_seq = cursor.seq\n"),)),
    Mutant("no dedup", "sync", (("if self._log.has_line(line):", "if False:"),)),
    Mutant("no CRC check on the line", "noise", (_NO_CRC,)),
    Mutant("no CRC check in flash", "flips", (_NO_CRC,)),
    Mutant("seq from RAM", "cuts", (("            ring.next_seq = reader.seq + 1\n", ""),)),
    Mutant(
        "the number of a damaged record is used again",
        "flips",
        (("ring.next_seq += _used_numbers(bytes(reader.line), ring.next_seq)", "pass"),),
    ),
    Mutant("boot number from RAM", "cuts", (("    journal.boot += 1\n    if ring", "    if ring"),)),
    Mutant(
        "erase not idempotent",
        "recycle",
        (
            (
                "    ring.oldest = oldest\n",
                "    ring.oldest = oldest\n    ring.next_is_blank = not ring.firsts[(ring.head + 1) % count]\n",
            ),
        ),
    ),
    Mutant(
        "program twice",
        "driver",
        (
            (
                "min(position + MAX_RECORD_BYTES, SECTOR_BYTES) if problem else position + length",
                "position + length * (not problem)",
            ),
        ),
    ),
    Mutant(
        "program again what a torn program has touched",
        "cuts",
        (("ring.position = min(max(ring.position, reader.offset + MAX_RECORD_BYTES), SECTOR_BYTES)", "pass"),),
    ),
    Mutant(
        "uncommitted sector recycled",
        "recycle",
        (("return not self.ring.is_full or self._is_committed(self.ring.oldest)", "return True"),),
    ),
    Mutant(
        "blocking read of stdin",
        "sync",
        (("and taken < _DRAIN_BYTES and self.has_input():", "and taken < _DRAIN_BYTES:"),),
    ),
    Mutant(
        "commit believes an empty CRC",
        "commit",
        (
            (
                '    if not is_crc(crc):\n        return b"crc"\n    if not 0 < seq <= journal.last_seq:\n'
                '        return b"missing"\n',
                "",
            ),
            ('    if found is None:\n        return b"missing"\n', '    found = found or b""\n'),
        ),
    ),
    Mutant(
        "an abandoned upload keeps its buffers",
        "hostile",
        (("self._asked_ms > _ABANDONED_MS:", "self._asked_ms < 0:"),),
    ),
    Mutant("an upload's CRC is not checked", "hostile", (('if b"%08X" % self._crc_so_far != crc:', "if False:"),)),
    Mutant(
        "a long text is not cut",
        "hostile",
        (
            (
                "        self._take(self._put(cut, CUT_MARK))\n        return False\n",
                '        raise IndexError("full")\n',
            ),
        ),
    ),
    Mutant("commit believes any CRC", "commit", (("    if found != crc:\n", "    if not found:\n"),)),
    Mutant("a page without its missing records", "noise", (('if answer.number("items") != len(items):', "if False:"),)),
    Mutant("an echo stands for a lost record", "noise", (("and entry.seq > newest_seq:", ":"),)),
    Mutant(
        "the last clock record wins",
        "wrong-clock",
        (("    groups = _largest_groups(fixes)\n", "    groups = [[fixes[-1]]]\n"),),
    ),
    Mutant(
        "a contradicting clock is set",
        "wrong-clock",
        (("    if contradiction and not is_wanted:\n", "    if False:\n"),),
    ),
    Mutant("a device's numbers are believed", "answers", (("int(decimal(value, low, high))", "int(value)"),)),
    Mutant("a device's words are printed raw", "answers", (("print(printable(message), file", "print(message, file"),)),
    Mutant(
        "an edge that is a second late begins a press",
        "presses",
        (("elif since_up_ms <= BOUNCE_MS + _LATEST_MS and", "elif since_up_ms <= BOUNCE_MS + SERVICE_MS and"),),
    ),
    Mutant(
        "a late edge begins a press",
        "presses",
        (("elif since_up_ms <= BOUNCE_MS + _LATEST_MS and not is_new:", "elif False:"),),
    ),
    Mutant(
        "the bounce of a release begins a press",
        "presses",
        (("        if since_up_ms < BOUNCE_MS:\n", "        if False:\n"),),
    ),
    Mutant(
        "the bounce of a press ends it",
        "presses",
        (
            (
                "(up_ms == _NEVER or up_ms - self._proof_ms < BOUNCE_MS):\n            self._up_ms = _NEVER",
                "up_ms == _NEVER:\n            self._up_ms = _NEVER",
            ),
        ),
    ),
    Mutant(
        "a mark of an earlier press empties the queue",
        "presses",
        (("self._is_queue_empty = self._is_mark_valid and not self._marks", "self._is_queue_empty = True"),),
    ),
    Mutant("no mark in the queue", "presses", (("if button.is_at_rest(now_ms) and", "if False and"),)),
    Mutant(
        "a press that was never read as down is ignored",
        "presses",
        (("        self._press(ms, ms)\n        self._up_ms = ms\n", "        return NONE\n"),),
    ),
    Mutant(
        "a full journal cannot be synced after a reset", "cuts-full", (('if error.code != "unsaved":', "if True:"),)
    ),
    *(Mutant(*values) for values in NOTE_MUTANTS),
    *(Mutant(*values) for values in DEVICE_MUTANTS),
)


def copy_project(target: Path, mutant: Mutant | None = None) -> None:
    """Copy what the suites need to `target`, with the mutant in it.

    Raises LookupError if the mutant's text is not there exactly once.
    """
    (target / "build").mkdir()  # where tests write
    for folder in _FOLDERS:
        shutil.copytree(ROOT / folder, target / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", target)  # this tells a checkout from an installed package
    for old, new in mutant.edits if mutant else ():
        sources = [path for folder in _FOLDERS[:2] for path in sorted((target / folder).rglob("*.py"))]
        texts = {path: path.read_text(encoding="utf-8") for path in sources}
        found = [path for path, text in texts.items() if old in text]
        if sum(text.count(old) for text in texts.values()) != 1:
            names = ", ".join(str(path.relative_to(target)) for path in found) or "no file"
            raise LookupError(
                f"Update the mutant '{mutant.name}': {old!r} must be there exactly once; it is in {names}."
            )
        found[0].write_text(texts[found[0]].replace(old, new), encoding="utf-8")


def run_suite(suite: str, mutant: Mutant | None) -> tuple[int, str]:
    """Run a suite in a copy of the project; return its exit code and what it said."""
    with tempfile.TemporaryDirectory() as folder:
        copy_project(Path(folder), mutant)
        answer = subprocess.run(
            [sys.executable, "-m", "tests.faults.mutants", suite],
            cwd=folder,
            env={
                **os.environ,
                **{f"CLAPMARK_MICROPYTHON_{bits}": shlex.join(find_micropython(bits)) for bits in (32, 64)},
                "PYTHONPATH": f"{folder}/host:{folder}",
                "PYTHONDONTWRITEBYTECODE": "1",
            },
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
    return answer.returncode, answer.stdout + answer.stderr


def _cuts(ledger: Ledger) -> None:
    for day in (0, 1):
        cuts.power_cuts(day, ledger.fail, SyncedLaptop(), step=3, most=200)


def _cuts_full(ledger: Ledger) -> None:
    cuts.power_cuts(2, ledger.fail, SyncedLaptop(), step=2, first=220)


_LATE = 150  # operations of a day: by then its ring is full


def _driver(ledger: Ledger) -> None:
    sync = SyncedLaptop()
    for operation in range(2, 150, 9):
        for how in DRIVER_FAULTS:
            live_with_fault(0, operation, how, sync, ledger)
    _, operations, _ = recorded_day(2)
    erases = [number for number, one in enumerate(operations) if one.payload is None and number > _LATE]
    for number in erases[:8]:  # of a sector that was full
        live_with_fault(2, number, LIE, sync, ledger)


def _noise(ledger: Ledger) -> None:
    for number in range(200):
        frames_under_noise(number, ledger)


def _sync(ledger: Ledger) -> None:
    """Break a sync at each of its transfers and at each write and fsync, fill the ring over, and sync again."""
    for what in ("kill_at", "unplug_at", "laptop"):
        for at in range(14):
            with virtual_time() as time:
                world = World(3, time)
                try:
                    _break_sync(world, what, at)
                finally:
                    world.close()
            ledger.injected += 1


def _break_sync(world: World, what: str, at: int) -> None:
    laptop = world.laptops[0]
    world.device.press(30)
    world.sync(laptop, Trouble(Random(0)))
    world.device.press(30)
    trouble = Trouble(Random(at))
    if what == "laptop":
        world.sync(laptop, trouble, at)
        laptop.disk.lose_power(Random(at))
    else:
        setattr(trouble, what, at)
        world.sync(laptop, trouble)
    world.check()
    for _ in range(6):
        world.device.press(40)
        world.device.idle()
    world.check()
    world.check_good_sync(laptop)
    trouble = Trouble(Random(at), 20)
    world.device.press(5)
    world.sync(laptop, trouble)
    world.check_good_sync(laptop)


def _commit(ledger: Ledger) -> None:
    """A laptop that has another record under a number must not make the device forget its own."""
    with virtual_time() as time:
        world = World(3, time)
        world.device.press(3)
        from firmware.journal.commit import commit

        if commit(world.device.journal, world.epoch, 2, b"00000000") != b"crc":
            ledger.fail("lost: a commit with another CRC was taken")
        for seq in (3, 4, 1000):
            if not commit(world.device.journal, world.epoch, seq, b""):
                ledger.fail("lost: a commit without a CRC was taken")
        world.close()


def _hostile(ledger: Ledger) -> None:
    os.environ["CLAPMARK_FUZZ_SEED"] = "1"
    hostile_frames(0, ledger)


def _presses(ledger: Ledger) -> None:
    for number in range(12):
        late_interrupts(number, ledger)
        very_late_interrupts(number, ledger)
    Orders(2, 9, ledger).run(0)


SUITES: dict[str, Callable[[Ledger], None]] = {
    "cuts": _cuts,
    "cuts-full": _cuts_full,
    "driver": _driver,
    "recycle": lambda ledger: recycling(0, ledger),
    "flips": lambda ledger: bit_flips(1, ledger),
    "noise": _noise,
    "sync": _sync,
    "commit": _commit,
    "hostile": _hostile,
    "wrong-clock": wrong_clock,
    "answers": answers,
    **NOTE_SUITES,
    **DEVICE_SUITES,
    "presses": _presses,
}


def main() -> int:
    """Run one suite; return 3 if it has found a broken promise, and say which."""
    ledger = Ledger(sys.argv[1])
    try:
        SUITES[sys.argv[1]](ledger)
    except (ImportError, NameError, AttributeError, TypeError, SyntaxError):
        raise  # the mutant is no program
    except Exception as error:  # noqa: BLE001  a crash in our own code is a broken promise as well
        ledger.fail(f"{type(error).__name__}: {error}")
    print(*ledger.examples[:1])
    return 0 if ledger.is_clean else CAUGHT


if __name__ == "__main__":
    sys.exit(main())
