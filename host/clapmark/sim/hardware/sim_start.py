"""What the ESP32 does at power-up (ports/esp32/main.c): boot.py, main.py, and what becomes of an exception."""

import gc
import os
import sys

import sim_world
from micropython import const

_ENDED = const(0x45)  # a message, sim_world.py


def _run(name, folders):
    for folder in folders:
        path = folder + "/" + name if folder else name
        try:
            os.stat(path)
        except OSError:
            continue
        execfile(path, {"__name__": "__main__"})  # noqa: F821  MicroPython's
        return


def run(folders):
    """Run the firmware whose boot.py and main.py are in the first of the folders that has them; never return."""
    gc.collect()
    try:
        _run("boot.py", folders)
        _run("main.py", folders)
    except Exception as error:  # noqa: BLE001  whatever it is, it goes to the serial line
        sys.print_exception(error)
        sim_world.tell(_ENDED, 1, 0)
        sim_world.halt()
    sim_world.tell(_ENDED, 0, 0)
    sim_world.flush()
    import sim_prompt  # noqa: PLC0415  not in the app's heap

    sim_prompt.run()
