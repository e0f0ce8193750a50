"""status: the live state, for a mirror of the screen."""

from firmware.core.countdown import STAGE_NAMES, STATE_NAMES
from firmware.core.state import SCREEN_NAMES


async def serve(exchange, _values):
    """Answer the verb."""
    app = exchange.app
    shown = app.state
    journal = app.journal
    countdown = shown.countdown
    now_ms = app.uptime_ms()
    writer = exchange.begin(b"status")
    writer.text_field(b"screen", SCREEN_NAMES[shown.screen])
    writer.number_field(b"count", shown.bookmark_count)
    writer.text_field(b"tag", shown.tag)
    writer.number_field(b"unsynced", journal.last_seq - journal.committed_seq)
    writer.number_field(b"percent", journal.percent)
    writer.text_field(b"countdown", STATE_NAMES[countdown.state])
    writer.text_field(b"stage", STAGE_NAMES[countdown.stage(now_ms)])
    writer.number_field(b"left", countdown.remaining_ms(now_ms))
    if shown.talk is not None:
        writer.text_field(b"talk", shown.talk.id)
        writer.text_field(b"title", shown.talk.title[:40])
    await exchange.send()
