"""Sets the wall clock, and leaves a record of it. In memory only while it is needed."""


def take(services, utc_ms, error_ms, source):
    """Take it that UTC is `utc_ms`, give or take `error_ms`; return the clock record's (seq, ms), seq 0: not saved.

    `source` is the word of the record, b"host" or b"rtc".
    """
    ms = services.uptime_ms()
    services.clock.set_utc_ms(utc_ms, ms)
    writer = services.journal.begin(b"clock", ms)
    writer.number_field(b"utc", utc_ms)
    writer.number_field(b"err", error_ms)
    writer.text_field(b"source", source)
    return services.journal.save(), ms
