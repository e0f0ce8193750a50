"""screen: sends the panel's picture."""

from firmware.link.request import RequestError
from firmware.link.screenshot import send_picture


async def serve(session, _values):
    """Answer the verb."""
    display = session.context.display
    if not display:  # safe mode on a board whose panel is broken
        raise RequestError("unsupported")
    await send_picture(session, *display.picture())
