"""Runs the device tests on a real board: `python -m tests.board.run_on_board PORT`, or `make test-board PORT=...`.

The board needs the sources: `clapmark deploy --dev` first. The tests are copied to a folder of their own, run one file
after the other, and removed again; then the board is reset. What is on the board stays.
"""

import sys
from pathlib import Path, PurePosixPath

from clapmark.base.errors import ClapmarkError
from clapmark.deploy import on_device
from clapmark.deploy.board_repl import BoardRepl, ReplError
from clapmark.deploy.deploy import put_file, reach_prompt
from clapmark.link.client import SerialTransport

ROOT = Path(__file__).parents[2]
TESTS = ROOT / "tests/firmware"
# what the tests share, and the laptop's reader of records; they are imported by their names in the repository
SHARED = (
    "host/clapmark/archive/record.py",
    *(
        f"tests/support/device/{name}.py"
        for name in ("handheld", "journal_device", "laptop", "nor", "record_text", "schedule_rows", "screen_checks")
    ),
)

RUN = """
import sys, gc
def run(name):
    passed = failed = large = 0
    try:
        module = __import__(name, None, None, ('',))
    except MemoryError:
        print('0 passed, 0 failed, too large for this heap')
        return
    for test in sorted(dir(module)):
        if test.startswith('test_') and callable(getattr(module, test)):
            gc.collect()
            try:
                getattr(module, test)()
                passed += 1
            except MemoryError:
                large += 1
            except Exception as error:
                failed += 1
                print('FAILED', test)
                sys.print_exception(error)
    print(passed, 'passed,', failed, 'failed' + (', %d too large for this heap' % large if large else ''))
"""


def device_tests() -> list[Path]:
    """Return the test files that run on MicroPython."""
    return sorted(path for path in TESTS.rglob("test_*.py") if not path.stem.startswith("test_sim_"))


def fresh_prompt(transport: SerialTransport, repl: BoardRepl) -> BoardRepl:
    """Reset the board and go to its prompt again."""
    repl.reset()
    reach_prompt(transport)
    repl.enter()
    repl.run(on_device.PREPARE)
    return repl


def main(port: str, names: list[str]) -> int:
    """Run the test files of these names (without .py), or all; return the exit code."""
    transport = SerialTransport(port)
    tests = {f"tests/firmware/{path.relative_to(TESTS).as_posix()}": path for path in device_tests()}
    failed = 0
    try:
        reach_prompt(transport)
        repl = BoardRepl(transport.serial, port)
        repl.enter()
        repl.run(on_device.PREPARE)
        files = tests | {path: ROOT / path for path in SHARED}
        for there, path in files.items():
            put_file(repl, there, path.read_bytes(), lambda _size: None)
            repl.run(on_device.replace(there + on_device.NEW, there))
        for there, path in tests.items():
            if names and path.stem not in names:
                continue
            repl = fresh_prompt(transport, repl)  # each file gets the whole heap
            repl.run(RUN)
            try:
                answer = repl.run(f"run({there[:-3].replace('/', '.')!r})").strip()
            except ReplError as error:
                answer = f"FAILED {error.last_line}"
            failed += "FAILED" in answer
            print(f"{path.stem}: {answer}")
        folders = {str(parent) for there in files for parent in PurePosixPath(there).parents} - {"."}
        folders_up = sorted(folders, reverse=True)
        repl.run(f"import os\nfor path in {[*files]!r}: os.remove(path)\nfor path in {folders_up!r}: os.rmdir(path)")
        repl.reset()
    except ClapmarkError as error:
        print(error, file=sys.stderr)
        return int(error.exit_code)
    finally:
        transport.close()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
