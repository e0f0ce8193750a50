"""Cuts the power under a journal in files.

From the repository's root: `micropython tests/faults/journal/run_file_cuts.py DAY`.

The flash below LittleFS is cut at every program and erase of a short day. Prints a line for each promise that broke,
then the number of states.
"""

import os
import sys

sys.path.insert(0, ".")

from firmware.drivers.file_blocks import FileBlocks
from tests.faults.journal import cuts
from tests.faults.journal.day import DEVICE, EPOCH, Handheld, History, checked, happen
from tests.faults.journal.flash import AFTER, BEFORE, HALF, RANDOM, Dice, Flash

_FLASH_SECTORS = 24
_JOURNAL_SECTORS = 3
_EVENTS = 40
_STEP = 3  # days take turns at the operations


class FlashOfFiles(Flash):
    """A flash that LittleFS lives on; who works above is asked how far everything is."""

    files = None

    def ioctl(self, request, argument):
        if request in (1, 2, 3):  # start, stop, flush
            return 0
        return super().ioctl(request, argument)

    def _operate(self, start, payload):
        if self.files is not None:
            self.stamp = self.files.stamp
        super()._operate(start, payload)


def mounted(flash, work):
    """Mount the flash's file system, let `work` do what it does with the journal's files, and unmount it."""
    os.mount(os.VfsLfs2(flash), "/flash")
    try:
        files = FileBlocks("/flash/journal", _JOURNAL_SECTORS)
        files.stamp = flash.stamp
        flash.files = files
        return work(files)
    finally:
        flash.files = None
        os.umount("/flash")


def fresh():
    """Return a flash with a file system and an empty journal of a known epoch."""
    flash = FlashOfFiles(_FLASH_SECTORS)
    os.VfsLfs2.mkfs(flash)
    header = checked(b"=sector 1 " + DEVICE + b" " + EPOCH + b" 0 1 0 1")
    mounted(flash, lambda files: files.writeblocks(0, header + header, 0))
    return flash


def live(seed, files, history):
    """Let a short day happen: presses, idle work, resets, syncs; the ring of three sectors is nearly full before."""
    dice = Dice(seed)
    files.stamp = history.stamp()
    device = Handheld(files, history)
    for _ in range(_EVENTS):
        happen(device, dice, (75, 85, 92))
    return device


def fill(files, history, count):
    """Save `count` records."""
    dice = Dice(count)
    device = Handheld(files, history)
    for _ in range(count):
        device.press(dice)
    device.sync()


def copied(flash):
    """Return a copy that is a FlashOfFiles too."""
    made = FlashOfFiles(flash.count, flash.data, flash.touched)
    made.stamp = flash.stamp
    return made


def file_cuts(seed, failed):
    """Cut the power at every third operation below the file system, in four ways; return how many states that were."""
    flash = fresh()
    history = History()
    mounted(flash, lambda files: fill(files, history, 40 * (seed % 5)))
    before = flash.copy()
    flash.log = []
    mounted(flash, lambda files: live(seed, files, history))
    count = 0
    for number, how, cut, stamp in cuts.states(before, flash.log, seed, _STEP, seed % _STEP):
        if how not in (BEFORE, HALF, RANDOM, AFTER):
            continue  # cells that were touched and read as blank are LittleFS's own matter
        name = f"day {seed} in files, operation {number} of {len(flash.log)}, {how}"
        past = history.at(stamp or history.stamp())
        try:
            mounted(copied(cut), lambda files: cuts.attempt(name, failed, files, past, cuts.sync_on_paper))  # noqa: B023  called at once
        except OSError as error:
            failed("lost: " + name + ": the file system cannot be mounted: " + str(error))
        count += 1
    return count


print(file_cuts(int(sys.argv[1]), print))
