"""Sets the wall clock, and leaves a record of it. In memory only while it is needed."""


def set_utc(context, utc_ms, error_ms, source):
    """Set the wall clock of `context` (firmware.context.Context) and record it.

    Args:
        context: Whose clock and journal.
        utc_ms: Milliseconds since 1970, UTC.
        error_ms: How wrong `utc_ms` may be.
        source: The word of the record, b"host" or b"rtc".

    Returns:
        The clock record's (seq, ms); a seq of 0: it could not be saved.

    """
    ms = context.uptime_ms()
    context.clock.set_utc_ms(utc_ms, ms)
    writer = context.journal.begin(b"clock", ms)
    writer.number_field(b"utc", utc_ms)
    writer.number_field(b"err", error_ms)
    writer.text_field(b"source", source)
    return context.journal.save(), ms
