# ruff: noqa: UP031  this runs on MicroPython
"""Boots the app from a flash image on MicroPython's own VfsLfs2 and counts what it reads from flash until it answers.

Arguments: IMAGE COUNTS, then offset and size of the file system and of the journal. The first request waits on stdin.
COUNTS holds, after every read, three numbers: reads of the file system, of the journal, and those of the file system
that came before the first picture. A read is at most 64 bytes, the most that an ESP32 takes at once.
"""

import sys

sys.path.insert(0, "tests/support/board")

import board_model as model

_READ_BYTES = 64
_PICTURE_BYTES = 100  # the panel's commands are shorter
_names = ("file system", "journal")
_reads = [0, 0, 0]
_counts = open(sys.argv[2], "w")  # noqa: SIM115  open to the end


class CountedFlash(model.Flash):
    """Flash that counts. `index` is its place in the counts."""

    index = 0

    def readblocks(self, block, buffer, offset=0):
        _reads[self.index] += (len(buffer) + _READ_BYTES - 1) // _READ_BYTES
        _counts.seek(0)
        _counts.write("%d %d %d " % tuple(_reads))
        _counts.flush()
        model.Flash.readblocks(self, block, buffer, offset)


class Journal(CountedFlash):
    index = 1


class Spi(model.Nothing):
    """A panel's bus."""

    def write(self, data):
        if not _reads[2] and len(data) >= _PICTURE_BYTES:
            _reads[2] = _reads[0]


image = sys.argv[1]
system_start, system_size, journal_start, journal_size = (int(word) for word in sys.argv[3:])
journal = Journal(image, 0, journal_start, journal_size)
model.Machine.SPI = model.Machine.SoftSPI = Spi
model.Partition.find = staticmethod(lambda *_, **__: [journal])
model.boot(CountedFlash(image, 0, system_start, system_size))
