"""screen: what the panel shows."""

from firmware.link.screenshot import send_picture


async def serve(exchange, _values):
    """Answer the verb."""
    await send_picture(exchange, *exchange.context.display.picture())
