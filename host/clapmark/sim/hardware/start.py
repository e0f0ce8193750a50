"""Starts the virtual chip: micropython start.py STATE_FOLDER TO_WORLD FROM_WORLD FOLDER...

The current directory is the device's file system. Each FOLDER is looked through for modules, and for boot.py and
main.py where the file system has none.
"""

import sys

sys.path[1:] = [""] + sys.argv[4:] + [".frozen"]  # noqa: RUF005  MicroPython has no stars in lists

import sim_tasks  # noqa: E402  the models come first on the path, and shadow what is built in

sys.modules["_asyncio"] = sim_tasks

import sim_start  # noqa: E402

sim_start.run(sys.path[1:-1])
