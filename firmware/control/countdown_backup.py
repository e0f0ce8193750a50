"""Lets a countdown outlive a reset: in the RTC's memory, with the time of the chip's clock, closed by a CRC-32.

The memory is lost with the power, and so is the countdown. Not kept in the app's memory.
"""

import binascii
import struct

from micropython import const

from firmware.core import countdown as core
from firmware.core import state

# format; running; planned, one-finger, two-finger, total and left ms; overtime; end, UTC minute; chip's ms; seq of the
# start; epoch; preset; talk
_FORM = "<4sBIIIiiBIqI8s16s12s"
_MAGIC = b"run1"
_MOST_MS = const(24 * 3600 * 1000)  # of a reset: longer, and it is no interruption


def keep(app):
    """Write down the countdown as it is, or that there is none."""
    countdown = app.state.countdown
    memory = app.board.chip().memory
    if countdown.state not in (core.RUNNING, core.PAUSED):
        memory(b"")
        return
    chair = app.controller.chair
    talk = app.state.talk
    data = struct.pack(
        _FORM,
        _MAGIC,
        countdown.state == core.RUNNING,
        countdown.planned_ms,
        countdown.one_finger_ms,
        countdown.two_finger_ms,
        countdown.total_ms,
        countdown.remaining_ms(app.uptime_ms()),
        countdown.overtime,
        app.state.end_min,
        app.board.chip().clock_ms(),
        chair.run_seq,
        app.journal.epoch,
        app.state.preset,
        talk.id if talk is not None else b"",
    )
    memory(data + struct.pack("<I", binascii.crc32(data)))


def restore(app):
    """Go on with the countdown that was kept, where there is one and the memory is sound."""
    data = app.board.chip().memory()
    size = struct.calcsize(_FORM)
    if len(data) != size + 4 or struct.unpack("<I", data[size:])[0] != binascii.crc32(data[:size]):
        return
    (
        magic, is_running, planned_ms, one_finger_ms, two_finger_ms, total_ms, left_ms, overtime, end_min, clock_ms,
        run_seq, epoch, preset, talk_id,
    ) = struct.unpack(_FORM, data[:size])  # fmt: skip
    away_ms = app.board.chip().clock_ms() - clock_ms
    if magic != _MAGIC or epoch != app.journal.epoch or not 0 <= away_ms < _MOST_MS:
        return
    shown = app.state
    countdown = shown.countdown
    countdown.load(planned_ms, one_finger_ms, two_finger_ms, overtime)
    now_ms = app.uptime_ms()
    countdown.restore(is_running, left_ms - away_ms if is_running else left_ms, total_ms, now_ms)
    shown.preset = preset.rstrip(b"\0")
    controller = app.controller
    controller.chair.restore(run_seq, end_min, now_ms)
    controller.show(state.COUNTDOWN)
    schedule = controller.talks.schedule
    talk_id = talk_id.rstrip(b"\0")
    if schedule is not None and talk_id:
        from firmware.core.schedule_search import find

        index = find(schedule, talk_id)
        if index >= 0:
            controller.talks.pick(index, now_ms, b"picked")
