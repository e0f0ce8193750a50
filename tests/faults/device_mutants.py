"""Known-bad variants of the device's recovery, control and files, and the suites that must notice them."""

import os
import shlex
import subprocess
from collections.abc import Callable

from tests.faults.ledger import Ledger
from tests.faults.storms import restart_storm

_DEVICE_TESTS = (
    "control/test_controller.py",
    "control/test_countdown_runner.py",
    "control/test_remote_control.py",
    "control/test_mp_countdown_backup.py",
    "control/test_mp_no_memory.py",
    "control/test_rooms.py",
    "control/test_shown_is_recorded.py",
    "journal/test_journal_reserve.py",
    "link/test_mp_control.py",
    "link/test_mp_upload.py",
    "link/test_mp_upload_failures.py",
    "outputs/test_backlight.py",
    "system/test_mp_json_files.py",
    "system/test_mp_wakeup.py",
)

# name, suite, and the edits, as in tests.faults.mutants.Mutant
DEVICE_MUTANTS: tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...] = (
    (
        "a dead task stays dead",
        "storm",
        (
            (
                "                wait_ms = self.failed(task, error)\n            task.is_waiting",
                "                self.failed(task, error)\n                return\n            task.is_waiting",
            ),
        ),
    ),
    (
        "the watchdog is always fed",
        "storm",
        (("            if silent is None:\n", "            self._watchdog.feed()\n            if silent is None:\n"),),
    ),
    (
        "no back-off",
        "storm",
        (("min(self._delay_ms * 2, _LONGEST_MS) if self._delay_ms else _FIRST_MS", "_FIRST_MS"),),
    ),
    ("restarts without a limit", "storm", (("now_ms - times[place] < self._within_ms:", "False:"),)),
    ("a fault is recorded every time", "storm", (("return number & (number - 1) == 0", "return True"),)),
    (
        "the reserve of the journal is ignored",
        "storm",
        (("self._is_mark = kind in MARK_KINDS", "self._is_mark = True"),),
    ),
    (
        "a sign of life at the start of a turn",
        "device",
        (
            ("        self._had_turn = True\n        self._task =", "        self._task ="),
            (
                "        task = self._task\n        if task is not None",
                "        self._had_turn = True\n        task = self._task\n        if task is not None",
            ),
        ),
    ),
    ("every stage that is due is heard", "device", (("        if reached == stage and not (", "        if not ("),)),
    (
        "no grace for a picked talk",
        "device",
        (("                if utc_s < talk.end_utc_s + _GRACE_S:\n", "                if utc_s < talk.end_utc_s:\n"),),
    ),
    (
        "settings are written over the old ones",
        "device",
        (
            ('    with open(path + ".new", "w") as file:\n', '    with open(path, "w") as file:\n'),
            ('    os.rename(path + ".new", path)\n', ""),
        ),
    ),
    (
        "a room counts from the next talk on",
        "device",
        (("            self.forget()\n            self.tick(ms)\n", ""),),
    ),
    ("a repeated command is done twice", "device", (("    is_new = reason is None\n", "    is_new = True\n"),)),
    (
        "after a reset a command is done again",
        "device",
        (('    if number(values, "boot", 0, _MOST_ID, boot) != boot:\n', "    if False:\n"),),
    ),
    (
        "a stage is reached before the minute was taken",
        "device",
        (
            (
                "max(self._countdown.stage_began_ms(reached, now_ms), self._adjusted_ms)",
                "self._countdown.stage_began_ms(reached, now_ms)",
            ),
        ),
    ),
    ("the light goes down at once", "device", (("percent = before - _STEP_PERCENT\n", "pass\n"),)),
    (
        "a countdown of another journal is restored",
        "device",
        (("magic != MAGIC or epoch != context.journal.epoch or", "magic != MAGIC or"),),
    ),
    (
        "gaps that do not follow each other are merged",
        "device",
        (("elif from_seq != self._gap_to + 1:", "elif False:"),),
    ),
    (
        "a setting drops the tag on the screen",
        "device",
        (
            (
                "        self.tags = tags\n        if self.next_tag",
                "        self.tags = tags\n        self.forget()\n        if self.next_tag",
            ),
        ),
    ),
    (
        "the app ends without the tag on the screen",
        "device",
        (("        self.bookmarks.settle(now_ms)\n", ""),),
    ),
    (
        "no memory while marking is a fault",
        "device",
        (
            ("if not self.abandon_record(NO_MEMORY, ms):", "if True:"),
            (
                "        except MemoryError:\n            self.problem = NO_MEMORY\n            return 0\n",
                "        except ZeroDivisionError:\n            return 0\n",
            ),
        ),
    ),
)


def _storm(ledger: Ledger) -> None:
    for number in range(12):
        restart_storm(number, ledger)


def _device(ledger: Ledger) -> None:
    """Run the device's tests of these policies on MicroPython."""
    ledger.injected += 1
    command = [*shlex.split(os.environ["CLAPMARK_MICROPYTHON_32"]), "tests/firmware/run.py"]
    command += [f"tests/firmware/{name}" for name in _DEVICE_TESTS]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    if answer.returncode:
        failed = [line for line in answer.stdout.splitlines() if line.startswith("FAILED")]
        if not failed:
            raise ImportError(answer.stdout + answer.stderr)
        ledger.fail(f"lost: {failed[0]}")


DEVICE_SUITES: dict[str, Callable[[Ledger], None]] = {"storm": _storm, "device": _device}
