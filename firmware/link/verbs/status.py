"""status: the live state, for a mirror of the screen."""

import gc

from firmware.core.countdown import STAGE_NAMES

_SCREENS = (b"note", b"countdown", b"clock", b"menu", b"info", b"fault")  # by the numbers in core.state
_COUNTDOWNS = (b"ready", b"running", b"paused", b"ended")  # ... and in core.countdown


async def serve(session, _values):
    """Answer the verb."""
    context = session.context
    shown = context.state
    journal = context.journal
    countdown = shown.countdown
    now_ms = context.uptime_ms()
    writer = session.begin(b"status")
    unsynced = journal.last_seq - journal.committed_seq
    writer.raw(b" screen=%s unsynced=%d percent=%d" % (_SCREENS[shown.screen], unsynced, journal.percent))
    writer.raw(
        b" countdown=%s stage=%s left=%d"
        % (
            _COUNTDOWNS[countdown.state],
            STAGE_NAMES[countdown.stage(now_ms)],
            countdown.remaining_ms(now_ms),
        )
    )
    gc.collect()
    writer.number_field(b"heap_free", gc.mem_free())
    writer.number_field(b"heap_used", gc.mem_alloc())
    writer.number_field(b"count", shown.bookmark_count)
    writer.text_field(b"tag", shown.tag)
    if shown.talk is not None:
        writer.text_field(b"talk", shown.talk.id)
        writer.text_field(b"title", shown.talk.title)
    await session.send()
