"""Clapmark's laptop side: a library, and a thin command line over it (`clapmark.cli`)."""

import os
import signal
import sys
from pathlib import Path

from clapmark.device_files import make_firmware_importable

_INTERRUPTED = 130


def _is_command_line() -> bool:
    """Return whether this process is the command `clapmark`, or `python -m clapmark`, and not a user of the library."""
    if sys.argv[:1] == ["-m"]:  # so it is while Python looks for the module to run
        return "clapmark" in sys.orig_argv
    return Path(sys.argv[0] if sys.argv else "").name in {"clapmark", "clapmark.exe"}


def _end_at_ctrl_c() -> None:
    """Let Ctrl-C end the process with a sentence instead of a traceback; `cli.main` changes that when it is ready."""

    def end(*_: object) -> None:
        os.write(2, b"Interrupted before anything was done.\n")
        os._exit(_INTERRUPTED)

    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # not in the background, where it is ignored
        signal.signal(signal.SIGINT, end)


if _is_command_line():
    _end_at_ctrl_c()
make_firmware_importable()
