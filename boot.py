"""Runs first after every reset. The app itself starts in main.py."""

import gc

import micropython

gc.threshold(4096)  # collect early and often: else garbage lies between what stays, and no large piece is left

# room for the traceback of an exception inside an interrupt handler
if hasattr(micropython, "alloc_emergency_exception_buf"):  # the unix port has no interrupts and lacks it
    micropython.alloc_emergency_exception_buf(100)
