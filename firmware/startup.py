"""What the app does once, when it starts: settings, boot record, clock. Not kept in memory."""

import sys

from micropython import const

from firmware.files import SETTINGS_PATH, read_json
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


def write_boot_record(journal, board, ms):
    """Keep why the device started, and what runs on it."""
    writer = journal.begin(b"boot", ms)
    writer.text_field(b"reset", board.chip().reset_cause())
    writer.text_field(b"fw", VERSION)
    writer.text_field(b"board", board.name)
    writer.text_field(b"mp", ".".join([str(part) for part in sys.implementation.version[:3]]).encode())
    journal.save()


def restore_clock(app):
    """Take the wall clock from the chip, where it has run through a reset."""
    utc_ms = app.board.chip().utc_ms()
    if utc_ms:
        ms = app.uptime_ms()
        app.clock.set_utc_ms(utc_ms, ms)
        app.write_clock_record(utc_ms, ms, _RTC_ERROR_MS, b"rtc")
