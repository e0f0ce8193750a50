"""Runs first after every reset, and decides: the app, or safe mode. What was decided is started in main.py."""

try:  # noqa: SIM105  there is no contextlib
    execfile("deploy-undo.py")  # noqa: F821  `clapmark deploy` leaves it until the new app has run (docs/flashing.md)
except OSError:
    pass

import gc

import micropython

from firmware.start import launcher

gc.threshold(4096)  # collect early and often: else garbage lies between what stays, and no large piece is left

# room for the traceback of an exception inside an interrupt handler
if hasattr(micropython, "alloc_emergency_exception_buf"):  # the unix port has no interrupts and lacks it
    micropython.alloc_emergency_exception_buf(100)

launcher.decide()
