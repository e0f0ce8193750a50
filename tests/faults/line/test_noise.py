"""Bit flips, boot logs, lost bytes, 0x03 and bursts on the line: no frame is accepted that was not sent."""

from random import Random

import pytest

from clapmark.link.frame_reader import FrameReader, Line
from tests.faults.journal.day import checked
from tests.faults.ledger import run_part
from tests.faults.line.noise import MIXES, Wire, answer, frames_under_noise

CI_FRAMES = 100_000


@pytest.mark.parametrize("part", range(len(MIXES)))
def test_no_frame_is_accepted_that_was_not_sent(part):
    run_part("frames-under-noise", frames_under_noise, CI_FRAMES, part, len(MIXES))


def test_an_echo_does_not_stand_for_a_record_that_was_lost():
    random = Random(1)
    lines = [checked(b"%d 1 1000 bookmark tag=note" % seq) for seq in (5, 6, 7)]
    end = answer(9, b"end", {b"next": 8, b"items": 3, b"done": 1, b"last": 7})
    reader = FrameReader(Wire(lines[0] + lines[0] + lines[2] + b"\n" + end, random))
    page = reader.read_page(9, 5, 0.0)
    assert not page.is_whole
    assert (page.items, page.next_seq) == ([Line(5, lines[0])], 6)
