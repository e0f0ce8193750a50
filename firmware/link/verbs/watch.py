"""watch: the countdown as it is, as soon as it differs from what the laptop knows."""

import asyncio

from micropython import const

from firmware.core.countdown import RUNNING, STAGE_NAMES, Countdown
from firmware.core.state import NoCountdown
from firmware.link.request import number

_MOST_WAIT_MS = const(2000)
_TURN_MS = const(30)
_MARK_BITS = const(0xFFFFFF)
_COUNTDOWNS = (b"ready", b"running", b"paused", b"ended")  # by the numbers in core.countdown


async def serve(session, values):
    """Answer the verb."""
    context = session.context
    known = number(values, "at", 0, _MARK_BITS, 0)
    end_ms = context.uptime_ms() + number(values, "wait", 0, _MOST_WAIT_MS, 0)
    shown = context.state
    new = Countdown()
    while True:
        now_ms = context.uptime_ms()
        countdown = new if isinstance(shown.countdown, NoCountdown) else shown.countdown
        mark = _mark(shown, countdown, now_ms)
        if mark != known or now_ms >= end_ms or session.server.has_input():
            break
        await asyncio.sleep_ms(_TURN_MS)
    writer = session.begin(b"watch")
    writer.raw(
        b" at=%d ms=%d countdown=%s stage=%s left=%d total=%d plan=%d"
        % (
            mark,
            now_ms,
            _COUNTDOWNS[countdown.state],
            STAGE_NAMES[countdown.stage(now_ms)],
            countdown.remaining_ms(now_ms),
            countdown.total_ms,
            countdown.planned_ms,
        )
    )
    writer.raw(
        b" one=%d two=%d overtime=%d up=%d end=%d silent=%d alert=%d screen=%d"
        % (
            countdown.one_finger_ms,
            countdown.two_finger_ms,
            countdown.overtime,
            countdown.counts_up,
            shown.end_min,
            shown.silent,
            shown.alert,
            shown.screen,
        )
    )
    if shown.talk is not None:
        writer.text_field(b"talk", shown.talk.id)
    if shown.next_talk is not None:
        writer.text_field(b"next", shown.next_talk.id)
    writer.text_field(b"preset", shown.preset, 60)
    if shown.talk is not None:
        writer.text_field(b"speaker", shown.talk.speaker, 70)
        writer.text_field(b"title", shown.talk.title)
    await session.send()


def _mark(shown, countdown, now_ms):
    """Return a number from 1 on that changes with whatever the answer says, but not with the passing of time."""
    left_ms = countdown.remaining_ms(now_ms)
    if countdown.state == RUNNING:
        left_ms += now_ms  # the deadline
    mark = left_ms & _MARK_BITS
    mark = _mix(mark, countdown.state << 4 | countdown.stage(now_ms) << 1 | shown.silent)
    mark = _mix(mark, countdown.total_ms)
    mark = _mix(mark, shown.end_min)
    mark = _mix(mark, shown.screen << 1 | shown.alert)
    mark = _mix(mark, hash(shown.preset))
    if shown.talk is not None:
        mark = _mix(mark, hash(shown.talk.id))
    if shown.next_talk is not None:
        mark = _mix(mark, hash(shown.next_talk.id) ^ 1)
    return mark or 1


def _mix(mark, value):
    return (mark * 31 ^ value & _MARK_BITS) & _MARK_BITS
