"""What the laptop may ask of the app: the link's view of it (`firmware.link` says what it needs)."""

import json

from firmware.core import countdown, state
from firmware.core import settings as rules
from firmware.core.line import LineWriter
from firmware.core.portable import const
from firmware.files import replace_json
from firmware.version import VERSION

_STATUS_BYTES = const(411)  # 400 of words, and room for a CRC that is not used here


class SettingsAccess:
    """The settings by name, checked before they are taken, and kept on the device."""

    def __init__(self, values, path, changed):
        self._values = values
        self._path = path
        self._changed = changed

    def get(self, name):
        """Return a setting as JSON bytes, all of them for "", or None if there is none of that name."""
        if not name:
            return json.dumps(self._values).encode()
        return json.dumps(self._values[name]).encode() if name in self._values else None

    def put(self, name, value):
        """Take over a setting from JSON bytes. Raises ValueError with a sentence, OSError if it cannot be kept."""
        try:
            checked = rules.check(name, json.loads(value))
        except rules.SettingsError:
            raise
        except ValueError:
            raise ValueError(name + ": the value is no JSON")
        before = self._values[name]
        if checked == before:
            return
        self._values[name] = checked
        try:
            replace_json(self._path, self._values)
        except OSError:
            self._values[name] = before
            raise
        self._changed()


class Services:
    """The app, as the link sees it."""

    firmware_version = VERSION
    press = None  # only a simulated board could be pressed from the laptop, and the simulator does that itself

    def __init__(self, app, settings_path, schedule_path):
        self._app = app
        self._status = LineWriter(_STATUS_BYTES)
        self.journal = app.journal
        self.device_id = app.board.device_id
        self.board_name = app.board.name
        self.schedule_path = schedule_path
        self.settings = SettingsAccess(app.settings, settings_path, app.settings_changed)

    @property
    def faults(self):
        """How many tasks have died since boot."""
        return self._app.faults

    def uptime_ms(self):
        """Return the milliseconds since boot."""
        return self._app.uptime_ms()

    def utc_ms(self):
        """Return the wall clock in milliseconds since 1970, or 0 while unknown."""
        return self._app.clock.utc_ms(self.uptime_ms())

    def set_utc(self, utc_ms, error_ms, offset_s):
        """Set the wall clock; return the seq of the clock record, 0 if it could not be saved."""
        return self._app.set_utc(utc_ms, error_ms, offset_s)

    def status(self):
        """Return the live state as words: what a mirror of the device's screen needs."""
        shown = self._app.state
        now_ms = self.uptime_ms()
        writer = self._status
        writer.clear()
        writer.raw(b"screen=")
        writer.raw(state.SCREEN_NAMES[shown.screen])
        writer.number_field(b"count", shown.bookmark_count)
        writer.text_field(b"tag", shown.tag)
        writer.number_field(b"unsynced", shown.unsynced)
        writer.number_field(b"percent", shown.journal_percent)
        writer.text_field(b"countdown", countdown.STATE_NAMES[shown.countdown.state])
        writer.text_field(b"stage", countdown.STAGE_NAMES[shown.countdown.stage(now_ms)])
        writer.number_field(b"left", shown.countdown.remaining_ms(now_ms))
        if shown.talk is not None:
            writer.text_field(b"talk", shown.talk.id)
            writer.text_field(b"title", shown.talk.title[:40])
        return bytes(writer.view[: writer.length])

    def panel_picture(self):
        """Return what the panel shows: width, height, palette and the pixels of two bits."""
        pixels, width, height, palette = self._app.display.picture()
        return width, height, palette, pixels

    def schedule_changed(self):
        """A new schedule is in place."""
        self._app.load_schedule()

    def leave_to_repl(self):
        """End the app."""
        self._app.leave()
