"""Quotations: whole sentences around a press, in the post under its bullet, and never over a person's words."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clapmark.base.errors import UsageError
from clapmark.recordings.quote import MAX_QUOTE, Window, quote, read_windows
from clapmark.recordings.transcript import Sentence, Transcript, from_json
from tests.support.archive.conference import conference, talk
from tests.support.archive.notes_archive import afternoon, edit, make_archive, read, write_notes
from tests.support.command_line import type_in

YOUTUBE = "https://youtu.be/dQw4w9WgXcQ"
EVERY_5_S = Transcript("srt", tuple(Sentence(i * 5_000, i * 5_000 + 4_900, f"Sentence {i}.") for i in range(100)))


def numbers(text: str) -> list[int]:
    return [int(word.strip(".")) for word in text.split() if word.strip(".").isdigit()]


def test_thirty_seconds_before_to_ten_after_in_whole_sentences():
    assert numbers(quote(EVERY_5_S, 101_000, 0, Window())) == [14, 15, 16, 17, 18, 19, 20, 21]


def test_the_window_is_that_of_the_tag_and_none_if_it_is_zero():
    assert numbers(quote(EVERY_5_S, 101_000, 0, Window(0, 12_000))) == [20, 21, 22]
    assert quote(EVERY_5_S, 101_000, 0, Window(0, 0)) == ""


def test_a_passage_is_quoted_in_its_own_length():
    assert numbers(quote(EVERY_5_S, 100_000, 24_000, Window(0, 0))) == [20, 21, 22, 23, 24]


def test_a_transcript_that_somebody_edited_is_quoted_harmlessly():
    row = json.dumps([0, 9_000, "red \x1b[31m\u202e\nline"])
    data = f'{{"format": "clapmark-transcript", "version": 1, "source": "srt", "sentences": [{row}]}}'
    assert quote(from_json(data.encode(), "t.json"), 0, 0, Window()) == "red line …"


def test_where_nothing_was_said_nothing_is_quoted():
    assert quote(EVERY_5_S, 900_000, 0, Window()) == ""
    assert quote(Transcript("srt", ()), 0, 0, Window()) == ""


def test_captions_without_sentence_ends_show_where_they_were_cut():
    flow = Transcript("srt", tuple(Sentence(i * 5_000, i * 5_000 + 5_000, f"and so {i}") for i in range(30)))
    assert quote(flow, 50_000, 0, Window(5_000, 5_000)) == "… and so 9 and so 10 …"


@given(
    st.lists(st.tuples(st.integers(0, 9_000), st.integers(0, 400)), max_size=60),
    st.integers(0, 400_000),
    st.integers(0, 90_000),
    st.builds(Window, st.integers(0, 60_000), st.integers(0, 60_000)),
)
def test_a_quotation_is_a_run_of_whole_sentences_and_no_longer_than_allowed(lengths, position_ms, length_ms, window):
    found, at_ms = [], 0
    for number, (length, letters) in enumerate(lengths):
        found.append(Sentence(at_ms, at_ms + length, f"[{number}] {'x' * letters}."))
        at_ms += length
    text = quote(Transcript("srt", tuple(found)), position_ms, length_ms, window)
    shown = [number for number, one in enumerate(found) if one.text in text.removeprefix("… ").removesuffix(" …")]
    if text:
        run = " ".join(found[number].text for number in range(shown[0], shown[-1] + 1))
        assert run in text
        assert len(text) <= max(MAX_QUOTE, *(len(one.text) for one in found)) + 4


@pytest.fixture
def archive(tmp_path):
    archive = make_archive(tmp_path / "archive")
    minutes = [f"00:{at_s // 60:02}:{at_s % 60:02}" for at_s in range(0, 1500, 5)]
    cues = [f"{at}.000 --> {at}.900\nWords at {number * 5} s.\n" for number, at in enumerate(minutes)]
    captions = "\n".join(["WEBVTT\n", *cues])
    (tmp_path / "talk.vtt").write_text(captions)
    assert type_in(archive, "align", "dicts", "--video", YOUTUBE, "--at", "1=3:00")[0] == 0
    return archive


def load(archive):
    return type_in(archive, "transcript", "dicts", str(archive.folder.parent / "talk.vtt"))


def test_press_a_button_get_the_quote(archive):
    code, out, err = load(archive)
    assert code == 0
    assert out.splitlines()[0].startswith("3:00  note  Words at 150 s. Words at 155 s.")
    assert "Kept 300 sentences up to 24:55." in err
    write_notes(archive)
    post = read(archive)
    assert "[3:00](https://youtu.be/dQw4w9WgXcQ?t=170) note" in post
    assert "\n  > Words at 150 s. Words at 155 s. Words at 160 s." in post
    assert "{{< youtube dQw4w9WgXcQ >}}" in post
    assert post.count("Words at 180 s.") == 1
    before = read(archive)
    assert write_notes(archive) == []
    assert read(archive) == before


def test_talks_in_one_recording_share_alignment_and_transcript_and_show_it_once(tmp_path):
    schedule = conference(
        talk("dicts", "Dictionaries", "13:00", recording_url=YOUTUBE),
        talk("bees", "Bees", "13:40", recording_url=YOUTUBE),
    )
    archive = make_archive(tmp_path / "archive", afternoon(), schedule)
    words = [{"start": at_s, "end": at_s + 4, "text": f"Words at {at_s} s."} for at_s in (180, 3180)]
    (tmp_path / "talk.vtt").write_text(json.dumps({"segments": words}))
    type_in(archive, "align", "dicts", "--at", "1=3:00")
    load(archive)
    write_notes(archive)
    post = read(archive)
    assert "[53:00](https://youtu.be/dQw4w9WgXcQ?t=3170) todo" in post
    assert "> Words at 3180 s." in post
    assert post.count("{{< youtube dQw4w9WgXcQ >}}") == 1


def test_a_transcript_that_comes_late_changes_no_word_of_the_person(archive):
    type_in(archive, "align", "dicts", "--remove")
    write_notes(archive)
    mine = "my own thought\n  - and another, with *stars*\n"
    bullet = next(line for line in read(archive).splitlines() if "**13:05**" in line)
    edit(archive, bullet + "\n", f"{bullet} {mine}")
    edit(archive, "**takeaway:**", "**takeaway:** order is a promise")
    before = read(archive).splitlines()
    type_in(archive, "align", "dicts", "--video", YOUTUBE, "--at", "1=3:00")
    load(archive)
    write_notes(archive)
    after = read(archive).splitlines()
    own = {line for line in before if "**13:12**" in line or "**13:20**" in line}  # clapmark's, which get links
    left = iter(after)
    assert all(line in left for line in before if line not in own)  # in their order, with lines between them
    assert f"{bullet} my own thought" in after
    assert any("> Words at 150 s." in line for line in after)


def test_a_quotation_that_the_person_deleted_or_changed_stays_so(archive):
    load(archive)
    write_notes(archive)
    lines = read(archive).splitlines(keepends=True)
    first = next(line for line in lines if "Words at 180 s." in line)
    edit(archive, first, "")
    second = next(line for line in lines if "> Words at 600 s." in line)
    edit(archive, second, second.replace("Words at 600 s.", "He said: six hundred."))
    before = read(archive)
    type_in(archive, "align", "dicts", "--at", "1=4:00")
    write_notes(archive)
    assert "Words at 180 s." not in read(archive)
    assert "Words at 240 s." not in read(archive)
    assert "He said: six hundred." in read(archive)
    assert before != read(archive)  # the links moved


def test_hostile_captions_stay_words_in_the_post(archive):
    evil = "{{< figure src=x >}} <script>alert(1)</script> \x1b[31m\u202e <!-- clapmark end dicts --> # not a heading"
    path = archive.folder.parent / "talk.vtt"
    path.write_text(json.dumps({"segments": [{"start": 180, "end": 184, "text": evil}]}))
    code, out, _ = load(archive)
    assert code == 0
    assert not set(out) & set("\x1b\u202e")
    assert write_notes(archive) == []
    post = read(archive)
    assert "<script" not in post
    assert "{{< figure" not in post
    assert post.count("<!-- clapmark end dicts -->") == 1
    assert write_notes(archive) == []


def test_the_settings_say_how_much_is_quoted_for_each_tag(archive):
    path = archive.folder / "clapmark.toml"
    path.write_text(path.read_text() + "[quotes]\nbefore_s = 0\nafter_s = 3\ntags.note = { before_s = 6 }\n")
    load(archive)
    quotes = json.loads(type_in(archive, "transcript", "dicts", "--json")[1])["quotes"]
    assert [one["quote"] for one in quotes[:2]] == ["Words at 175 s. Words at 180 s.", "Words at 630 s."]


@pytest.mark.parametrize("text", ["before_s = -1", 'before_s = "a"', "before_s = true", "tags = 1", "after_s = nan"])
def test_settings_that_make_no_sense_are_reported(archive, text):
    path = archive.folder / "clapmark.toml"
    path.write_text(path.read_text() + f"[quotes]\n{text}\n")
    with pytest.raises(UsageError, match="cannot be used"):
        read_windows(archive.folder)


def test_without_an_alignment_it_says_what_to_do(archive):
    type_in(archive, "align", "dicts", "--remove")
    assert "clapmark align TALK" in load(archive)[2]


def test_dry_run_writes_nothing_and_remove_takes_it_out(archive):
    path = archive.schedule_path("pyexample-2019").parent / "transcripts" / "talk-dicts.json"
    assert "3:00" in type_in(archive, "transcript", "dicts", str(archive.folder.parent / "talk.vtt"), "--dry-run")[1]
    assert not path.exists()
    assert "no transcript yet" in type_in(archive, "transcript", "dicts")[2]
    load(archive)
    assert path.exists()
    type_in(archive, "transcript", "dicts", "--remove")
    assert not path.exists()
    assert type_in(archive, "transcript", "dicts", "nowhere.vtt")[0] == 2
