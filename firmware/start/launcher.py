"""Starts the app or safe mode (firmware.start.safe_mode), and comes back to life after a crash."""

import gc
import sys

import machine

from firmware.system import module_unloader

reason = ""  # why it is to be safe mode; "": the app


def decide():
    """Find out what to start; `start` does it."""
    global reason
    module_unloader.settle()
    from firmware.start import boot_mode

    reason = boot_mode.safe_mode_reason()
    del boot_mode
    module_unloader.sweep()
    gc.collect()


def start():
    """Run what was decided; after a crash of the app, restart the chip."""
    if reason:
        from firmware.start import safe_mode

        safe_mode.main(reason)
        return
    if "firmware.app" in sys.modules:
        machine.reset()  # a second start from the prompt: what only a start needs is no longer in memory
    try:
        from firmware import app

        app.main()
    except Exception as error:  # noqa: BLE001  no person is at the prompt of a device in use
        sys.print_exception(error)
        from firmware.system import crash_counter

        crash_counter.note("%s: %s" % (type(error).__name__, error))
        machine.reset()
