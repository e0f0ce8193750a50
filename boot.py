"""Runs first after every reset, and decides: the app, or safe mode. main.py starts what was decided."""

try:  # noqa: SIM105  there is no contextlib
    execfile("deploy-undo.py")  # noqa: F821  `clapmark deploy` leaves it until the new app has run (docs/flashing.md)
except OSError:
    pass

import gc
import os
import sys

import micropython
import vfs

_PACKAGES = [
    "boards",
    "control",
    "core",
    "core/lines",
    "drivers",
    "journal",
    "link",
    "link/verbs",
    "outputs",
    "start",
    "system",
    "ui",
]
_WITH_CODE = ("boards",)  # packages whose __init__ is more than a docstring
_FOLDER, _FILE = 0x4000, 0x8000


class ImportFolder:
    """The app's package in `root` as a file system for imports only: it finds modules without reading directories.

    For each module, MicroPython looks for a folder, a .py and a .mpy before it opens the file, and LittleFS reads its
    directories from flash for each of these. In the compiled app every module is a .mpy, and the packages are known.
    """

    def __init__(self, root):
        self._root = root

    def mount(self, readonly, mkfs):
        """Do nothing; MicroPython calls it."""

    def stat(self, path):
        """Return what os.stat does, of which imports use the mode. Raises OSError for what is not in the app."""
        mode = 0
        if path[1:] in _PACKAGES:
            mode = _FOLDER
        elif path.endswith(".mpy"):
            package, _, name = path[1:].rpartition("/")
            mode = _FILE if name != "__init__.mpy" or package in _WITH_CODE else 0
        if not mode:
            raise OSError(2)
        return (mode, 0, 0, 0, 0, 0, 0, 0, 0, 0)

    def open(self, path, mode):
        """Open a module. Raises ImportError if it is missing."""
        try:
            return open(self._root + path, mode)
        except OSError:
            raise ImportError("no module " + path)


_roots = []
try:
    with open("rom-app") as _file:  # the same app is in the ROM file system, where its code takes no heap
        _roots.append("/rom/" + _file.read())
except OSError:
    pass
for _root in _roots + sys.path:
    try:
        os.stat(_root + "/firmware/version.mpy")  # the sources are imported the usual way
        vfs.mount(ImportFolder(_root + "/firmware"), "/app")
    except OSError:
        continue
    import firmware

    # where to look for its modules; a short path, because each module keeps its own in the heap
    setattr(firmware, "__path__", "/app")  # noqa: B010  for CPython, it would be a list
    break
# built-in modules are looked for in sys.path, too, at each import of one that is not in sys.modules
for _name in ("asyncio", "binascii", "json", "machine", "os", "select", "struct", "sys", "time"):
    sys.modules[_name] = __import__(_name)

gc.threshold(4096)  # collect early and often: else garbage lies between what stays, and no large piece is left

# room for the traceback of an exception inside an interrupt handler
if hasattr(micropython, "alloc_emergency_exception_buf"):  # the unix port has no interrupts and lacks it
    micropython.alloc_emergency_exception_buf(100)

from firmware.start import launcher

launcher.decide()
