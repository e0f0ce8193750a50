"""The virtual chip from power-up on (as ports/esp32/main.c): models, boot.py, main.py, and what becomes of errors."""

import gc
import select
import sys

import machine  # the models come first on the path, and shadow what is built in
import sim_scheduler
import sim_stdout
import sim_world
import uos
from micropython import const

_ENDED = const(0x45)  # E: 0 main.py returned, 1 an exception escaped; a message to the world

sys.modules["sys"] = sim_stdout
sys.modules["micropython"] = sim_scheduler
sys.modules["time"] = sim_world
sys.modules["_asyncio"] = select
sys.modules["esp32"] = machine
gc.collect()
try:
    for _name in ("/boot.py", "/main.py"):
        for _folder in sys.path:
            try:
                uos.stat((_folder or ".") + _name)
            except OSError:
                continue
            execfile((_folder or ".") + _name, {"__name__": "__main__"})  # noqa: F821  MicroPython's
            break
except Exception as error:  # noqa: BLE001  every error goes to the serial line
    sys.print_exception(error)
    sim_world.ask(_ENDED, 1)  # there is no answer
sim_world.tell(_ENDED, 0, 0)
import sim_prompt  # noqa: E402, F401  not in the app's heap
