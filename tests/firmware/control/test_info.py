"""The info screen: what the device is, how full its journal is, and every problem that it knows."""

import sys

sys.path.insert(0, ".")

from firmware.control.info import lines
from firmware.core import state
from firmware.core.buttons import ACTION, MARK
from firmware.version import VERSION
from tests.support.device.handheld import Handheld


def without_heap(found):
    """Return the lines that CPython has, too."""
    return [line for line in found if not line.startswith(b"Heap: ")]


def test_a_healthy_device_names_itself_and_its_journal_and_nothing_else():
    device = Handheld()
    device.state.board = b"T-Display"
    device.journal.boot = 7
    for number in range(60):
        device.press(MARK, 10_000 + 1000 * number)
    percent = device.journal.percent
    assert percent > 5
    assert without_heap(lines(device.state, device.journal)) == [
        b"Clapmark: %s, T-Display" % VERSION,
        b"Journal: %d %% of flash, boot 7" % percent,
    ]


def test_a_journal_in_files_says_so():
    device = Handheld()
    device.nor.place = b"files"
    assert b" of files, boot " in lines(device.state, device.journal)[1]


def test_what_has_gone_wrong_is_counted_and_what_has_not_is_left_out():
    device = Handheld()
    device.journal.damaged = 3
    device.state.lost_edges = 1
    found = lines(device.state, device.journal)
    assert found[-2:] == (b"Damaged: 3", b"Lost button edges: 1")
    device.state.fault_count = 2
    assert b"Faults: 2" in lines(device.state, device.journal)


def test_every_problem_is_a_line_of_its_own_in_letters_that_the_panel_has():
    device = Handheld()
    device.journal.problem = b"no journal"
    device.state.problems.append("room: Zürich \u2192")
    found = lines(device.state, device.journal)
    assert found[-2:] == (b"! no journal", b"! room: Z\xfcrich \xff")


def test_the_screen_stays_until_b_leads_back_to_where_it_was_opened():
    device = Handheld()
    ms = device.choose(b"Clock", 10_000)
    ms = device.choose(b"Info", ms)
    device.wait_until(ms + 60_000)
    assert device.state.screen == state.INFO and device.state.info_lines[0].startswith(b"Clapmark: ")
    device.press(ACTION, ms + 61_000)
    assert device.state.screen == state.CLOCK
    device.press(ACTION, ms + 62_000)
    assert device.state.screen == state.CLOCK
    device.press(MARK, ms + 63_000)
    assert device.state.screen == state.NOTE
