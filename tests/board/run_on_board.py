"""Runs the device tests on a real board: `python -m tests.board.run_on_board PORT`, or `make test-board PORT=...`.

The board needs the sources: `clapmark deploy --dev` first. The tests are copied to a folder of their own, run one file
after the other, and removed again; then the board is reset. What is on the board stays.
"""

import sys
from pathlib import Path

from clapmark.deploy import on_device
from clapmark.deploy.board_repl import BoardRepl, ReplError
from clapmark.deploy.deploy import put_file, reach_prompt
from clapmark.errors import ClapmarkError
from clapmark.link import SerialTransport

TESTS = Path(__file__).parents[1] / "device"
FOLDER = "device-tests"

RUN = """
import sys, gc
sys.path[:0] = [] if 'device-tests' in sys.path else ['device-tests']
def run(name):
    passed = failed = 0
    try:
        module = __import__(name)
    except ImportError as error:
        print('not on the board:', error)
        return
    for test in sorted(dir(module)):
        if test.startswith('test_') and callable(getattr(module, test)):
            try:
                getattr(module, test)()
                passed += 1
            except Exception as error:
                failed += 1
                print('FAILED', test)
                sys.print_exception(error)
    print(passed, 'passed,', failed, 'failed')
"""
FORGET = """
for n in list(sys.modules):
    if n.startswith(('test_', 'firmware', 'nor', 'schedule_rows')): del sys.modules[n]
gc.collect()
"""


def main(port: str, names: list[str]) -> int:
    """Run the test files of these names (without .py), or all; return the exit code."""
    transport = SerialTransport(port)
    failed = 0
    try:
        reach_prompt(transport)
        repl = BoardRepl(transport.serial, port)
        repl.enter()
        repl.run(on_device.PREPARE)
        for path in sorted(TESTS.glob("*.py")):
            put_file(repl, f"{FOLDER}/{path.name}", path.read_bytes(), lambda _size: None)
            repl.run(on_device.replace(f"{FOLDER}/{path.name}{on_device.NEW}", f"{FOLDER}/{path.name}"))
        repl.run(RUN)
        for name in names or sorted(path.stem for path in TESTS.glob("test_*.py")):
            try:
                answer = repl.run(f"run({name!r})").strip()
            except ReplError as error:
                answer = f"FAILED {error.last_line}"
            failed += "FAILED" in answer
            print(f"{name}: {answer}")
            repl.run(FORGET)
        repl.run(f"for n in os.listdir({FOLDER!r}): os.remove({FOLDER + '/'!r} + n)\nos.rmdir({FOLDER!r})")
        repl.reset()
    except ClapmarkError as error:
        print(error, file=sys.stderr)
        return int(error.exit_code)
    finally:
        transport.close()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
