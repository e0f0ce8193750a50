"""screen: what the panel shows."""

from firmware.picture import send_picture


async def serve(exchange, _values):
    """Answer the verb."""
    pixels, width, height, palette = exchange.app.display.picture()
    await send_picture(exchange, width, height, palette, pixels)
