"""From the laptop's schedule to the device's reader: what was written is found again, and every text can be shown."""

import time
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clapmark.base.errors import UsageError
from clapmark.schedule import Schedule, Talk, device_rooms, load_schedule, to_device_format
from clapmark.schedule.fold import cut, fold
from clapmark.schedule.model import talk_order
from clapmark.schedule.text import one_line, paragraphs, without_html
from firmware.core import schedule as device
from firmware.core.schedule_search import find

FIXTURES = Path(__file__).parents[2] / "fixtures"
_LATIN_1_LETTERS = set(range(0xA1, 0x100)) - {0xAD}
BERLIN = ZoneInfo("Europe/Berlin")


def schedule_of(talks: list[Talk]) -> Schedule:
    day = date(2024, 5, 17)
    return Schedule("river", "River", "Europe/Berlin", day, day, tuple(sorted(talks, key=talk_order)))


def talk(number: int, room: str = "A", title: str = "A title", minutes: int = 30) -> Talk:
    start = datetime(2024, 5, 17, 9, tzinfo=UTC) + timedelta(minutes=5 * number)
    end = start + timedelta(minutes=minutes)
    return Talk(f"t{number}", title, start.astimezone(BERLIN), end.astimezone(BERLIN), room)


TALKS = st.lists(
    st.builds(
        talk,
        st.integers(0, 400),
        st.sampled_from(["", "A", "B", "Großer Saal", "ホール", "A" * 80 + "1", "A" * 80 + "2"]),
        st.text(max_size=120),
        st.integers(0, 90),
    ),
    max_size=25,
    unique_by=lambda each: each.id,
)


@settings(deadline=None)
@given(TALKS, st.integers(-20, 2200))
def test_the_device_finds_every_talk_where_a_plain_search_finds_it(talks, minute):
    schedule = schedule_of(talks)
    rooms = device_rooms(schedule)
    reader = device.Schedule(BytesIO(to_device_format(schedule)))
    assert (reader.count, reader.name) == (len(talks), b"river")
    assert reader.utc_offset_s == 7200
    rows = [reader.talk(index) for index in range(reader.count)]
    by_id = {each.id: each for each in talks}
    assert {row.id.decode() for row in rows} == set(by_id)
    for index, row in enumerate(rows):
        original = by_id[row.id.decode()]
        assert (row.start_utc_s, row.end_utc_s) == (original.start_utc_s, original.end_utc_s)
        assert row.room == rooms[original.room]
        assert row.title
        assert find(reader, row.id) == index
    utc_s = int(datetime(2024, 5, 17, 9, tzinfo=UTC).timestamp()) + minute * 60
    running = [index for index, row in enumerate(rows) if row.start_utc_s <= utc_s < row.end_utc_s]
    assert reader.at(utc_s) == (running[-1] if running else -1)
    for room in set(rooms.values()) - {b""}:
        here = [index for index in running if rows[index].room == room]
        assert reader.at(utc_s, room) == (here[-1] if here else -1)


@pytest.mark.parametrize("name", ["listing.txt", "frab.json"])
def test_a_loaded_schedule_reaches_the_device(name):
    schedule = load_schedule(FIXTURES / name, zone="Europe/Berlin", start=date(2024, 5, 17))
    reader = device.Schedule(BytesIO(to_device_format(schedule)))
    for each in schedule.talks:
        found = reader.talk(find(reader, each.id.encode()))
        assert found.title == cut(fold(each.title), device.TITLE_BYTES)


def test_five_hundred_talks_fit():
    schedule = schedule_of([talk(number, room=f"Room {number % 7}") for number in range(500)])
    data = to_device_format(schedule)
    assert len(data) == 501 * device.ROW_BYTES
    assert device.Schedule(BytesIO(data)).count == 500


def test_the_widest_row_fits():
    start = datetime(2199, 12, 31, 23, tzinfo=UTC).astimezone(BERLIN)
    widest = Talk("a" * 12, "Ä" * 300, start, start, "Ö" * 100, ("Ü" * 100,))
    row = device.Schedule(BytesIO(to_device_format(schedule_of([widest])))).talk(0)
    assert (len(row.title), len(row.room), len(row.speaker)) == (72, 23, 32)


def test_one_day_can_be_sent_alone_and_its_night_belongs_to_it():
    evening = talk(0)
    night = Talk("night", "Night", datetime(2024, 5, 18, 1, tzinfo=BERLIN), datetime(2024, 5, 18, 2, tzinfo=BERLIN))
    morning = Talk("next", "Next", datetime(2024, 5, 18, 9, tzinfo=BERLIN), datetime(2024, 5, 18, 10, tzinfo=BERLIN))
    schedule = schedule_of([evening, night, morning])
    reader = device.Schedule(BytesIO(to_device_format(schedule, date(2024, 5, 17))))
    assert [reader.talk(index).id for index in range(reader.count)] == [b"t0", b"night"]
    with pytest.raises(UsageError, match="Its days: 2024-05-17, 2024-05-18"):
        to_device_format(schedule, date(2024, 6, 1))


def test_rooms_that_differ_only_at_their_end_stay_different():
    rooms = [
        "Grand Ballroom of the Convention Center A",
        "Grand Ballroom of the Convention Center B",
        "Foyer",
        "🎪",
        "🎡",
    ]
    names = device_rooms(schedule_of([talk(number, room) for number, room in enumerate(rooms)]))
    assert names["Foyer"] == b"Foyer"
    assert len(set(names.values())) == len(rooms) + 1
    assert all(len(name) <= device.ROOM_BYTES for name in names.values())


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("When It’s Not “Your” Job – really…", b'When It\'s Not "Your" Job - really...'),
        ("Łukasz Langa, Fridolín Pokorný", b"Lukasz Langa, Fridol\xedn Pokorn\xfd"),
        ("¡Escuincla babosa!", b"\xa1Escuincla babosa!"),
        ("🚀 Launch 🚀", b"Launch"),
        ("🚀", b":rocket:"),
        ("Привет", b"Privet"),
        ("שלום", b"slvm"),
        ("Bell\x07 and \u202eturn", b"Bell and turn"),
        ("e\u0301te\u0301", b"\xe9t\xe9"),
    ],
)
def test_folding_keeps_what_can_be_read(text, folded):
    assert fold(text) == folded


def test_what_folds_to_nothing_becomes_the_fallback():
    assert fold("\u200d", "talk-1") == b"talk-1"
    assert fold("") == b"?"


@given(st.text(max_size=200), st.integers(1, 80))
def test_folded_text_is_printable_latin_1_never_empty_and_no_wider_than_asked(text, width):
    folded = cut(fold(text, "id-1"), width)
    assert 1 <= len(folded) <= width
    assert all(0x20 <= byte <= 0x7E or byte in _LATIN_1_LETTERS for byte in folded)


def test_cutting_ends_behind_a_word():
    assert cut(b"Tech is easy, people are hard.", 30) == b"Tech is easy, people are hard."
    assert cut(b"Tech is easy, people are hard.", 20) == b"Tech is easy..."
    assert cut(b"Donaudampfschifffahrtsgesellschaft", 12) == b"Donaudamp..."
    assert cut(b"abcdef", 3) == b"abc"


@given(st.text(max_size=300))
def test_cleaned_text_is_harmless_and_cleaning_it_again_changes_nothing(text):
    line = one_line(text, 100)
    assert one_line(line, 100) == line
    assert not any(ord(character) < 0x20 or character in "\x7f\x9b\u202e\u2066" for character in line)
    body = paragraphs(text, 100)
    assert paragraphs(body, 100) == body
    assert "\n\n\n" not in body


@given(st.text(alphabet="<>/abpscriptly! -&;\n", max_size=200))
def test_text_without_html_holds_no_known_tag_that_it_did_not_spell_out(text):
    plain = without_html(text, 1000)
    if "&" not in text:
        assert "<p>" not in plain
        assert "<b>" not in plain


@pytest.mark.parametrize("piece", ["<", "<p", "<!--", "<script>", "&lt;", "<a href='"])
def test_the_time_for_html_grows_with_its_length_and_not_with_the_square(piece):
    """Eight times the text would take 64 times as long if every piece were searched to the end."""
    taken_s = []
    for count in (25_000, 200_000):
        best = float("inf")
        for _ in range(3):
            began = time.process_time()
            without_html(piece * count, 20_000)
            best = min(best, time.process_time() - began)
        taken_s.append(best)
    assert taken_s[1] < 30 * max(taken_s[0], 0.002)
