"""A day with a journal: presses, idle work, resets, syncs. What the device has shown as saved is noted as it happens.

Runs on CPython and MicroPython.
"""

import binascii

from firmware.journal.commit import commit
from firmware.journal.journal import Journal
from firmware.journal.reader import DAMAGED, NOTHING, RECORD, Cursor
from tests.faults.journal.flash import Dice, Flash
from tests.support.device.laptop import record

FULL = b"journal full"
DEVICE = b"a1b2c3d4e5f6"
EPOCH = b"0BADF00D"

_TAGS = (b"note", b"quote", b"idea", b"question", b"todo", b"sixteen-letters-")
_TALKS = (b"", b"PQ3XYZ", b"A", b"TWELVELETTER")
_ERRORS = (b"x", b"MemoryError: memory allocation failed, alloc", b"%\n\xff \x00")


class PromiseError(Exception):
    """The journal broke a promise."""


class History:
    """What the device has shown as saved (`saved`, lines), and what the laptop has (`fetched`, lines in its log)."""

    def __init__(self):
        self.saved = []
        self.fetched = []
        self.highest_seq = 0
        self.highest_boot = 0
        self.tried = ()  # records whose save had begun, and was not confirmed: they may be there or not

    def stamp(self):
        """Return how far everything is: what an operation on the flash is stamped with."""
        return (len(self.saved), len(self.fetched), self.highest_seq, self.highest_boot, self.tried)

    def at(self, stamp):
        """Return the history as it was when `stamp` was taken."""
        past = History()
        past.saved = self.saved[: stamp[0]]
        past.fetched = self.fetched[: stamp[1]]
        past.highest_seq, past.highest_boot, past.tried = stamp[2:]
        return past


class Handheld:
    """A device on `flash`: `start` is its power switch, and `history` its witness."""

    def __init__(self, flash, history):
        self.flash = flash
        self.history = history
        self.ms = 0
        self.start()

    def start(self):
        """Boot: mount, and write the boot record."""
        self.journal = Journal(self.flash, DEVICE)
        self.flash.stamp = self.history.stamp()
        self.journal.mount()
        self.ms = 0
        writer = self.begin(record.BOOT)
        writer.text_field(b"reset", b"poweron")
        writer.text_field(b"fw", b"0.1.0")
        self.save(writer)

    def begin(self, kind):
        """Start a record."""
        self.ms += 1100
        return self.journal.begin(kind, self.ms)

    def save(self, writer):
        """Save the record that was begun; note it, if the journal says that it is saved. Return its seq, or 0."""
        history = self.history
        boot = self.journal.boot
        tried = history.tried
        history.tried = tried + (bytes(writer.view[: writer.length]),)  # noqa: RUF005  MicroPython; without its CRC
        self.flash.stamp = history.stamp()
        seq = self.journal.save()
        if seq:
            if seq <= history.highest_seq:
                raise PromiseError(f"record number {seq} is used twice")
            history.saved.append(bytes(writer.view[: writer.length]))
            history.highest_seq = seq
            history.highest_boot = max(history.highest_boot, boot)
        if seq or self.journal.problem == FULL:
            history.tried = tried
        self.flash.stamp = history.stamp()
        return seq

    def press(self, dice):
        """Write one of the records that presses leave."""
        kind = dice.below(10)
        if kind < 6:
            return self.bookmark(dice)
        if kind < 8:
            writer = self.begin(record.RETAG)
            writer.number_field(b"of", self.journal.last_seq)
            writer.text_field(b"tag", dice.pick(_TAGS))
        elif kind < 9:
            writer = self.begin(record.COUNTDOWN)
            writer.text_field(b"do", b"start")
            writer.number_field(b"plan", 300000)
            writer.text_field(b"preset", b"lightning")
        else:
            writer = self.begin(record.FAULT)
            writer.text_field(b"task", b"screen")
            writer.text_field(b"error", dice.pick(_ERRORS))
        return self.save(writer)

    def bookmark(self, dice):
        """Write a bookmark, for which the journal keeps its last sector."""
        writer = self.begin(record.BOOKMARK)
        writer.text_field(b"tag", dice.pick(_TAGS))
        talk = dice.pick(_TALKS)
        if talk:
            writer.text_field(b"talk", talk)
        return self.save(writer)

    def idle(self):
        """Do the flash work that waits for a quiet moment. A gap record that it writes is no promise to anybody."""
        self.flash.stamp = self.history.stamp()
        for _ in range(4):
            if not self.journal.prepare():
                return

    def set_time(self, utc_ms=1778812345678):
        """Leave the clock record that a laptop asks for; return its seq, or 0."""
        writer = self.begin(record.CLOCK)
        writer.number_field(b"utc", utc_ms)
        writer.number_field(b"err", 4)
        writer.text_field(b"source", b"host")
        return self.save(writer)

    def sync(self):
        """Fetch as a laptop does, which first has every line for good; then commit."""
        history = self.history
        known = set(history.fetched)
        if not any(line.split(b" ")[1:4:2] == [b"%d" % self.journal.boot, record.CLOCK] for line in history.fetched):
            self.set_time()
        newest = None
        try:
            for seq, line, _, _ in items(self.journal):
                if not seq:
                    continue
                newest = line
                if line not in known:
                    history.fetched.append(line)
                    known.add(line)
        except OSError:
            return  # the laptop gets the answer that the flash cannot be read
        finally:
            self.flash.stamp = history.stamp()
        if newest:
            commit(self.journal, self.journal.epoch, seq_of(newest), newest[-9:-1])


def seq_of(line):
    """Return the number of a record."""
    return int(line[: line.find(b" ")])


def items(journal, from_seq=1):
    """Yield (seq, bytes, 0, 0) for every record in flash, and (0, bytes, sector, offset) for damage, in its order."""
    cursor = Cursor(journal)
    cursor.seek(from_seq)
    while True:
        found = cursor.next()
        if found == NOTHING:
            return
        if found == RECORD:
            yield cursor.seq, bytes(cursor.line[: cursor.length]), 0, 0
        elif found == DAMAGED:
            yield 0, bytes(cursor.line[: cursor.length]), cursor.serial, cursor.offset


def checked(body):
    """Return the checked line of `body`."""
    return body + b" *%08X\n" % (binascii.crc32(body) & 0xFFFFFFFF)


def formatted(count):
    """Return a flash that holds an empty journal of a known epoch, as docs/journal.md describes it."""
    flash = Flash(count)
    header = checked(b"=sector 1 " + DEVICE + b" " + EPOCH + b" 0 1 0 1")
    flash.do(0, header + header)
    return flash


def is_blank_day(seed):
    """Return whether the day begins with a blank flash, whose epoch is random then."""
    return seed % 4 == 3


def is_long_day(seed):
    """Return whether the day is long, far from any laptop."""
    return seed % 3 == 2


def live(seed, flash, history):
    """Let a day happen on `flash`. Return the device at its end."""
    dice = Dice(seed)
    is_long = is_long_day(seed)
    flash.stamp = history.stamp()
    device = Handheld(flash, history)
    for _ in range(400 if is_long else 150):
        happen(device, dice, (84, 92, 100 if is_long else 95))
        if device.journal.percent == 100 and dice.chance(5):
            device.sync()
    return device


def happen(device, dice, percents):
    """Let one thing happen: a press, idle work, a reset or a sync; `percents` are where the first three end."""
    event = dice.below(100)
    if event < percents[0]:
        device.press(dice)
    elif event < percents[1]:
        device.idle()
    elif event < percents[2]:
        device.start()
    else:
        device.sync()


def recorded_day(seed):
    """Return (flash before the day, its operations, history) of one day, with a ring of 3 or 4 sectors."""
    count = 3 + seed % 2
    flash = Flash(count) if is_blank_day(seed) else formatted(count)
    before = flash.copy()
    history = History()
    flash.log = []
    live(seed, flash, history)
    return before, flash.log, history
