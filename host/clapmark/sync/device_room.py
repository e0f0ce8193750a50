"""The device's setting `room`, from the name of a room as a person types it."""

from collections.abc import Iterable

from clapmark.base.fold_names import fold
from clapmark.base.foreign_text import one_line
from clapmark.schedule import Schedule, device_rooms
from clapmark.sync.device_settings import SettingError

_MOST_LISTED = 30


def find_room(typed: str, schedules: Iterable[Schedule]) -> tuple[str, str]:
    """Return the full name of the room that `typed` names, and its name on the device.

    Names are compared as people type them (`base/fold_names.py`): the full name, then the device's short one, then a
    part that only one room has. Raises SettingError, with a list, if no room or more than one fits.
    """
    rooms = {
        (room, short.decode("latin-1"))
        for schedule in schedules
        for room, short in device_rooms(schedule).items()
        if room
    }
    wanted = fold(typed)
    found = (
        {pair for pair in rooms if fold(pair[0]) == wanted}
        or {pair for pair in rooms if fold(pair[1]) == wanted}
        or {pair for pair in rooms if wanted and wanted in fold(pair[0])}
    )
    if len({fold(short) for _, short in found}) == 1:
        return min(found)
    if not found:
        raise SettingError(
            f"No room of the schedule is called {typed!a:.80}. {listed({room for room, _ in rooms})} Nothing was "
            "changed; --force sets a room that the schedule does not have."
        )
    raise SettingError(
        f"Several rooms fit {typed!a:.80}. {listed({room for room, _ in found})} Type more of the name; nothing was "
        "changed."
    )


def listed(rooms: Iterable[str]) -> str:
    """Return a sentence that lists the rooms, sorted; or that there are none."""
    names = sorted(one_line(room, 80) for room in rooms)
    more = f", and {len(names) - _MOST_LISTED} more" if len(names) > _MOST_LISTED else ""
    if not names:
        return "It names no rooms."
    return f"Rooms: {', '.join(names[:_MOST_LISTED])}{more}."
