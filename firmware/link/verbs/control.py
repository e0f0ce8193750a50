"""control: the countdown's commands, each done once however often it is sent."""

from micropython import const

from firmware.core.state import FLASH_NOT_SAVED
from firmware.link.request import RequestError, number, value

_MOST_ID = const(0x3FFFFFFF)
_KEPT = const(4)  # one request at a time: a repeated one is the newest, or close to it
_MOST_MINUTES = const(600)
_MOST_UTC_MIN = const(0x3FFFFFFF)
_MOST_INDEX = const(11)

# the commands, and the range of `number` for those that need one
_COMMANDS = {
    b"start": (),
    b"pause": (),
    b"stop": (),
    b"next": (),
    b"back": (),
    b"skip": (),
    b"talk": (),
    b"add": (-_MOST_MINUTES, _MOST_MINUTES),
    b"end": (1, _MOST_UTC_MIN),
    b"preset": (0, _MOST_INDEX),
    b"silent": (0, 1),
}


async def serve(session, values):
    """Answer the verb."""
    context = session.context
    ident = number(values, "id", 1, _MOST_ID)
    command = value(values, "do")
    limits = _COMMANDS.get(command)
    if limits is None:
        raise RequestError("argument", b"do")
    argument = number(values, "number", limits[0], limits[1]) if limits else 0
    talk_id = values.get("talk", b"")
    if command == b"talk" and not talk_id:
        raise RequestError("argument", b"talk")
    boot = context.journal.boot
    if number(values, "boot", 0, _MOST_ID, boot) != boot:
        raise RequestError("boot", b"%d" % boot)
    reason = _known(session, ident)
    is_new = reason is None
    if is_new:
        reason = context.on_control(command, argument, talk_id)
        if reason is None:  # safe mode has no countdown
            raise RequestError("unsupported")
        session.commands = ((ident, reason),) + session.commands[: _KEPT - 1]
    if reason:
        raise RequestError("refused", reason)
    writer = session.begin(b"control")
    writer.number_field(b"id", ident)
    writer.number_field(b"new", int(is_new))
    writer.number_field(b"last", context.journal.last_seq)
    if context.state.flash == FLASH_NOT_SAVED:
        writer.text_field(b"problem", context.state.flash_reason)
    await session.send()


def _known(session, ident):
    """Return why the command with that id was refused, b"" if it was done, None if it is new."""
    for known, reason in session.commands:
        if known == ident:
            return reason
    return None
