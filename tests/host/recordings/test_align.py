"""`clapmark align` as a person uses it, and anchors.json, which no other program may break."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clapmark.archive.journals import read_journals
from clapmark.base.errors import ClapmarkError
from clapmark.bookmarks.fold import all_bookmarks
from clapmark.recordings.anchors import StoredAnchor, TalkVideo, anchors_path, from_json, to_json
from tests.support.archive.conference import conference, talk
from tests.support.archive.journal_text import JournalText
from tests.support.archive.notes_archive import SLUG, afternoon, make_archive
from tests.support.command_line import type_in

YOUTUBE = "https://youtu.be/dQw4w9WgXcQ"


@pytest.fixture
def archive(tmp_path):
    return make_archive(tmp_path)


def bookmarks(archive, talk_id="dicts"):
    code, out, _ = type_in(archive, "align", talk_id, "--json")
    assert code == 0
    return json.loads(out)["bookmarks"]


@pytest.mark.parametrize("name", ["1", "13:05", "13:05:00", "ID", "PREFIX"])
def test_a_bookmark_is_named_by_number_time_or_id(archive, name):
    first = bookmarks(archive)[0]["id"]
    name = {"ID": first, "PREFIX": first[:5]}.get(name, name)
    assert type_in(archive, "align", "dictionaries", "--video", YOUTUBE, "--at", f"{name}=3:10")[0] == 0
    assert [one["link"] for one in bookmarks(archive)] == [f"{YOUTUBE}?t={s}" for s in (180, 630, 1080)]


def test_the_start_of_the_recording_is_enough(archive):
    type_in(archive, "align", "dicts", "--video", YOUTUBE, "--start", "2019-05-03T12:58:00")
    assert [one["video_ms"] for one in bookmarks(archive)] == [420_000, 870_000, 1_320_000]
    type_in(archive, "align", "dicts", "--start", "2019-05-03T18:58:00+02:00")
    assert bookmarks(archive)[0]["video_ms"] == 420_000


def test_a_second_alignment_replaces_the_first_and_remove_forgets_it(archive):
    type_in(archive, "align", "dicts", "--video", YOUTUBE, "--at", "1=3:10")
    type_in(archive, "align", "dicts", "--at", "2=1:00")
    assert bookmarks(archive)[1]["video_ms"] == 60_000
    assert type_in(archive, "align", "dicts", "--remove")[0] == 0
    assert {one["link"] for one in bookmarks(archive)} == {None}
    assert json.loads(anchors_path(archive, SLUG).read_bytes())["talks"] == {}


def test_a_dry_run_shows_the_links_and_writes_nothing(archive):
    code, out, err = type_in(archive, "align", "dicts", "--video", YOUTUBE, "--at", "1=3:10", "--dry-run")
    assert code == 0
    assert f"{YOUTUBE}?t=180" in out
    assert "Nothing was written" in err
    assert not anchors_path(archive, SLUG).exists()


def test_the_same_again_changes_nothing(archive):
    type_in(archive, "align", "dicts", "--video", YOUTUBE, "--at", "1=3:10")
    before = anchors_path(archive, SLUG).stat().st_mtime_ns
    assert "nothing was changed" in type_in(archive, "align", "dicts", "--video", YOUTUBE, "--at", "1=3:10")[2]
    assert anchors_path(archive, SLUG).stat().st_mtime_ns == before


def test_another_recording_drops_the_anchors_of_the_first_and_says_so(archive):
    type_in(archive, "align", "dicts", "--video", YOUTUBE, "--at", "1=3:10")
    assert "dropped" in type_in(archive, "align", "dicts", "--video", "https://vimeo.com/76979871")[2]
    assert bookmarks(archive)[0]["link"] is None


def test_a_recording_link_of_the_schedule_is_the_default_and_a_shared_one_is_aligned_once(tmp_path):
    schedule = conference(
        talk("dicts", "Dictionaries", "13:00", recording_url=YOUTUBE),
        talk("bees", "Bees", "13:40", recording_url=f"https://www.youtube.com/watch?v={YOUTUBE[-11:]}"),
    )
    archive = make_archive(tmp_path, afternoon(), schedule)
    type_in(archive, "align", "dicts", "--at", "1=5:00")
    assert bookmarks(archive)[0]["link"] == f"{YOUTUBE}?t=290"
    assert bookmarks(archive, "bees")[0]["video_ms"] == 300_000 + 50 * 60_000  # 13:05 and 13:55


def test_a_file_of_the_archive_is_kept_by_its_path_in_it(archive):
    (archive.folder / "videos").mkdir()
    (archive.folder / "videos" / "one.mp4").touch()
    type_in(archive, "align", "dicts", "--video", str(archive.folder / "videos" / "one.mp4"), "--at", "1=0:10")
    assert json.loads(anchors_path(archive, SLUG).read_bytes())["talks"]["dicts"]["video"] == "videos/one.mp4"
    assert bookmarks(archive)[0]["video_ms"] == 10_000


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["dicts", "--at", "9=1:00"], "no number 9"),
        (["dicts", "--at", "13:33=1:00"], "no bookmark"),
        (["dicts", "--at", "1"], "BOOKMARK=12:31"),
        (["dicts", "--at", "1=x"], "no position"),
        (["dicts", "--cut", "5:00"], "--at says where"),
        (["dicts", "--start", "2019-05-03"], "no date and time"),
        (["dicts", "--start", "yesterday"], "no date and time"),
        (["dicts", "--video", "nowhere.mp4"], "no file"),
        (["dicts", "--video", "a" * 1_000], "no file"),
        (["dicts", "--video", "~nobody-at-all/a.mp4"], "no file"),
        (["dicts", "--video", "ftp://example.org/a.mp4"], "http"),
        (["dicts", "--remove", "--at", "1=1:00"], "cannot be combined"),
        (["dicts", "--at", "1=10:00", "--at", "3=9:00"], "comes later in the recording"),
        (["--at", "1=1:00"], "which talk"),
    ],
)
def test_senseless_input_is_reported_and_nothing_is_written(archive, words, why):
    code, _, err = type_in(archive, "align", *words)
    assert code == 2
    assert why in err
    assert not anchors_path(archive, SLUG).exists()


def test_talks_with_recordings_are_listed(archive):
    assert "No talk has a recording yet" in type_in(archive, "align")[2]
    type_in(archive, "align", "bees", "--video", YOUTUBE)
    assert "not aligned" in type_in(archive, "align")[1]


@pytest.mark.parametrize("utc", [1, 253_402_300_799_000])
def test_a_device_whose_clock_says_anything_can_be_aligned(tmp_path, utc):
    log = JournalText()
    log.add(0, "clock", utc=utc, err=10, source="host")
    log.add(90_000_000, "bookmark", tag="note", talk="dicts")
    archive = make_archive(tmp_path, log)
    path = archive.assigned_path
    only = next(iter(all_bookmarks(read_journals(archive)))).id
    code, _, err = type_in(archive, "assign", only, "dicts")
    assert code == 0, err
    assert path.exists()
    code, out, _ = type_in(archive, "align", "dicts", "--video", YOUTUBE, "--at", "1=3:10")
    assert code == 0
    assert f"{YOUTUBE}?t=180" in out
    assert from_json(anchors_path(archive, SLUG).read_bytes())
    assert type_in(archive, "export", "jsonl")[0] == 0


def test_a_tag_that_speaks_to_the_terminal_is_disarmed(tmp_path):
    log = afternoon()
    log.add(60_000 * 9, "bookmark", tag="\x1b[31mred\u202e", talk="dicts")
    out = type_in(make_archive(tmp_path, log), "align", "dicts")[1]
    assert "red" in out
    assert "\x1b" not in out
    assert "\u202e" not in out


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b'{"format": "clapmark-anchors", "version": 2, "talks": {}}',
        b'{"format": "clapmark-anchors", "version": 1, "talks": {"../x": {}}}',
        b'{"format": "clapmark-anchors", "version": 1, "talks": {"a": {"anchors": [{"video_ms": -1}]}}}',
        b'{"format": "clapmark-anchors", "version": 1, "talks": {"a": {"anchors": [{"video_ms": 1}]}}}',
    ],
)
def test_a_damaged_file_is_refused_with_a_sentence_and_kept(archive, data):
    path = anchors_path(archive, SLUG)
    path.write_bytes(data)
    code, _, err = type_in(archive, "align", "dicts", "--video", YOUTUBE)
    assert code == 1
    assert "anchors.json" in err
    assert path.read_bytes() == data


ms = st.integers(0, 10**7)
videos = st.builds(
    TalkVideo,
    video=st.sampled_from(["", YOUTUBE, "videos/one.mp4"]),
    cuts_ms=st.lists(ms, max_size=3).map(tuple),
    anchors=st.lists(
        st.one_of(
            st.builds(StoredAnchor, ms, ms, st.just("2zy22wl5pu")),
            st.builds(StoredAnchor, ms, ms, st.sampled_from(["", "2zy22wl5pu"]), ms, ms),
        ),
        max_size=3,
    ).map(tuple),
)


@given(st.dictionaries(st.sampled_from(["a", "b-2", "C_3"]), videos))
def test_anchors_come_back_as_they_were_kept(talks):
    kept = {talk_id: video for talk_id, video in talks.items() if not video.is_empty}
    assert from_json(to_json(talks, {})) == kept


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["anchors", "cuts", "video", "video_ms", "video_error_ms", "utc_ms", "bookmark", "a"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(json_values)
def test_any_json_is_read_or_refused_with_a_sentence(value):
    try:
        from_json(json.dumps({"format": "clapmark-anchors", "version": 1, "talks": value}).encode())
    except ClapmarkError as error:
        assert str(error).endswith(".")


def test_the_documentation_shows_the_file_as_it_is():
    text = Path(__file__).parents[3].joinpath("docs/video.md").read_text(encoding="utf-8")
    example = text.split("```json\n")[1].split("```")[0]
    assert from_json(example.encode())
