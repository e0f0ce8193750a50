"""What pytest leaves to MicroPython (`tests/device/run.py`), and Ctrl-C for tests in the background of a shell."""

import signal

collect_ignore_glob = ["device/test_mp_*.py"]

# such a shell has it ignored, and every program that a test starts would inherit that
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
