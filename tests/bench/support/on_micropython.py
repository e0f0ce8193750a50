"""Runs on MicroPython: `boot_scan FLASH` mounts a journal, `littlefs RECORDS BYTES` appends to a file of LittleFS.

Prints figures as JSON. The block devices are in memory and count their calls.
"""

import gc
import json
import os
import sys
import time

SECTOR_BYTES = 4096
ROUNDS = 5


class Blocks:
    """An extended block device in memory, which counts."""

    def __init__(self, data):
        self.data = data
        self.view = memoryview(data)
        self.reads = self.read_bytes = self.programs = self.programmed_bytes = self.erases = 0

    def readblocks(self, block, buffer, offset=0):
        self.reads += 1
        self.read_bytes += len(buffer)
        start = block * SECTOR_BYTES + offset
        buffer[:] = self.view[start : start + len(buffer)]

    def writeblocks(self, block, buffer, offset=0):
        self.programs += 1
        self.programmed_bytes += len(buffer)
        start = block * SECTOR_BYTES + offset
        self.view[start : start + len(buffer)] = buffer

    def ioctl(self, request, argument):
        if request == 4:
            return len(self.data) // SECTOR_BYTES
        if request == 5:
            return SECTOR_BYTES
        if request == 6:
            self.erases += 1
        return 0


def boot_scan(path):
    """Mount the journal in the file `path`; return the bytes read, and the milliseconds (the shortest of five)."""
    sys.path.insert(0, ".")
    from firmware.journal.journal import Journal

    with open(path, "rb") as file:
        data = bytearray(file.read())
    shortest_us = 1 << 29
    for _ in range(ROUNDS):
        blocks = Blocks(data)
        journal = Journal(blocks, b"a1b2c3d4e5f6")
        gc.collect()
        began = time.ticks_us()
        journal.mount()
        shortest_us = min(shortest_us, time.ticks_diff(time.ticks_us(), began))
        assert journal.problem == b"" and blocks.programs == 0, journal.problem
    return {
        "read_bytes": blocks.read_bytes,
        "reads": blocks.reads,
        "ms": shortest_us / 1000,
        "last_seq": journal.last_seq,
    }


def littlefs(count, length):
    """Append so many records of so many bytes to one file, each flushed, as a device would that promises to keep it."""
    blocks = Blocks(bytearray(2 << 20))
    os.VfsLfs2.mkfs(blocks)
    volume = os.VfsLfs2(blocks)
    blocks.programs = blocks.programmed_bytes = blocks.erases = 0
    line = b"x" * (length - 1) + b"\n"
    most = 0
    with volume.open("journal.log", "ab") as file:
        for _ in range(count):
            before = blocks.erases
            file.write(line)
            file.flush()
            most = max(most, blocks.erases - before)
    assert volume.stat("journal.log")[6] == count * length
    return {
        "programs": blocks.programs,
        "programmed_bytes": blocks.programmed_bytes,
        "erases": blocks.erases,
        "most_erases_in_one": most,
    }


if sys.argv[1] == "boot_scan":
    print(json.dumps(boot_scan(sys.argv[2])))
else:
    print(json.dumps(littlefs(int(sys.argv[2]), int(sys.argv[3]))))
