"""What holds for every test: the same examples on every machine, and Ctrl-C also in the background of a shell."""

import gc
import os
import signal
import tempfile

from hypothesis import settings

collect_ignore_glob = ["firmware/**/test_mp_*.py"]  # left to MicroPython: tests/firmware/run.py

# `make test` says the same of a commit wherever it runs; `make fuzz` and `make soak` look for what is new
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.register_profile("random", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))

# such a shell has it ignored, and every program that a test starts would inherit that
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# virtual devices that other programs on this machine run must not be found by the tests, nor the other way round
os.environ["XDG_STATE_HOME"] = tempfile.mkdtemp(prefix="clapmark-tests-")


def pytest_collection_finish() -> None:
    """Leave what the test run itself keeps out of every later collection: the firmware calls gc.collect often."""
    gc.collect()
    gc.freeze()
