"""Requests with a valid CRC and hostile fields, to the real link server on MicroPython: each is answered, no task dies.

The seed is new in each run; CLAPMARK_FUZZ_SEED=N repeats one.
"""

import os
import secrets
import shlex
import subprocess
import tempfile
from pathlib import Path

from clapmark.firmware_build.micropython import Bits, find_micropython
from tests.faults.ledger import Ledger

ROOT = Path(__file__).parents[3]
REQUESTS = 2_500  # in one unit
_BITS: tuple[Bits, Bits] = (32, 64)
_HEAP = {32: "240k", 64: "480k"}  # the device's and the test's own
_TIMEOUT_S = 600


def _micropython(bits: Bits) -> list[str]:
    # a mutant's copy of the project has no MicroPython of its own
    given = os.environ.get(f"CLAPMARK_MICROPYTHON_{bits}")
    return shlex.split(given) if given else list(find_micropython(bits))


def hostile_frames(number: int, ledger: Ledger) -> None:
    """2,500 requests to every verb, with fields that are missing, doubled, huge, negative or no text at all."""
    seed = int(os.environ.get("CLAPMARK_FUZZ_SEED") or secrets.randbelow(1 << 30))
    bits = _BITS[number % len(_BITS)]
    with tempfile.TemporaryDirectory() as folder:
        answer = subprocess.run(
            [
                *_micropython(bits), "-X", f"heapsize={_HEAP[bits]}", "-c",
                f"import tests.faults.hostile.run_hostile_frames as run; run.main({seed}, {REQUESTS})",
            ],
            cwd=folder,
            env={"MICROPYPATH": f"{ROOT}:.frozen"},
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_TIMEOUT_S,
            check=False,
        )  # fmt: skip
    said = answer.stdout.splitlines()
    if answer.returncode or not said:
        ledger.fail(f"lost: MicroPython ended, seed {seed}, {bits} bits: {(answer.stdout + answer.stderr)[-2000:]}")
        ledger.injected += REQUESTS
        return
    *problems, counts = said
    requests, uploads, abandoned = map(int, counts.split())
    ledger.injected += requests
    held = sum("lost: the memory of an abandoned exchange" in problem for problem in problems)
    Ledger("uploads-abandoned", abandoned + held, lost=held).write(number)
    for problem in problems:
        ledger.fail(f"{problem} (CLAPMARK_FUZZ_SEED={seed}, {bits} bits)")
    if not problems and not uploads:
        ledger.fail(f"lost: no upload came through among the hostile requests, seed {seed}")
