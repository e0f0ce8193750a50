"""What the app does once, when it starts: settings, boot record, clock, countdown. Not kept in memory."""

import sys

from micropython import const

from firmware.core import state
from firmware.system import crash_counter, wall_clock
from firmware.system.json_files import SETTINGS_PATH, read_json
from firmware.version import VERSION

_RTC_ERROR_MS = const(2000)  # the chip's clock runs through a reset: whole seconds, and some drift


def load_settings():
    """Return (settings, problems): the stored settings that are valid, and the defaults for the rest."""
    from firmware.core import settings

    try:
        stored = read_json(SETTINGS_PATH)
    except ValueError:
        return settings.defaults(), [SETTINGS_PATH + " is damaged: defaults in use"]
    return settings.merge(stored if stored is not None else {})


def write_boot_record(context):
    """Record why the device started, what runs on it, and what failed before."""
    board = context.board
    writer = context.journal.begin(b"boot", context.uptime_ms())
    writer.text_field(b"reset", board.chip().reset_cause())
    writer.text_field(b"fw", VERSION)
    writer.text_field(b"board", board.name)
    writer.text_field(b"mp", ".".join([str(part) for part in sys.implementation.version[:3]]).encode())
    context.journal.save()
    error = crash_counter.take_error()
    if error:
        context.write_fault_record(b"start", error.encode())


def restore_clock(context):
    """Set the wall clock from the chip's, where that has run through a reset."""
    utc_ms = context.board.chip().utc_ms()
    if utc_ms:
        wall_clock.set_utc(context, utc_ms, _RTC_ERROR_MS, b"rtc")


def report_board_problems(context, controller):
    """Report on the screen, to the laptop and in the journal what does not work on this board."""
    for problem in reversed(context.board.problems):
        context.state.fault = problem.encode()
        context.state.fault_count += 1
        controller.show(state.FAULT)
        context.write_fault_record(b"board", context.state.fault)


def restore_counts(journal, bookmarks):
    """Continue the numbers that the bookmarks of each talk had before the reset."""
    from firmware.control.bookmark_counts import recount

    recount(journal, bookmarks.count)


def restore_countdown(context, controller):
    """Continue a countdown that ran when the device was reset."""
    from firmware.control import countdown_backup

    if countdown_backup.restore(context, controller.runner, controller.talks):
        controller.show(state.COUNTDOWN)
