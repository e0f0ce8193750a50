"""Starts the virtual chip: micropython start.py TO_WORLD FROM_WORLD STDOUT_BUFFER FOLDER.

The current directory is the device's file system. FOLDER is looked through for modules, and for boot.py and main.py
where the file system has none.

The models' bytecode runs where models.rom is mapped, outside the heap: an ESP32 has its hardware for nothing. A
MicroPython without ROM file systems (before 1.25) loads it into the heap.
"""

import sys


def _map_models():
    try:
        import ffi
        import uctypes
        import vfs

        with open("../models/models.rom", "rb") as file:
            size = file.seek(0, 2)
            # PROT_READ, MAP_PRIVATE
            address = ffi.open(None).func("P", "mmap", "PLiiil")(0, size, 1, 2, file.fileno(), 0)
        vfs.mount(vfs.VfsRom(uctypes.bytearray_at(address, size)), "/models")
    except (ImportError, AttributeError):
        return
    sys.path[0] = "/models"


_map_models()
sys.path[1:] = ["", sys.argv[4], ".frozen"]
del _map_models

import sim_start  # noqa: E402, F401  the path comes first; its import runs the chip
