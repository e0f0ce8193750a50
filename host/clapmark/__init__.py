"""Clapmark's laptop side: a library, and a thin command line over it (`clapmark.cli`)."""

import os
import sys
from types import TracebackType

_INTERRUPTED = 130


def _is_command_line() -> bool:
    """Return whether this process is the command `clapmark`, or `python -m clapmark`, and not a user of the library."""
    if sys.argv[:1] == ["-m"]:  # so it is while Python looks for the module to run
        return "clapmark" in sys.orig_argv
    program = (sys.argv[:1] or [""])[0].replace("\\", "/").rpartition("/")[2]
    return program in {"clapmark", "clapmark.exe"}


def _end_at_ctrl_c(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Let Ctrl-C while the imports run end the process with a sentence instead of a traceback."""
    if issubclass(kind, KeyboardInterrupt):
        os.write(2, b"Interrupted before anything was done.\n")
        os._exit(_INTERRUPTED)
    sys.__excepthook__(kind, error, trace)


if _is_command_line():
    sys.excepthook = _end_at_ctrl_c  # `cli.main` takes it away when it is ready

from clapmark.device_files import make_firmware_importable  # noqa: E402  # imports take time, and come after that

make_firmware_importable()
