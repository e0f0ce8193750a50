"""Starts the virtual chip: micropython start.py TO_WORLD FROM_WORLD STDOUT_BUFFER FOLDER.

The current directory is the device's file system. FOLDER is looked through for modules, and for boot.py and main.py
where the file system has none.
"""

import sys

sys.path[1:] = ["", sys.argv[4], ".frozen"]

import sim_start  # noqa: E402, F401
