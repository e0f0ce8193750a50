"""What a post looks like."""

from pathlib import Path

import pytest

from clapmark.archive.wall_time import WallTime
from clapmark.bookmarks.fold import Bookmark
from clapmark.bookmarks.linker import How, Linked
from clapmark.notes import plan_notes
from clapmark.notes.lines import Lines
from clapmark.notes.sections import sections
from clapmark.posts.flavours import HUGO
from clapmark.posts.ids import UNLINKED
from tests.support.archive.conference import ZONE, conference, small_conference, talk, utc_ms
from tests.support.archive.notes_archive import SLUG, make_archive, write_notes

LINES = Lines(HUGO, ZONE)
GOLDEN = Path(__file__).parents[2] / "fixtures" / "notes" / "afternoon.md"


def bullet_of(when: WallTime, length_ms: int = 0, linked: bool = True, tag: str = "note") -> str:
    bookmark = Bookmark("a1b2c3d4e5f6", "0BADF00D", 1, "00000000", 1, 0, when, tag, length_ms=length_ms)
    schedule = conference(talk("dicts", "Dictionaries", "13:00"))
    link = Linked(bookmark, SLUG, schedule.talks[0] if linked else None, How.CHOSEN)
    (section,) = (one for one in sections(schedule, [link], frozenset(), LINES) if one.wanted)
    return section.bullets[0].text


def around(clock: str, error_s: float, day: int = 3) -> WallTime:
    middle = utc_ms(clock, day)
    return WallTime(middle - round(error_s * 1000), middle + round(error_s * 1000))


def test_the_afternoon_is_the_golden_post(tmp_path):
    archive = make_archive(tmp_path)
    assert write_notes(archive) == []
    assert archive.post_path(SLUG).read_bytes() == GOLDEN.read_bytes()


def test_a_second_run_plans_and_writes_nothing(tmp_path):
    archive = make_archive(tmp_path)
    write_notes(archive)
    stamps = {path: (path.stat().st_mtime_ns, path.stat().st_ino) for path in tmp_path.rglob("*")}
    plan = plan_notes(archive)
    assert (plan.changes, plan.left) == ([], [])
    assert (plan.bookmarks, plan.unlinked, plan.without_conference) == (6, 1, set())
    write_notes(archive)
    assert {path: (path.stat().st_mtime_ns, path.stat().st_ino) for path in tmp_path.rglob("*")} == stamps


def test_the_plan_shows_a_diff_and_leaves_the_archive_alone(tmp_path):
    archive = make_archive(tmp_path)
    post, written = plan_notes(archive).changes
    assert not post.path.exists() and not written.path.exists()
    diff = post.diff(tmp_path)
    assert diff.startswith(f"--- /dev/null\n+++ content/posts/{SLUG}.md\n")
    assert "+## Bees & Sensors\n" in diff


@pytest.mark.parametrize(
    ("when", "text"),
    [
        (around("13:05:59", 1), "**13:05** note, 5 min in"),
        (around("13:05:10", 29), "**13:05** note, 5 min in"),
        (around("13:05:10", 90), "**\\~13:05** note, about 5 min in"),
        (around("13:30", 3600), "**between 12:30 and 14:30** note"),
        (around("13:30", 48 * 3600), "**between 2019-05-01 13:30 and 2019-05-05 13:30** note"),
        (around("12:58:30", 1), "**12:58** note, 2 min before the start"),
        (around("12:59:59", 0), "**12:59** note, 1 min before the start"),
        (around("13:30:20", 1), "**13:30** note, 30 min in"),
        (around("13:32:10", 1), "**13:32** note, 2 min after the end"),
        (around("16:31", 1), "**16:31** note"),
        (around("09:59", 1), "**09:59** note"),
        (WallTime(utc_ms("13:05"), None), "**after 2019-05-03 13:05** note"),
        (WallTime(None, utc_ms("13:05")), "**before 2019-05-03 13:05** note"),
        (WallTime(), "**time unknown** note"),
    ],
)
def test_the_time_of_a_bullet_says_how_sure_it_is(when, text):
    assert bullet_of(when) == text


@pytest.mark.parametrize(("ms", "text"), [(400, "1 s"), (59_400, "59 s"), (60_000, "1 min"), (75_000, "1 min 15 s")])
def test_a_passage_says_its_length(ms, text):
    assert bullet_of(around("13:05", 1), ms) == f"**13:05** note, 5 min in, {text} long"


def test_a_bookmark_without_a_talk_says_its_date():
    assert bullet_of(around("14:30", 1), linked=False) == "**2019-05-03 14:30** note"


def test_only_talks_that_were_sat_in_get_a_section():
    wanted = [one.key for one in sections(small_conference(), [], frozenset({"bees", "light-2"}), LINES) if one.wanted]
    assert wanted == ["bees", ".light-0503", "light-2"]


def test_lightning_sessions_of_several_days_are_distinguished_by_their_day():
    days = [talk(f"l{day}", f"Talk {day}", "17:00", 5, day=day, kind="lightning") for day in (3, 4)]
    keys = frozenset({"l3", "l4"})
    headings = [one.heading for one in sections(conference(*days), [], keys, LINES) if one.key.startswith(".light")]
    assert headings == ["## Friday lightning talks", "## Saturday lightning talks"]
    weekly = [talk(f"l{day}", f"Talk {day}", "17:00", 5, day=day, kind="lightning") for day in (3, 10)]
    headings = [
        one.heading for one in sections(conference(*weekly), [], frozenset({"l3", "l10"}), LINES) if not one.parent
    ]
    assert headings[:2] == ["## Lightning talks of 2019-05-03", "## Lightning talks of 2019-05-10"]


def test_the_section_of_loose_bookmarks_is_last():
    assert sections(small_conference(), [], frozenset(), LINES)[-1].key == UNLINKED
