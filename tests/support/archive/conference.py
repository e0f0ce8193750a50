"""A small conference for tests: two days, two rooms, a lightning session, in a zone that is not UTC."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from clapmark.schedule.model import LIGHTNING, TALK, Schedule, Talk, talk_order

ZONE = ZoneInfo("America/New_York")


def talk(talk_id, title, start, minutes=30, room="Hall A", speakers=("Ada Example",), day=3, **more) -> Talk:
    hour, minute = start.split(":")
    begins = datetime(2019, 5, day, int(hour), int(minute), tzinfo=ZONE)
    return Talk(talk_id, title, begins, begins + timedelta(minutes=minutes), room, speakers, **more)


def conference(*talks, slug="pyexample-2019", title="PyExample 2019") -> Schedule:
    first = min((one.start.date() for one in talks), default=date(2019, 5, 3))
    last = max((one.end.date() for one in talks), default=first)
    return Schedule(slug, title, "America/New_York", first, last, tuple(sorted(talks, key=talk_order)))


def small_conference() -> Schedule:
    return conference(
        talk(
            "dicts",
            "Dictionaries, All the Way Down",
            "13:00",
            abstract="What a *hash* is.\nAnd is not.",
            url="https://example.org/talks/1",
        ),
        talk("bees", "Bees & Sensors", "13:40", speakers=("Bo Sample", "Cy Sample")),
        talk("other", "Meanwhile, Elsewhere", "13:00", room="Hall B"),
        talk("light-1", "My 3D Printer Knits", "17:00", 5, kind=LIGHTNING, speakers=("Di Sample",)),
        talk("light-2", "Errors as Haiku", "17:05", 5, kind=LIGHTNING, speakers=("Ed Sample",)),
        talk("late", "One More Thing", "10:00", day=4, kind=TALK),
    )


def utc_ms(clock: str, day: int = 3) -> int:
    """Return the UTC of a local time of the conference such as `13:05:30`."""
    hour, minute, second = (int(word) for word in (clock + ":00").split(":")[:3])
    return round(datetime(2019, 5, day, hour, minute, second, tzinfo=ZONE).timestamp() * 1000)
