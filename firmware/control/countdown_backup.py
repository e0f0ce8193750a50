"""Lets a countdown survive a reset: in the RTC's memory, with the time of the chip's clock, closed by a CRC-32.

The memory is lost with the power, and so is the countdown. `firmware.control.countdown_restore` continues it.
"""

import binascii
import struct

from firmware.core import countdown as core

# format; running; planned, one-finger, two-finger, total and left ms; overtime; end, UTC minute; chip's ms; seq of the
# start; epoch; preset; talk
FORM = "<4sBIIIiiBIqI8s48s12s"
MAGIC = b"run2"


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
        FORM,
        MAGIC,
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
