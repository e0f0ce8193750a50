"""time: sets the clock, and leaves a record of it."""

from firmware.link.request import RequestError, number


async def serve(exchange, values):
    """Answer the verb."""
    context = exchange.context
    utc_ms = number(values, "utc", 0, 1 << 48)
    error_ms = number(values, "err", 0, 1 << 30)
    if not context.set_utc(utc_ms, error_ms, number(values, "offset", -86400, 86400)):
        raise RequestError(b"unsaved", context.journal.problem)
    exchange.begin(b"time").raw(b" seq=%d ms=%d" % (context.clock_seq, context.clock_ms))
    await exchange.send()
