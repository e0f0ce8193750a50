"""What the laptop may ask of the app: the link's view of it."""

import json

import micropython

from firmware.core import settings as rules
from firmware.core import state
from firmware.core.countdown import STAGE_NAMES
from firmware.core.settings import SettingsError
from firmware.files import replace_json
from firmware.version import VERSION


class Services:
    """The app as `firmware.link` uses it (the protocol is in docs/link.md)."""

    def __init__(self, app):
        self._app = app
        self.journal = app.journal
        self.board_name = app.board.name
        self.device_id = app.board.device_id
        self.firmware_version = VERSION
        self.schedule_path = "schedule.txt"

    def uptime_ms(self):
        """Return the milliseconds since boot."""
        return self._app.uptime_ms()

    def utc_ms(self):
        """Return the wall clock in milliseconds since 1970, or 0 while unknown."""
        return self._app.clock.utc_ms(self.uptime_ms())
