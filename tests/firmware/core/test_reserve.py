"""The last sector of the journal is for marks: the decision alone, without flash."""

import sys

sys.path.insert(0, ".")

from firmware.core.reserve import COMMIT_ROOM_BYTES, HERE, NEXT_SECTOR, REFUSED, place


def test_every_kind_is_written_while_there_are_sectors():
    for is_mark in (True, False):
        assert place(60, is_mark, 60, False, True) == HERE
        assert place(61, is_mark, 60, False, False) == NEXT_SECTOR


def test_only_marks_open_the_last_sector():
    assert place(61, True, 60, False, True) == NEXT_SECTOR
    assert place(61, False, 60, False, True) == REFUSED


def test_only_marks_are_written_to_the_last_sector_and_they_leave_room_for_a_commit():
    assert place(60, True, 60 + COMMIT_ROOM_BYTES, True, False) == HERE
    assert place(60, True, 59 + COMMIT_ROOM_BYTES, True, False) == REFUSED
    assert place(20, False, 4096, True, False) == REFUSED


def test_the_last_sector_keeps_the_96_bytes_that_the_page_names_for_commits():
    assert place(60, True, 156, True, False) == HERE
    assert place(60, True, 155, True, False) == REFUSED
