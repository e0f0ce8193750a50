"""time: sets the clock, and leaves a record of it."""

from firmware.link.request import RequestError, number

_FROM_MS = 946_684_800_000  # 2000-01-01: the ESP32's clock knows no time before
_UNTIL_MS = 4_102_444_800_000  # 2100-01-01
_MOST_ERROR_MS = 86_400_000
_MOST_OFFSET_S = 86_400


async def serve(session, values):
    """Answer the verb."""
    context = session.context
    utc_ms = number(values, "utc", _FROM_MS, _UNTIL_MS)
    error_ms = number(values, "err", 0, _MOST_ERROR_MS)
    if not context.set_utc(utc_ms, error_ms, number(values, "offset", -_MOST_OFFSET_S, _MOST_OFFSET_S)):
        raise RequestError(b"unsaved", context.journal.problem)
    session.begin(b"time").raw(b" seq=%d ms=%d" % (context.clock_seq, context.clock_ms))
    await session.send()
