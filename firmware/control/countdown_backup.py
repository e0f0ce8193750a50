"""Lets a countdown survive a reset: in the RTC's memory, with the time of the chip's clock, closed by a CRC-32.

The memory is lost with the power, and so is the countdown.
"""

import binascii
import struct

from firmware.core import countdown as core
from firmware.core.portable import const

# format; running; planned, one-finger, two-finger, total and left ms; overtime; end, UTC minute; chip's ms; seq of the
# start; epoch; preset; talk
_FORM = "<4sBIIIiiBIqI8s48s12s"
_MAGIC = b"run2"
_MAX_RESET_MS = const(24 * 3600 * 1000)  # a countdown that was interrupted for longer is over


def keep(context, run_seq):
    """Save the countdown as it is, or that there is none.

    Args:
        context: firmware.context.Context, whose state has the countdown.
        run_seq: Seq of the run's start record.

    """
    state = context.state
    countdown = state.countdown
    chip = context.board.chip()
    if countdown.state not in (core.RUNNING, core.PAUSED):
        chip.memory(b"")
        return
    talk = state.talk
    data = struct.pack(
        _FORM,
        _MAGIC,
        countdown.state == core.RUNNING,
        countdown.planned_ms,
        countdown.one_finger_ms,
        countdown.two_finger_ms,
        countdown.total_ms,
        countdown.remaining_ms(context.uptime_ms()),
        countdown.overtime,
        state.end_min,
        chip.clock_ms(),
        run_seq,
        context.journal.epoch,
        state.preset,
        talk.id if talk is not None else b"",
    )
    chip.memory(data + struct.pack("<I", binascii.crc32(data)))


def restore(context, controller):
    """Continue the saved countdown; return False where there is none, or the memory is damaged.

    Args:
        context: firmware.context.Context.
        controller: The Controller, which continues it, and picks its talk again.

    """
    chip = context.board.chip()
    data = chip.memory()
    size = struct.calcsize(_FORM)
    if len(data) != size + 4 or struct.unpack("<I", data[size:])[0] != binascii.crc32(data[:size]):
        return False
    (
        magic, is_running, planned_ms, one_finger_ms, two_finger_ms, total_ms, left_ms, overtime, end_min, clock_ms,
        run_seq, epoch, preset, talk_id,
    ) = struct.unpack(_FORM, data[:size])  # fmt: skip
    away_ms = chip.clock_ms() - clock_ms
    if magic != _MAGIC or epoch != context.journal.epoch or not 0 <= away_ms < _MAX_RESET_MS:
        return False
    countdown = context.state.countdown
    countdown.load(planned_ms, one_finger_ms, two_finger_ms, overtime)
    now_ms = context.uptime_ms()
    countdown.restore(is_running, left_ms - away_ms if is_running else left_ms, total_ms, now_ms)
    context.state.preset = preset.rstrip(b"\0")
    controller.load_runner().restore(run_seq, end_min, now_ms)
    talks = controller.talks
    talk_id = talk_id.rstrip(b"\0")
    if talks.schedule is not None and talk_id:
        talks.pick_by_id(talk_id, now_ms)
    return True
