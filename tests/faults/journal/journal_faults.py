"""Bit rot, drivers that fail, and a ring that is recycled with a power cut at every erase."""

from clapmark.archive import record
from tests.faults.journal import cuts
from tests.faults.journal.day import FULL, Handheld, History, PromiseError, formatted, is_long_day, live, seq_of
from tests.faults.journal.flash import DRIVER_FAULTS, READ, Dice, Flash, FlashRuleError, Operation
from tests.faults.ledger import Ledger
from tests.faults.line.laptop import Laptop, SyncedLaptop

_FLIPS = 500  # in one unit
_DAYS_OF_FLIPS = 64
_READ_STEP = 29
_LONG_STEP = 4  # of the operations of a long day; the long days that follow take the other ones
_MOST_RECORDS = 120  # of those that press leaves, in one sector


def bit_flips(number: int, ledger: Ledger) -> None:
    """One day's journal with one bit flipped: some 500, spread over all of it; later ones lie between them."""
    seed = number % _DAYS_OF_FLIPS
    flash = formatted(3 + seed % 2)
    history = History()
    device = live(seed - seed % 4, flash, history)  # a day that does not begin with a blank flash
    if number % 2:
        device.sync()  # and the bits that flip then are in the archive already
    bits = 8 * len(flash.data)
    stride = bits // _FLIPS
    sync = SyncedLaptop()
    for bit in range(number // _DAYS_OF_FLIPS % stride, bits, stride):
        ledger.injected += 1
        rotten = flash.copy()
        rotten.data[bit >> 3] ^= 1 << (bit & 7)
        try:
            read_rotten(rotten, history.at(history.stamp()), sync)
        except (PromiseError, FlashRuleError) as error:
            ledger.fail(f"journal {number}, bit {bit}: {error}")


def read_rotten(flash: Flash, history: History, sync: SyncedLaptop) -> None:
    """Sync a journal with a flipped bit: every record comes whole, or the laptop tells that it does not."""
    before = list(history.saved)
    known = set(history.fetched)
    device = Handheld(flash, history)
    lines = sync(device)
    result = sync.results[0]
    found: dict[int, bytes] = {}
    for line in lines:
        seq = seq_of(line)
        if seq in found:
            raise PromiseError(f"doubled: record {seq} came twice")
        found[seq] = line
    written = {seq_of(line): line for line in history.saved}
    for seq, line in found.items():
        if seq in written and line != written[seq]:
            raise PromiseError(f"silent: record {seq} was changed")
        if seq not in written and line not in known and not is_told(seq, line, history):
            raise PromiseError(f"doubled: never written: {line!r}")
    for line in before:
        seq = seq_of(line)
        if seq in found:
            continue
        if not (result.damaged or any(first <= seq <= last for first, last in result.gaps)):
            raise PromiseError(f"silent: record {seq} is missing, without a report")
        if result.exit_code == 0:
            raise PromiseError(f"silent: record {seq} is missing, and the exit code is 0")
    for line in history.saved[len(before) :]:
        if line not in lines:
            raise PromiseError(f"lost: {line!r}, saved after the bit had flipped")


def is_told(seq: int, line: bytes, history: History) -> bool:
    """Return whether this is a gap record, or one whose save was not confirmed."""
    return line.split(b" ")[3] == record.GAP or any(line.startswith(tried) for tried in history.tried)


def driver_faults(number: int, ledger: Ledger) -> None:
    """One day, lived again with one failure of the block driver in it.

    At each operation in four ways (on a long day at each fourth one), and at every 29th read.
    """
    count = 3 + number % 2
    flash = formatted(count)
    live(number, flash, History())
    sync = SyncedLaptop()
    first, step = (number // 3 % _LONG_STEP, _LONG_STEP) if is_long_day(number) else (0, 1)
    for operation in range(first, flash.operations, step):
        for how in DRIVER_FAULTS:
            live_with_fault(number, operation, how, sync, ledger)
    for read in range(number % _READ_STEP, flash.reads, _READ_STEP):
        live_with_fault(number, read, READ, sync, ledger)


def live_with_fault(seed: int, at: int, how: str, sync: SyncedLaptop, ledger: Ledger) -> None:
    """Live day `seed` with one fault; the same boot goes on. Then boot, and look for everything that was confirmed."""
    ledger.injected += 1
    flash = formatted(3 + seed % 2)
    history = History()
    if how == READ:
        flash.read_fault_at = at
    else:
        flash.fault_at = at
    flash.fault = how
    try:
        live(seed, flash, history)
        cuts.recover(flash.copy(), history, sync)
    except (PromiseError, FlashRuleError) as error:
        ledger.fail(f"day {seed}, {how} at {at}: {error}")


class _Ring:
    """A journal that is filled, committed and refilled; its flash is forked at each erase."""

    def __init__(self, seed: int, ledger: Ledger) -> None:
        self.dice = Dice(seed)
        self.ledger = ledger
        self.flash = formatted(3 + seed % 3)
        self.history = History()
        self.device = Handheld(self.flash, self.history)
        self.laptop = Laptop()

    def cycle(self) -> None:
        """Fill to the brim, sync, and refill a part; wherever a sector is erased, cut in each way, and keep one."""
        start = len(self.history.saved)
        for write in (self.device.press, self.device.bookmark):  # what is no mark is refused a sector earlier
            while write(self.dice):
                if len(self.history.saved) - start > _MOST_RECORDS * self.flash.count:
                    raise PromiseError("lost: the journal takes more than it can hold")
                if self.dice.chance(10):
                    self.device.idle()
        if self.device.journal.problem != FULL:
            raise PromiseError("not saved: " + self.device.journal.problem.decode())
        if self.device.journal.percent != 100:
            raise PromiseError("silent: full, and not told in percent")
        self.history.fetched = self.laptop.sync(self.device)
        self.flash.stamp = self.history.stamp()
        before = self.flash.copy()
        self.flash.log = []
        while self.device.journal.prepare():
            pass
        for _ in range(200):
            if not self.device.press(self.dice):
                break
            self.device.idle()
        operations, self.flash.log = self.flash.log, None
        self.cut_at_erases(before, operations)

    def cut_at_erases(self, flash: Flash, operations: list[Operation]) -> None:
        """Recover from a cut at each erase in each way; go on from the last one, so that cuts add up."""
        sync = SyncedLaptop()
        kept = None
        for number, how, cut, stamp in cuts.states(flash, operations, self.ledger.injected):
            if operations[number].payload is not None:
                continue
            self.ledger.injected += 1
            history = self.history.at(stamp)
            if kept is None or self.dice.chance(20):
                kept = cut.copy(), self.history.at(stamp)
            try:
                cuts.recover(cut, history, sync)
            except (PromiseError, FlashRuleError) as error:
                self.ledger.fail(f"erase {number}, {how}: {error}")
        if kept is not None:
            self.flash, self.history = kept
            self.device = Handheld(self.flash, self.history)
            self.laptop.become(self.device.journal.epoch, self.history.fetched)


CYCLES = 5  # in one unit


def recycling(number: int, ledger: Ledger) -> None:
    """Five cycles of one ring: full, commit, recycle, refill, with a cut at each erase in five ways."""
    ring = _Ring(number, ledger)
    for _ in range(CYCLES):
        try:
            ring.cycle()
        except (PromiseError, FlashRuleError) as error:
            ledger.fail(f"ring {number}: {error}")
            return
