"""Every state that a power cut can leave behind, and what must be true of each.

Runs on CPython and MicroPython. The operations of a day are recorded once; the state after a cut at each of them is
then built from the flash before it, so that no day is lived twice.
"""

from tests.faults.journal.day import FULL, Handheld, PromiseError, checked, recorded_day, seq_of
from tests.faults.journal.flash import CUTS, Dice, FlashRuleError
from tests.support.device.laptop import record


def states(flash, operations, seed, step=1, first=0):
    """Yield (operation number, how, flash, stamp) for a cut at each operation (or each `step`-th), in each way.

    `flash` is the one before the first operation; it is changed on the way.
    """
    dice = Dice(seed + 1)
    for number, operation in enumerate(operations):
        if number >= first and (number - first) % step == 0:
            for how in CUTS:
                cut = flash.copy()
                cut.do(operation.start, operation.payload, how, dice)
                yield number, how, cut, operation.stamp
        flash.do(operation.start, operation.payload)


def sync_on_paper(device):
    """Sync without a laptop: the lines go into the device's history. Return all that the laptop has then."""
    device.sync()
    return device.history.fetched


def recover(flash, history, sync=sync_on_paper):
    """Boot, append, sync, go on, boot and sync again; raise PromiseError or FlashRuleError if a promise breaks.

    `sync(device)` returns the lines in the laptop's log, in any order. Changes `flash` and `history`.
    """
    fetched_before = set(history.fetched)
    highest_boot = history.highest_boot
    device = Handheld(flash, history)
    if device.journal.problem not in (b"", FULL):
        raise PromiseError("after the cut: " + device.journal.problem.decode())
    if device.journal.boot <= highest_boot:
        raise PromiseError(f"boot number {device.journal.boot} is used twice")
    append(device)
    device.idle()
    check(sync(device), history, fetched_before)
    if not append(device):
        raise PromiseError("not even after a sync anything can be saved: " + device.journal.problem.decode())
    device.start()
    append(device)
    check(sync(device), history, fetched_before)


def append(device):
    """Save a bookmark; return its seq, or 0 where the journal is full."""
    writer = device.begin(record.BOOKMARK)
    writer.text_field(b"tag", b"behind")
    seq = device.save(writer)
    if not seq and device.journal.problem != FULL:
        raise PromiseError("not saved: " + device.journal.problem.decode())
    return seq


def check(lines, history, fetched_before):
    """Raise PromiseError unless every saved record is in `lines` once, and nothing that was never written."""
    found = {}
    for line in lines:
        seq = seq_of(line)
        if seq in found:
            raise PromiseError(f"doubled: record {seq} came twice")
        found[seq] = line
    for line in history.saved:
        if found.pop(seq_of(line), None) != line:
            raise PromiseError("lost: " + line.decode())
    for line in found.values():
        if line in fetched_before or any(line.startswith(tried) for tried in history.tried):
            continue
        words = line[:-11].split(b" ")
        if words[3] != record.GAP or checked(line[:-11]) != line:
            raise PromiseError("doubled: never written: " + repr(line))
        first, last = int(words[4][5:]), int(words[5][3:])
        if any(first <= seq_of(saved) <= last for saved in history.saved):
            raise PromiseError("lost: a record that is there is reported as missing: " + line.decode())


def kind_of(problem):
    """Return "doubled" or "lost", whichever the error tells."""
    return "doubled" if "doubled" in problem or "twice" in problem else "lost"


def power_cuts(seed, failed, sync=sync_on_paper, step=1, first=0, most=0):
    """Cut the power at every operation of day `seed`, in every way; return how many states that were.

    `failed(problem)` is called for each broken promise.
    """
    before, operations, history = recorded_day(seed)
    count = 0
    for number, how, flash, stamp in states(before, operations, seed, step, first):
        name = f"day {seed}, operation {number} of {len(operations)}, {how}"
        attempt(name, failed, flash, history.at(stamp), sync)
        count += 1
        if count == most:
            break
    return count


def second_cuts(seed, failed, sync=sync_on_paper, step=71):
    """Cut at each `step`-th operation of a day, and again at every operation of the recovery; return the number."""
    before, operations, history = recorded_day(seed)
    count = 0
    for number, how, flash, stamp in states(before, operations, seed, step, seed % step):
        start = flash.copy()
        flash.log = []
        past = history.at(stamp)
        recover(flash, past)
        for second, how_again, again, second_stamp in states(start, flash.log, seed + number):
            then = past.at(second_stamp)
            name = f"day {seed}, operation {number}, {how}; then {second}, {how_again}"
            attempt(name, failed, again, then, sync)
            count += 1
    return count


def attempt(name, failed, flash, history, sync):
    """Recover, and tell `failed` if it does not work."""
    try:
        recover(flash, history, sync)
    except (PromiseError, FlashRuleError) as error:
        failed(name + ": " + str(error))
