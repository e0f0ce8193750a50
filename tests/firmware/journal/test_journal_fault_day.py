"""Power cuts and a failing driver in a short day; tests/faults does the same at every operation, by the thousand."""

import sys

sys.path.insert(0, ".")

from firmware.journal.commit import commit
from tests.support.device.journal_device import commit_all, mounted, read_all, save
from tests.support.device.laptop import record
from tests.support.device.nor import AFTER, BEFORE, HALF, RANDOM, WEAK, Nor, PowerCutError


def a_day(journal, confirmed, committed):
    """Presses, idle work and syncs: what was confirmed is noted in `confirmed` before anything else happens."""
    for number in range(60):
        seq = save(journal, number * 1000, record.BOOKMARK, b"quote and a text that makes the line much longer")
        if seq:
            assert seq not in confirmed, "a number used twice"
            confirmed[seq] = read_all(journal, seq)[0][seq]
        if not number % 9:
            journal.prepare()
        if number % 20 == 19:
            records, _ = read_all(journal)
            committed.update(records)
            last = max(records)
            commit(journal, journal.epoch, last, records[last][-9:-1])


def check_promise(nor, journal, confirmed, committed):
    records, damage = read_all(journal)
    for seq, line in confirmed.items():
        if seq in records:
            assert records[seq] == line
        else:
            assert seq in committed, f"lost: {seq}"
    unexpected = set(records) - set(confirmed)
    highest = max(confirmed) if confirmed else 0
    assert all(seq > 0 for seq in unexpected) and len(unexpected) <= 2, unexpected
    next_seq = save(journal)
    assert next_seq > highest and next_seq not in records
    for _ in range(60):
        while journal.prepare():
            pass
        if not save(journal):
            commit_all(journal)
            assert save(journal)
    return damage


def count_operations(start):
    nor = Nor(3)
    nor.data[:] = start
    before = nor.operations
    a_day(mounted(nor), {}, set())
    return nor.operations - before


def test_a_power_cut_loses_nothing_confirmed():
    start = Nor(3).data
    cases = 0
    for operation in range(0, count_operations(start), 7):
        for how in (BEFORE, HALF, RANDOM, WEAK, AFTER):
            nor = Nor(3)
            nor.cut(operation, how)
            confirmed = {}
            committed = set()
            try:
                a_day(mounted(nor), confirmed, committed)
                raise AssertionError("the power was cut")
            except PowerCutError:
                nor.power_up()
            check_promise(nor, mounted(nor), confirmed, committed)
            cases += 1
    assert cases > 30


def test_a_driver_that_raises_once_loses_nothing_and_the_same_boot_goes_on():
    start = Nor(3).data
    for operation in range(2, count_operations(start), 9):
        nor = Nor(3)
        journal = mounted(nor)
        nor.fail(operation - nor.operations)
        confirmed = {}
        committed = set()
        a_day(journal, confirmed, committed)
        assert len(confirmed) >= 58
        check_promise(nor, mounted(nor), confirmed, committed)


def test_a_failing_flash_is_reported_and_never_raised():
    nor = Nor(4)
    journal = mounted(nor)
    save(journal)
    nor.fail(0)
    assert save(journal) == 0
    assert journal.problem == b"flash error"
    assert save(journal) == 3
    assert journal.problem == b""


def test_a_flash_that_forgets_in_silence_is_caught_by_reading_back():
    nor = Nor(4)
    journal = mounted(nor)
    nor.fail(0, "lie")
    assert save(journal) == 0
    assert journal.problem == b"flash did not keep it"
    assert save(journal) == 2
