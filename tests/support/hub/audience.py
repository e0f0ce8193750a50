"""An audience that never was: a conference, people, and what they press, the same for the same seed."""

import random
from datetime import UTC, date, datetime, timedelta

from clapmark.crowd.mark import SharedMark, contributor_key, contributor_token, mark_id
from clapmark.crowd.wire import Push
from clapmark.schedule import Schedule, Talk

TALK_S = 1_800
TALK = timedelta(seconds=TALK_S)
FIRST_DAY = date(2026, 5, 1)
HUB = "https://hub.example"


def conference(talks: int, slug: str = "crowdconf-2026") -> Schedule:
    """Return a conference with so many talks, one after the other."""
    start = datetime(2026, 5, 1, 9, 0, tzinfo=UTC)
    found = []
    for number in range(talks):
        at = start + timedelta(minutes=40 * number)
        found.append(Talk(f"talk-{number}", f"Talk number {number}", at, at + TALK, room="Hall", guid=f"g-{number}"))
    last_day = FIRST_DAY + timedelta(days=talks // 20)
    return Schedule(slug, "CrowdConf 2026", "UTC", FIRST_DAY, last_day, tuple(found))


class Person:
    """One contributor."""

    def __init__(self, number: int, talks: int, marks: int, seed: int = 1) -> None:
        self.key = contributor_key(number.to_bytes(32), HUB, "crowdconf-2026")
        self.token = contributor_token(self.key)
        random_ = random.Random(f"{seed}/{number}")
        self.marks = [self._mark(random_, seq, random_.randrange(talks)) for seq in range(1, marks + 1)]

    def _mark(self, random_: random.Random, seq: int, talk: int) -> SharedMark:
        # three places in each talk are worth a press; the rest is anywhere
        is_good = random_.random() < 0.6
        at_s = random_.choice((300, 840, 1_500)) + random_.randint(-8, 8) if is_good else random_.randrange(TALK_S)
        return SharedMark(
            id=mark_id(self.key, "aabbccddeeff", "01234567", seq),
            talk=f"guid:g-{talk}",
            at_s=at_s + 10,
            error_s=random_.choice((0, 1, 2, 20)),
            tag=random_.choice(("note", "idea", "todo")),
            length_s=random_.choice((0, 0, 0, 30)),
        )

    def pushes(self, code: str, size: int = 200) -> list[Push]:
        """Return what this person sends, in pushes of `size` marks with growing rev."""
        parts = [self.marks[start : start + size] for start in range(0, len(self.marks), size)]
        return [Push(code, self.token, rev, tuple(part)) for rev, part in enumerate(parts, 1)]
