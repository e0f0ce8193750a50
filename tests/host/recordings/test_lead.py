"""Links and clips begin before the press, by the lead of the settings; the quotation and the shown position stay."""

import json
import re

import pytest

from clapmark.archive.archive import Archive
from clapmark.base.errors import UsageError
from clapmark.conference import Conference
from clapmark.crowd.crowd_store import write_crowd
from clapmark.crowd.moments import Moment, TalkCrowd
from clapmark.crowd.published import Published
from clapmark.export.gather import gather
from clapmark.recordings.lead import read_leads
from tests.support.archive.notes_archive import SLUG, make_archive, read, write_notes
from tests.support.command_line import type_in

VIDEO = "https://example.org/bees.mp4"


@pytest.fixture
def archive(tmp_path):
    made = make_archive(tmp_path)
    assert type_in(made, "align", "dicts", "--video", VIDEO, "--at", "1=0:12")[0] == 0
    return made


def with_settings(archive, text: str) -> None:
    path = archive.folder / "clapmark.toml"
    path.write_text(path.read_text() + f"\n[video]\n{text}\n")


def links(archive) -> list[str]:
    return [one["link"] for one in json.loads(type_in(archive, "align", "dicts", "--json")[1])["bookmarks"]]


def test_a_link_begins_ten_seconds_before_the_press_and_a_passage_ends_where_it_was_let_go(archive):
    # presses at 0:12, 7:42 and a passage of 75 s at 15:12
    assert links(archive) == [f"{VIDEO}#t=2", f"{VIDEO}#t=452", f"{VIDEO}#t=902,987"]


def test_each_tag_may_have_a_lead_of_its_own(archive):
    with_settings(archive, "lead_s = 20\ntags.idea = { lead_s = 0 }\ntags.quote = { lead_s = 2.5 }")
    assert links(archive) == [f"{VIDEO}#t=0", f"{VIDEO}#t=462", f"{VIDEO}#t=909,987"], "never before the recording"


def test_the_moment_in_the_post_and_in_exports_stays_that_of_the_press(archive):
    write_notes(archive)
    assert f"[0:12]({VIDEO}#t=2) note" in read(archive)
    (talk,) = [one for one in gather(Conference(archive, SLUG)).talks if one.talk.id == "dicts"]
    assert [mark.position_ms for mark in talk.marks] == [12_000, 462_000, 912_000]
    assert [mark.start_ms for mark in talk.marks] == [2_000, 452_000, 902_000]
    assert [mark.clip_ms for mark in talk.marks] == [0, 0, 85_000]


def test_the_link_of_what_the_crowd_marked_ends_with_the_passage(archive):
    with_settings(archive, "[crowd]\nin_posts = true")
    moments = (Moment(360, 5, length_s=30), Moment(600, 4))  # after the talk's start, whose first press was 5 min in
    write_crowd(archive, SLUG, Published(SLUG, "", {"t1": TalkCrowd(1_800, 9, 3, moments)}, {"id:dicts": "t1"}))
    write_notes(Archive(archive.folder))
    (line,) = [line for line in read(archive).splitlines() if "crowd:" in line]
    assert re.findall(r"\((https[^)]+)\)", line) == [f"{VIDEO}#t=72,102", f"{VIDEO}#t=312"]


def test_a_link_never_begins_before_a_cut(archive):
    type_in(archive, "align", "dicts", "--at", "1=0:12", "--cut", "7:00", "--at", "2=7:04")
    assert links(archive)[1] == f"{VIDEO}#t=420"


@pytest.mark.parametrize(
    "text", ["lead_s = -1", "lead_s = true", 'lead_s = "a"', "lead_s = 601", "tags = 1", "tags.a = 3", "lead_s = nan"]
)
def test_settings_that_make_no_sense_are_reported(archive, text):
    with_settings(archive, text)
    with pytest.raises(UsageError, match="cannot be used"):
        read_leads(archive.folder)
