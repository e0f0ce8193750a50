"""press: presses a button, on simulated boards."""

from micropython import const

from firmware.link.request import RequestError, number, value

_MOST_MS = const(10_000)
_BUTTONS = (b"A", b"B", b"C")


async def serve(session, values):
    """Answer the verb."""
    press = getattr(session.context.board, "press", None)
    if not press:
        raise RequestError("unsupported")
    button = value(values, "button")
    if button not in _BUTTONS:
        raise RequestError("argument", b"button=A, B or C")
    press(_BUTTONS.index(button), number(values, "ms", 1, _MOST_MS))
    session.begin(b"press")
    await session.send()
