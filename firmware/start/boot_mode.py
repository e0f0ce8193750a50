"""Whether the app may start, or safe mode must. What is here must work where everything else fails."""

import sys

import machine

from firmware import boards
from firmware.system import crash_counter


def safe_mode_reason():
    """Return why it must be safe mode, or "" for the app.

    The mark button is held at power-up, or the last three starts crashed: by an exception that ended the app, or by
    the watchdog.
    """
    reason = ""
    try:
        if machine.reset_cause() == machine.WDT_RESET:
            crash_counter.note("watchdog")
        if crash_counter.too_many():
            reason = "the last three starts crashed"
        if boards.mark_is_held() and not reason:
            reason = "button A was held"
    except Exception as error:  # noqa: BLE001  the device must start with any error here
        sys.print_exception(error)
    return reason
