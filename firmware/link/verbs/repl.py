"""repl: ends the app; what follows on the line is MicroPython's prompt."""


async def serve(session, _values):
    """Answer the verb."""
    session.begin(b"repl")
    await session.send()
    session.server.is_leaving = True
    session.context.on_leave()
