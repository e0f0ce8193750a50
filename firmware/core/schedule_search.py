"""Looks talks up in a `core.schedule.Schedule` by id and by nearness; the device needs this only now and then."""

from .portable import const
from .schedule import ScheduleError

_ID = const(0)
_START = const(1)
_END = const(2)
_ROW = const(3)


def find(schedule, talk_id):
    """Return the index of the talk with the id `talk_id` (bytes), or -1. Reads about 2 log2(count) rows."""
    low = 0
    high = schedule.count
    while low < high:
        middle = (low + high) // 2
        schedule.load(middle)
        index = schedule.number(_ROW)
        if index >= schedule.count:
            raise ScheduleError("Schedule damaged. Push it again.")
        schedule.load(index)
        found = schedule.text(_ID)
        if found == talk_id:
            return index
        if found < talk_id:
            low = middle + 1
        else:
            high = middle
    return -1


def nearest_talks(schedule, utc_s, count):
    """Return the indexes of up to `count` talks nearest to `utc_s`, the nearest first.

    Talks that run come first, the latest to start before the others; then by the time to their start or since
    their end.
    """
    if count < 1:
        return []
    found: list[tuple[int, int, int]] = []  # (distance in s, since its start in s or 0, index), sorted
    first_after = schedule.first_after(utc_s)
    index = first_after - 1
    while index >= 0:
        schedule.load(index)
        since_start_s = utc_s - schedule.number(_START)
        if len(found) == count and since_start_s - schedule.longest_s > found[-1][0]:
            break
        _keep(found, count, (max(0, utc_s - schedule.number(_END)), since_start_s, index))
        index -= 1
    index = first_after
    while index < schedule.count:
        schedule.load(index)
        until_start_s = schedule.number(_START) - utc_s
        if len(found) == count and until_start_s > found[-1][0]:
            break
        _keep(found, count, (until_start_s, 0, index))
        index += 1
    return [entry[2] for entry in found]


def _keep(found, count, entry):
    """Put `entry` into the sorted list `found`, which keeps the `count` smallest."""
    position = len(found)
    while position and entry < found[position - 1]:
        position -= 1
    found.insert(position, entry)
    if len(found) > count:
        found.pop()
