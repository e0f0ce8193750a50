"""Whatever a request holds, the answer is a frame, no task dies, and nothing is committed that was not synced."""

import os

from tests.faults.hostile_frames import hostile_frames
from tests.faults.ledger import run_part

REQUESTS = int(os.environ.get("CLAPMARK_HOSTILE_FRAMES", "5000"))


def test_every_hostile_request_is_answered_and_no_task_dies():
    run_part("hostile-frames", hostile_frames, REQUESTS)
