"""The lines of the info screen."""

import gc

from firmware.version import VERSION


def lines(state, journal):
    """Return the lines of the info screen, a tuple of Latin-1 bytes: a label, a colon, a value."""
    gc.collect()
    place = getattr(journal.ring.blocks, "place", b"flash")
    found = [
        b"Clapmark: %s, %s" % (VERSION, state.board),
        b"Journal: %d %% of %s, boot %d" % (journal.percent, place, journal.boot),
    ]
    if hasattr(gc, "mem_free"):  # the tests run on CPython, too
        found.append(b"Heap: %d KB free" % (gc.mem_free() // 1024))
    for label, count in (
        (b"Damaged", journal.damaged),
        (b"Faults", state.fault_count),
        (b"Lost button edges", state.lost_edges),
    ):
        if count:
            found.append(b"%s: %d" % (label, count))
    for problem in [journal.problem.decode()] + state.problems:
        if problem:
            found.append(b"! " + bytes([min(ord(letter), 255) for letter in problem]))
    return tuple(found)
