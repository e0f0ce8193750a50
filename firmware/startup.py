"""What the app does once, when it starts: settings, boot record, clock. Not kept in memory."""

import sys

from micropython import const

from firmware.core import state
from firmware.system import crash_counter, wall_clock
from firmware.system.json_files import SETTINGS_PATH, read_json
from firmware.version import VERSION

_RTC_ERROR_MS = const(2000)  # the clock in the chip has run through a reset: whole seconds, and some drift


def load_settings():
    """Return (settings, problems): what lies on the device where it is sound, the defaults for the rest."""
    from firmware.core import settings

    try:
        stored = read_json(SETTINGS_PATH)
    except ValueError:
        return settings.defaults(), [SETTINGS_PATH + " is damaged: defaults in use"]
    return settings.merge(stored if stored is not None else {})


def write_boot_record(app):
    """Keep why the device started, what runs on it, and what broke before."""
    board = app.board
    writer = app.journal.begin(b"boot", app.uptime_ms())
    writer.text_field(b"reset", board.chip().reset_cause())
    writer.text_field(b"fw", VERSION)
    writer.text_field(b"board", board.name)
    writer.text_field(b"mp", ".".join([str(part) for part in sys.implementation.version[:3]]).encode())
    app.journal.save()
    error = crash_counter.take_error()
    if error:
        app.write_fault_record(b"start", error.encode())


def restore_clock(app):
    """Take the wall clock from the chip, where it has run through a reset."""
    utc_ms = app.board.chip().utc_ms()
    if utc_ms:
        wall_clock.take(app, utc_ms, _RTC_ERROR_MS, b"rtc")


def tell_board_problems(app):
    """Say on the screen, to the laptop and in the journal what of the board cannot work."""
    for problem in reversed(app.board.problems):
        app.state.fault = problem.encode()
        app.state.fault_count += 1
        app.controller.show(state.FAULT)
        app.write_fault_record(b"board", app.state.fault)


def restore_counts(app):
    """Go on with the numbers that the bookmarks of each talk had before the reset."""
    from firmware.control.bookmark_counts import recount

    recount(app.journal, app.controller.notes.count)


def restore_countdown(app):
    """Go on with a countdown that ran when the device was reset."""
    from firmware.control import countdown_backup

    countdown_backup.restore(app)
