"""hello: who this is, and what its journal holds."""

from firmware.version import PROTOCOL, VERSION


async def serve(exchange, _values):
    """Answer the verb."""
    app = exchange.app
    journal = app.journal
    now_ms = app.uptime_ms()
    writer = exchange.begin(b"hello")
    writer.number_field(b"protocol", PROTOCOL)
    writer.text_field(b"device", journal.device_id)
    writer.text_field(b"board", app.board.name)
    writer.text_field(b"firmware", VERSION)
    writer.text_field(b"epoch", journal.epoch)
    writer.number_field(b"boot", journal.boot)
    writer.number_field(b"first", journal.first_seq)
    writer.number_field(b"last", journal.last_seq)
    writer.number_field(b"committed", journal.committed_seq)
    writer.number_field(b"percent", journal.percent)
    writer.number_field(b"damaged", journal.damaged)
    writer.number_field(b"ms", now_ms)
    writer.number_field(b"utc", app.clock.utc_ms(now_ms))
    writer.number_field(b"clock", app.clock_seq)
    writer.number_field(b"clock_ms", app.clock_ms)
    writer.number_field(b"faults", app.state.fault_count)
    if journal.problem:
        writer.text_field(b"problem", journal.problem)
    await exchange.send()
