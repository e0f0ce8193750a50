"""`make fuzz`: atheris looks for inputs that break a promise, guided by what code they reach; prints the counts.

`python -m tests.fuzz.fuzz [SECONDS]` runs all targets, each for its share of the time; an input that breaks one is kept
in build/fuzz. It needs atheris (`pip install '.[fuzz]'`), which exists for Linux on x86_64.
"""

import mmap
import struct
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
WORK = ROOT / "build" / "fuzz"
NAMES = ("schedules", "records", "captions", "posts")
MAX_INPUT_BYTES = 20_000
_COUNTS = struct.Struct("<QQ")  # inputs that were taken, and that were refused


def run(name: str, seconds: int) -> None:
    """Fuzz one target in this process, which ends with it; the counts are in a file that a crash cannot lose."""
    import atheris

    with atheris.instrument_imports(include=["clapmark", "firmware", "icalendar", "defusedxml", "webvtt"]):
        from tests.fuzz.targets import TARGETS

    target, seeds = TARGETS[name]
    folder = WORK / name
    corpus = folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds):
        (corpus / f"seed-{number}").write_bytes(seed[:MAX_INPUT_BYTES])
    counts_file = (folder / "counts").open("w+b")  # open as long as the process lives
    counts_file.write(bytes(_COUNTS.size))
    counts_file.flush()
    counts = mmap.mmap(counts_file.fileno(), _COUNTS.size)
    found = [0, 0]

    def one(data: bytes) -> None:
        found[0 if target(data) else 1] += 1
        _COUNTS.pack_into(counts, 0, *found)

    options = [
        f"-max_total_time={seconds}",
        f"-max_len={MAX_INPUT_BYTES}",
        "-timeout=10",
        "-verbosity=0",
        "-close_fd_mask=0",
    ]
    atheris.Setup([sys.argv[0], *options, f"-artifact_prefix={folder}/", str(corpus)], one)
    atheris.Fuzz()


def main(seconds: int) -> int:
    """Run every target in a process of its own and print what was tried; return 1 if one was broken."""
    broken = 0
    print(f"{'target':12} {'inputs':>10} {'taken':>10} {'refused':>10}  result")
    for name in NAMES:
        command = [sys.executable, "-m", "tests.fuzz.fuzz", "--target", name, str(max(seconds // len(NAMES), 1))]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, errors="replace", check=False)
        counts = WORK / name / "counts"
        taken, refused = _COUNTS.unpack(counts.read_bytes()) if counts.exists() else (0, 0)
        is_broken = done.returncode != 0 or not taken + refused
        broken += is_broken
        print(f"{name:12} {taken + refused:10,} {taken:10,} {refused:10,}  {'BROKEN' if is_broken else 'no defect'}")
        if is_broken:
            print((done.stdout + done.stderr)[-4_000:])
    return 1 if broken else 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["--target"]:
        run(sys.argv[2], int(sys.argv[3]))
    else:
        sys.exit(main(int(sys.argv[1]) if sys.argv[1:] else 60))
