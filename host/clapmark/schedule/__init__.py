"""Schedules: read from what conferences publish, kept as one model, sent to the device in compact form."""

from clapmark.schedule.device_format import device_room, device_rooms, rooms_on_device, to_device_format
from clapmark.schedule.errors import ScheduleError
from clapmark.schedule.ids import is_id, is_slug, slug_of
from clapmark.schedule.load import load_schedule
from clapmark.schedule.merge import Update, carry_over, shared_talks
from clapmark.schedule.model import LIGHTNING, TALK, Schedule, Talk
from clapmark.schedule.store import from_json, to_json

__all__ = [
    "LIGHTNING",
    "TALK",
    "Schedule",
    "ScheduleError",
    "Talk",
    "Update",
    "carry_over",
    "device_room",
    "device_rooms",
    "from_json",
    "is_id",
    "is_slug",
    "load_schedule",
    "rooms_on_device",
    "shared_talks",
    "slug_of",
    "to_device_format",
    "to_json",
]
