"""Runs first after every reset. The app itself starts in main.py."""

import micropython

# room for the traceback of an exception inside an interrupt handler
if hasattr(micropython, "alloc_emergency_exception_buf"):  # the unix port has no interrupts and lacks it
    micropython.alloc_emergency_exception_buf(100)
