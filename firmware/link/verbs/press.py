"""press: presses a button, on simulated boards."""

from micropython import const

from firmware.link.request import RequestError, number, value

_MOST_MS = const(10_000)


async def serve(exchange, values):
    """Answer the verb."""
    press = getattr(exchange.context.board, "press", None)
    if not press:
        raise RequestError(b"unsupported")
    press(value(values, "button"), number(values, "ms", 1, _MOST_MS))
    exchange.begin(b"press")
    await exchange.send()
