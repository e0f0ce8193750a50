"""Runs in place of boot.py: each module that is loaded keeps the chip for as long as its reads from flash take."""

import json
import sys

import sim_world


class Loading:
    """How long each module takes, in microseconds, and how many were loaded."""

    modules = 0

    def __init__(self):
        with open("reads.json") as file:
            self._reads = json.load(file)

    def charge(self, path):
        self.modules += 1
        sim_world.busy(self._reads[path] * READ_US)  # noqa: F821  the laptop writes the number in


loading = sys.modules["loading"] = Loading()
execfile(sys.path[2] + "/boot.py")  # noqa: F821  MicroPython has it
open_module = ImportFolder.open  # noqa: F821  of boot.py


def slow(self, path, mode):
    loading.charge(path)
    return open_module(self, path, mode)


ImportFolder.open = slow  # noqa: F821  of boot.py
