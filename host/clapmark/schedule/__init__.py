"""Schedules: read from what conferences publish, kept as one model, sent to the device in compact form."""

from clapmark.schedule.compact import compact, device_rooms
from clapmark.schedule.errors import ScheduleError
from clapmark.schedule.ids import is_id, is_slug, slug_of
from clapmark.schedule.load import load_schedule
from clapmark.schedule.model import LIGHTNING, TALK, Schedule, Talk
from clapmark.schedule.store import from_json, to_json
from clapmark.schedule.versions import Update, carry_over

__all__ = [
    "LIGHTNING",
    "TALK",
    "Schedule",
    "ScheduleError",
    "Talk",
    "Update",
    "carry_over",
    "compact",
    "device_rooms",
    "from_json",
    "is_id",
    "is_slug",
    "load_schedule",
    "slug_of",
    "to_json",
]
