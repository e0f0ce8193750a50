"""No memory in the middle of a save: nothing is saved or everything, and the journal says which."""

import sys

sys.path.insert(0, ".")

from tests.support.device.journal_device import mounted, read_all, save
from tests.support.device.nor import Nor

if sys.implementation.name == "micropython":
    from micropython import heap_lock, heap_unlock


class Poor(Nor):
    """A flash whose driver needs memory: the operation number `poor_at` finds none."""

    poor_at = -1
    calls = 0

    def _count(self):
        self.calls += 1
        if self.calls - 1 == self.poor_at:
            raise MemoryError

    def readblocks(self, block, buffer, offset):
        self._count()
        super().readblocks(block, buffer, offset)

    def writeblocks(self, block, buffer, offset):
        self._count()
        super().writeblocks(block, buffer, offset)

    def ioctl(self, request, argument):
        self._count()
        return super().ioctl(request, argument)


def test_a_driver_without_memory_is_not_saved_and_the_next_mark_is():
    full = Nor(3)
    journal = mounted(full)
    before = []
    while journal.ring.position < 4096 - 30:
        before.append(save(journal))
    first = 0
    while True:  # at every call of the driver, in a save that also erases and opens a sector
        nor = Poor(3)
        nor.load(full.data)
        journal = mounted(nor)
        saved = before[:]
        nor.calls = 0
        nor.poor_at = first
        seq = save(journal)
        nor.poor_at = -1
        if seq:
            saved.append(seq)
        else:
            assert journal.problem in (b"no memory", b"flash error"), journal.problem
        saved.append(save(journal))
        assert saved[-1], journal.problem
        for again in (journal, mounted(nor)):
            found = set(read_all(again)[0])
            assert set(saved) <= found <= set(saved) | {saved[-1] - 1}, first
        if first >= nor.calls:
            break
        first += 1
    assert first > 10


def test_a_locked_heap_is_not_saved_and_the_next_mark_is():
    if sys.implementation.name != "micropython":
        return
    nor = Nor(3)
    journal = mounted(nor)
    for number in range(150):  # across the sectors' ends
        heap_lock()
        try:
            writer = journal.begin(b"bookmark", 1000 + number)
            writer.text_field(b"tag", b"note")
            seq = journal.save()
        finally:
            heap_unlock()
        assert seq == 0 and journal.problem == b"no memory", (seq, journal.problem)
        assert save(journal) == number + 1, "no number is used up"
    assert sorted(read_all(mounted(nor))[0]) == list(range(1, 151))
