"""What the ESP32 does at power-up (ports/esp32/main.c): boot.py, main.py, and what becomes of an exception.

    micropython start.py STATE_FOLDER TO_WORLD FROM_WORLD FOLDER...

The current directory is the device's file system. Each FOLDER is looked through for modules, and for boot.py and
main.py where the file system has none.
"""

import sys

_FOLDERS = [""] + sys.argv[4:]  # noqa: RUF005  MicroPython has no stars in lists
sys.path[1:] = _FOLDERS + [".frozen"]  # noqa: RUF005

import sim_tasks  # noqa: E402

sys.modules["_asyncio"] = sim_tasks

import gc  # noqa: E402
import os  # noqa: E402

import sim_world  # noqa: E402


def _run(name):
    for folder in _FOLDERS:
        path = folder + "/" + name if folder else name
        try:
            os.stat(path)
        except OSError:
            continue
        execfile(path, {"__name__": "__main__"})  # noqa: F821  MicroPython's
        return


def _prompt():
    """Stand where a board without a program stands: at the prompt. Only Ctrl-D (soft reset) and Enter do something."""
    import select  # noqa: PLC0415  only now, and not in the app's heap

    poll = select.poll()
    poll.register(sys.stdin, select.POLLIN)
    out = sys.stdout.buffer
    out.write(
        b"MicroPython v%s; Clapmark's virtual ESP32\r\n>>> "
        % ".".join(str(part) for part in sys.implementation[1][:3]).encode()
    )
    while True:
        poll.poll()
        typed = sys.stdin.buffer.read(1)
        if typed == b"\x04":
            out.write(b"\r\nMPY: soft reboot\r\n")
            sim_world.reset(5)
        if typed == b"\r":
            out.write(b"\r\n>>> ")


gc.collect()
try:
    _run("boot.py")
    _run("main.py")
except Exception as error:  # noqa: BLE001  whatever it is, it goes to the serial line
    sys.print_exception(error)
    sim_world.tell(sim_world.ENDED, 1, 0)
    sim_world.halt()
sim_world.tell(sim_world.ENDED, 0, 0)
sim_world.flush()
_prompt()
