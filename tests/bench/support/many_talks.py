"""A conference of any size, for measurements: titles and names of usual length, no two talks alike."""

from datetime import UTC, date, datetime, timedelta
from random import Random

from clapmark.schedule import Schedule
from clapmark.schedule.model import Talk

_WORDS = [
    "async",
    "testing",
    "typing",
    "packaging",
    "data",
    "types",
    "community",
    "open",
    "source",
    "machine",
    "learning",
    "with",
    "without",
    "beyond",
    "for",
    "the",
    "and",
    "of",
    "python",
    "web",
    "performance",
    "security",
    "databases",
    "maintainers",
    "notebooks",
    "embedded",
    "devices",
    "debugging",
    "profiling",
    "graphs",
    "maps",
    "teaching",
    "children",
    "funding",
    "documentation",
    "accessibility",
    "deployment",
    "observability",
    "reliable",
    "simple",
    "elegant",
    "legacy",
    "how",
    "why",
    "what",
    "we",
    "learned",
    "from",
    "building",
    "a",
    "compiler",
    "parser",
    "scheduler",
    "language",
    "in",
    "production",
    "at",
    "scale",
    "under",
    "pressure",
]
_START = datetime(2026, 5, 15, 9, tzinfo=UTC)
_PER_DAY = 70
_ROOMS = 5


def many_talks(count: int) -> Schedule:
    """Return a conference of `count` talks in five rooms, the same for the same count."""
    random = Random(count)
    talks = []
    for number in range(count):
        begins = _START + timedelta(days=number // _PER_DAY, minutes=30 * (number % _PER_DAY // _ROOMS))
        title = " ".join(random.choice(_WORDS) for _ in range(random.randrange(5, 10))).capitalize()
        name = " ".join("".join(random.choices("aeioulmnrst", k=random.randrange(4, 9))) for _ in range(2)).title()
        talk_id = "".join(random.choices("ABCDEFGHJKLMNPQRSTUVWXYZ23456789", k=6))
        room = f"Hall {number % _ROOMS + 1}"
        talks.append(Talk(talk_id, title, begins, begins + timedelta(minutes=25), room, speakers=(name,)))
    last = _START + timedelta(days=count // _PER_DAY)
    return Schedule("bench-2026", "Bench", "UTC", date(2026, 5, 15), last.date(), tuple(talks))
