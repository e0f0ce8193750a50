"""Counts the reads of flash that opening and reading each module of the app takes, on MicroPython's own VfsLfs2.

Arguments: IMAGE, offset and size of its file system. Prints JSON: path in firmware/ to reads of up to 64 bytes.
"""

import json
import os
import sys

import vfs

sys.path.insert(0, "tests/support/board")

import board_model as model

_READ_BYTES = 64
reads = 0


class CountedFlash(model.Flash):
    """Flash that counts."""

    def readblocks(self, block, buffer, offset=0):
        global reads  # noqa: PLW0603  one flash, one count
        reads += (len(buffer) + _READ_BYTES - 1) // _READ_BYTES
        model.Flash.readblocks(self, block, buffer, offset)


def reads_of(path):
    before = reads
    with open(path, "rb") as file:
        while file.readinto(buffer):
            pass
    return reads - before


def walk(folder):
    for name, kind, *_ in os.ilistdir("/flash/firmware" + folder):
        if kind == 0x4000:
            walk(folder + "/" + name)
        else:
            found[folder + "/" + name] = reads_of("/flash/firmware" + folder + "/" + name)


buffer = bytearray(512)
found = {}
vfs.mount(CountedFlash(sys.argv[1], 0, int(sys.argv[2]), int(sys.argv[3])), "/flash")
walk("")
print(json.dumps(found))
