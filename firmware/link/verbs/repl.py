"""repl: ends the app; what follows on the line is MicroPython's prompt."""


async def serve(exchange, _values):
    """Answer the verb."""
    exchange.begin(b"repl")
    await exchange.send()
    exchange.server.is_leaving = True
    exchange.context.on_leave()
