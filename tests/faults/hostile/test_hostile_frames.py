"""The answer to any request is a frame, no task dies, and nothing is committed that was not synced."""

import os

import pytest

from tests.faults.hostile.hostile_frames import hostile_frames
from tests.faults.ledger import run_part

REQUESTS = int(os.environ.get("CLAPMARK_HOSTILE_FRAMES", "5000"))


@pytest.mark.parametrize("part", range(2))  # 32 and 64 bits
def test_every_hostile_request_is_answered_and_no_task_dies(part):
    run_part("hostile-frames", hostile_frames, REQUESTS, part, 2)
