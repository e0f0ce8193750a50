"""The pictures: well-formed, all inside the frame, harmless, the same bytes each time, and no file is lost."""

import csv
import io
import json
import re
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clapmark.archive.wall_time import WallTime
from clapmark.bookmarks.fold import Bookmark
from clapmark.conference import Conference
from clapmark.pictures.countdown_chart import Bar, draw_report
from clapmark.pictures.timeline import Line, draw_timelines, tags_of, text_line, timelines
from tests.support.archive.conference import talk
from tests.support.archive.journal_text import DEVICE, EPOCH, JournalText
from tests.support.archive.notes_archive import SLUG, afternoon, make_archive, minutes
from tests.support.desk import Laptop

NS = "{http://www.w3.org/2000/svg}"
NUMBERS = ("x", "y", "x1", "y1", "x2", "y2", "cx", "cy")


def bookmark(utc_ms: int, error_ms: int, length_ms: int, tag: str, seq: int) -> Bookmark:
    when = WallTime(utc_ms - error_ms, utc_ms + error_ms)
    return Bookmark(DEVICE, EPOCH, seq, "00000000", 1, seq, when, tag, length_ms=length_ms)


def elements(data: bytes) -> list[ElementTree.Element]:
    """Return all elements; check that they are within the frame and of the few harmless kinds."""
    root = ElementTree.fromstring(data)
    _, _, width, height = map(float, root.get("viewBox").split())
    found = list(root.iter())
    assert {element.tag.removeprefix(NS) for element in found} <= {
        "svg", "g", "title", "rect", "line", "polygon", "circle", "text"
    }  # fmt: skip
    for element in found:
        assert not [name for name in element.attrib if name.startswith("on") or "href" in name]
        points = [float(element.get(name)) for name in NUMBERS if element.get(name)]
        points += [float(number) for number in re.split("[ ,]", element.get("points", "")) if number]
        assert all(0 <= point <= max(width, height) for point in points), element.attrib
    return found


def texts(data: bytes) -> list[str]:
    return [element.text for element in elements(data) if element.tag == f"{NS}text"]


@pytest.fixture
def laptop(tmp_path):
    log = afternoon()
    run = log.add(minutes(260), "countdown", do="start", plan=300_000, preset="=HYPERLINK(1)", talk="gone")
    log.add(minutes(264), "countdown", do="stop", run=run, left=60_000)
    return Laptop(make_archive(tmp_path / "archive", log).folder)


def test_the_chairs_report_as_picture_has_a_bar_for_each_countdown(laptop, tmp_path):
    picture = tmp_path / "report.svg"
    answer = laptop.type_here("report", "--svg", picture)
    assert answer.code == 0 and "Drew" in answer.stderr
    words = texts(picture.read_bytes())
    assert any("Di Sample · My 3D Printer Knits" in word for word in words)
    assert "5:55 (+0:55)" in words
    before = picture.read_bytes(), picture.stat().st_mtime_ns
    assert "nothing was changed" in laptop.type_here("report", "--svg", picture).stderr
    assert (picture.read_bytes(), picture.stat().st_mtime_ns) == before


def test_overrun_per_speaker_as_table_csv_json_and_picture(laptop, tmp_path):
    table = laptop.type_here("report", "--speakers", "--svg", tmp_path / "s.svg").stdout
    assert re.search(r"Di Sample +1 +5:00 +5:55 +\+0:55", table)
    (row,) = csv.DictReader(io.StringIO(laptop.type_here("report", "--speakers", "--csv").stdout))
    assert row == {
        "speaker": "Di Sample", "talks": "1", "planned_s": "300.0", "actual_s": "355.0", "overrun_s": "55.0"
    }  # fmt: skip
    (value,) = json.loads(laptop.type_here("report", "--speakers", "--json").stdout)
    assert value["overrun_s"] == 55
    assert any("Di Sample, 1 talk" in word for word in texts((tmp_path / "s.svg").read_bytes()))


def test_csv_has_a_row_for_each_countdown_and_no_formula(laptop):
    rows = list(csv.DictReader(io.StringIO(laptop.type_here("report", "--csv").stdout)))
    assert [row["talk"] for row in rows] == ["light-1", "light-2", "gone"]
    assert rows[0]["overrun_s"] == "55.0" and rows[1]["actual_s"] == ""
    assert rows[2]["preset"] == "'=HYPERLINK(1)"
    assert laptop.type_here("report", "--csv", "--json").code == 2


def test_a_file_that_is_no_picture_of_ours_is_left_alone(laptop, tmp_path):
    mine = tmp_path / "mine.svg"
    mine.write_text("<svg>mine</svg>")
    for words in (("report",), ("timeline",)):
        answer = laptop.type_here(*words, "--svg", mine)
        assert answer.code == 5 and "left as it is" in answer.stderr
    assert mine.read_text() == "<svg>mine</svg>"


def test_the_timeline_shows_each_talks_bookmarks_where_they_were_made(laptop, tmp_path):
    answer = laptop.type_here("timeline", "--svg", tmp_path / "t.svg")
    lines = answer.stdout.splitlines()
    assert lines[0] == "Fri 13:00 ────n───────i──────q────────── 13:30  Dictionaries, All the Way Down"
    assert len(lines) == 3
    words = texts((tmp_path / "t.svg").read_bytes())
    assert "Dictionaries, All the Way Down" in words and "13:30" in words
    circles = [one for one in elements((tmp_path / "t.svg").read_bytes()) if one.tag == f"{NS}circle"]
    assert len(circles) == 1 + 2, "the most frequent tag: its legend, and two bookmarks that were not taken back"
    one = laptop.type_here("timeline", "bees", "--svg", tmp_path / "one.svg")
    assert one.stdout.count("\n") == 1 and "Bees & Sensors" in texts((tmp_path / "one.svg").read_bytes())
    assert laptop.type_here("timeline", "no such talk").code == 2


bars = st.builds(
    Bar,
    label=st.text(),
    planned_ms=st.integers(0, 10**9),
    actual_ms=st.none() | st.integers(0, 10**9),
    figures=st.text(max_size=20),
)


@settings(deadline=None)
@given(st.lists(bars, max_size=5), st.text())
def test_any_report_can_be_drawn(rows, title):
    elements(draw_report(rows, title).to_bytes())


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(-4_000_000, 9_000_000), st.integers(0, 9_000_000), st.integers(0, 10**7), st.text(max_size=9)
        ),
        min_size=1,
        max_size=9,
    )
)
def test_any_bookmarks_can_be_drawn_and_shown_on_a_line(marks):
    one = talk("dicts", '<script>alert("1")</script> ]]>', "13:00")
    start_ms = one.start_utc_s * 1000
    made = [
        bookmark(start_ms + at, error_ms, length_ms, tag, seq)
        for seq, (at, error_ms, length_ms, tag) in enumerate(marks)
    ]
    line = Line(one, made)
    assert len(line.bookmarks) == len(marks)
    found = elements(draw_timelines([line], "x").to_bytes())
    assert not [element for element in found if "script" in element.tag]
    assert set(tags_of([line])) == {tag for *_, tag in marks}
    text = text_line(line, 30)
    assert len(text) == 30 and text.strip("─") and text.isprintable()


def test_talks_without_bookmarks_are_not_drawn(tmp_path):
    archive = make_archive(tmp_path, JournalText())
    assert timelines(Conference(archive, SLUG)) == []
