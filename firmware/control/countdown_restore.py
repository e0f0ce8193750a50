"""Continues a countdown that a reset has interrupted. Needed once, at a start: not kept in memory."""

import binascii
import struct

from firmware.control.countdown_backup import FORM, MAGIC
from firmware.core.portable import const
from firmware.core.schedule import ScheduleError
from firmware.core.schedule_search import find

_MAX_RESET_MS = const(24 * 3600 * 1000)  # a countdown that was interrupted for longer is over


def restore(context, controller):
    """Continue the saved countdown; return False where there is none, or the memory is damaged.

    Args:
        context: firmware.context.Context.
        controller: The Controller, which continues it, and picks its talk again.

    """
    chip = context.board.chip()
    data = chip.memory()
    size = struct.calcsize(FORM)
    if len(data) != size + 4 or struct.unpack("<I", data[size:])[0] != binascii.crc32(data[:size]):
        return False
    (
        magic, is_running, planned_ms, one_finger_ms, two_finger_ms, total_ms, left_ms, overtime, end_min, clock_ms,
        run_seq, epoch, preset, talk_id,
    ) = struct.unpack(FORM, data[:size])  # fmt: skip
    away_ms = chip.clock_ms() - clock_ms
    if magic != MAGIC or epoch != context.journal.epoch or not 0 <= away_ms < _MAX_RESET_MS:
        return False
    runner = controller.load_runner()
    countdown = context.state.countdown
    countdown.load(planned_ms, one_finger_ms, two_finger_ms, overtime)
    now_ms = context.uptime_ms()
    countdown.restore(is_running, left_ms - away_ms if is_running else left_ms, total_ms, now_ms)
    context.state.preset = preset.rstrip(b"\0")
    runner.restore(run_seq, end_min, now_ms)
    talk_id = talk_id.rstrip(b"\0")
    if controller.talks.schedule is not None and talk_id:
        pick_talk(controller.talks, talk_id, now_ms)
    return True


def pick_talk(talks, talk_id, ms):
    """Pick the talk with the id `talk_id` (bytes) as a person would; do nothing where the schedule lacks it."""
    try:
        index = find(talks.schedule, talk_id)
        if index >= 0:
            talks.pick(index, ms, b"picked")
    except ScheduleError as error:
        talks.lose(error)
