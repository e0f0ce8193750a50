"""Starts the app or safe mode (firmware.rescue), and comes back to life after a crash."""

import gc
import sys

import machine

from firmware import overlay

reason = ""  # why it is to be safe mode; "": the app


def decide():
    """Find out what to start; `start` does it."""
    global reason
    overlay.settle()
    from firmware import decision

    reason = decision.safe_mode_reason()
    del decision
    overlay.sweep()
    gc.collect()


def start():
    """Run what was decided; after a crash of the app, start the chip anew."""
    if reason:
        from firmware import rescue

        rescue.main(reason)
        return
    try:
        from firmware import app

        app.main()
    except Exception as error:  # noqa: BLE001  a device in a hand has nobody at its prompt
        sys.print_exception(error)
        from firmware import crashes

        crashes.note("%s: %s" % (type(error).__name__, error))
        machine.reset()
