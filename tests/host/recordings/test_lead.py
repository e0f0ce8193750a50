"""Links and clips begin before the press, by the lead of the settings; the quotation and the shown position stay."""

import json
import re

import pytest

from clapmark.base.errors import UsageError
from clapmark.conference import Conference
from clapmark.export.gather import gather
from clapmark.recordings.lead import read_leads
from tests.support.archive.notes_archive import SLUG, make_archive, read, write_notes
from tests.support.command_line import type_in

VIMEO = "https://example.org/bees.mp4"


@pytest.fixture
def archive(tmp_path):
    made = make_archive(tmp_path)
    assert type_in(made, "align", "dicts", "--video", VIMEO, "--at", "1=0:12")[0] == 0
    return made


def with_settings(archive, text: str) -> None:
    path = archive.folder / "clapmark.toml"
    path.write_text(path.read_text() + f"\n[video]\n{text}\n")


def links(archive) -> list[str]:
    return [one["link"] for one in json.loads(type_in(archive, "align", "dicts", "--json")[1])["bookmarks"]]


def test_a_link_begins_ten_seconds_before_the_press_and_a_passage_ends_where_it_was_let_go(archive):
    # presses at 0:12, 7:42 and a passage of 75 s at 15:12
    assert links(archive) == [f"{VIMEO}#t=2", f"{VIMEO}#t=452", f"{VIMEO}#t=902,987"]


def test_each_tag_may_have_a_lead_of_its_own(archive):
    with_settings(archive, "lead_s = 20\ntags.idea = { lead_s = 0 }\ntags.quote = { lead_s = 2.5 }")
    assert links(archive) == [f"{VIMEO}#t=0", f"{VIMEO}#t=462", f"{VIMEO}#t=909,987"], "never before the recording"


def test_the_moment_in_the_post_and_in_exports_stays_that_of_the_press(archive):
    write_notes(archive)
    assert re.search(r"\[0:12\]\(https://example\.org/bees\.mp4\S*t=2\) note", read(archive))
    (talk,) = [one for one in gather(Conference(archive, SLUG)).talks if one.talk.id == "dicts"]
    assert [mark.position_ms for mark in talk.marks] == [12_000, 462_000, 912_000]
    assert [mark.start_ms for mark in talk.marks] == [2_000, 452_000, 902_000]
    assert [mark.clip_ms for mark in talk.marks] == [0, 0, 85_000]


def test_a_link_never_begins_before_a_cut(archive):
    type_in(archive, "align", "dicts", "--at", "1=0:12", "--cut", "7:00", "--at", "2=7:04")
    assert links(archive)[1] == f"{VIMEO}#t=420"


@pytest.mark.parametrize(
    "text", ["lead_s = -1", "lead_s = true", 'lead_s = "a"', "lead_s = 601", "tags = 1", "tags.a = 3", "lead_s = nan"]
)
def test_settings_that_make_no_sense_are_reported(archive, text):
    with_settings(archive, text)
    with pytest.raises(UsageError, match="cannot be used"):
        read_leads(archive.folder)
