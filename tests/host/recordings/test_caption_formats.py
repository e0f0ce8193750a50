"""Every word that was captioned is kept, in its order and spelling, for every kind of file."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clapmark.recordings.captions import parse_captions
from clapmark.recordings.sentences import sentences_of
from clapmark.recordings.transcript import TranscriptError


def said(data, **options) -> str:
    captions = parse_captions(data if isinstance(data, bytes) else data.encode(), "talk", **options)
    return " ".join(one.text for one in sentences_of(captions.cues))


def word(text, start=None, end=None):
    return {"word": text} if start is None else {"word": text, "start": start, "end": end}


def test_words_without_times_stay_in_their_place_and_between_their_neighbours():
    words = [
        word("We", 1.0, 1.2),
        word("released", 1.2, 1.6),
        word("2014."),
        word("It", 4.0, 4.2),
        word("£13.60"),
        word("40"),
        word("%"),
    ]
    text = " We released 2014. It £13.60 40 %"
    data = json.dumps({"segments": [{"start": 1, "end": 6, "text": text, "words": words}]})
    captions = parse_captions(data.encode(), "talk")
    pieces = captions.cues[0].lines[0]
    assert " ".join(piece.text for piece in pieces) == text.strip()
    year = next(piece for piece in pieces if piece.text == "2014.")
    assert (year.start_ms, year.end_ms) == (1600, 4000)
    assert said(data) == text.strip()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (" We released it.", [" We", " re", "leas", "ed", " it", "."]),
        (" We released it.", ["We", "re", "leas", "ed", "it", "."]),
        ("東京で会いました。", ["東", "京", "で", "会", "い", "ま", "し", "た", "。"]),
        ("東京 大阪", ["東京", "大阪"]),
        ("Python入門です", ["Python", "入", "門", "で", "す"]),
        ("It’s 3.12, isn’t it?", ["It’s", "3.12,", "isn’t", "it?"]),
        ("one two three", ["one", "three"]),
        ("one two three", ["other", "words"]),
        ("one two", []),
        ("don't stop", ["don", "'", "t", "stop"]),
    ],
)
@pytest.mark.parametrize("has_times", [True, False])
def test_the_words_are_those_of_the_text(text, words, has_times):
    timed = [word(one, number, number + 1) if has_times else word(one) for number, one in enumerate(words)]
    data = json.dumps({"segments": [{"start": 0, "end": 9, "text": text, "words": timed}]})
    assert said(data) == text.strip()


JSON3 = {"events": [
    {"tStartMs": 0, "dDurationMs": 9000, "id": 1},
    {"tStartMs": 1000, "dDurationMs": 2000,
     "segs": [{"utf8": "We"}, {"utf8": " love", "tOffsetMs": 400}, {"utf8": " it."}]},
    {"tStartMs": 2990, "dDurationMs": 10, "aAppend": 1, "segs": [{"utf8": "\n"}]},
    {"tStartMs": 3000, "dDurationMs": 2000, "segs": [{"utf8": "All"}, {"utf8": " of us."}]},
]}  # fmt: skip
SRV3 = (
    '<?xml version="1.0" encoding="utf-16"?><timedtext format="3"><body><w t="0" id="1"/>'
    '<p t="1000" d="2000" w="1"><s ac="1">We</s><s t="400"> love</s><s t="800"> it.</s></p>'
    '<p t="3000" d="2000">All of us.</p></body></timedtext>'
)
SRV1 = (
    '<transcript><text start="1" dur="2">We love &amp;#39;it&amp;#39;.</text>'
    '<text start="3">All of us.</text></transcript>'
)
TTML = (
    '<tt xmlns="http://www.w3.org/ns/ttml"><body><div><p begin="00:00:01.000" end="00:00:03.000">We<br/>love it.</p>'
    '<p begin="3s" dur="2s">All <span>of</span> us.</p></div></body></tt>'
)
SBV = "0:00:01.000,0:00:03.000\nWe love it.\n\n0:00:03.000,0:00:05.000\nAll of us.\n"
LIST = [{"text": "We love it.", "start": 1.0, "duration": 2.0}, {"text": "All of us.", "start": 3.0, "duration": 2.0}]
CPP = {"transcription": [
    {"offsets": {"from": 1000, "to": 3000}, "text": " We love it."},
    {"offsets": {"from": 3000, "to": 5000}, "text": " All of us."}
]}  # fmt: skip


@pytest.mark.parametrize("data", [JSON3, SRV3, SRV1, TTML, SBV, LIST, CPP], ids=lambda data: str(data)[:20])
def test_the_formats_of_other_programs_are_read(data):
    text = data if isinstance(data, str) else json.dumps(data)
    assert said(text).replace("'", "") == "We love it. All of us."
    assert parse_captions(text.encode(), "talk").cues[0].start_ms == 1000


A, B = "00:00:01,000 --> 00:00:03,000", "00:00:03,000 --> 00:00:05,000"


@pytest.mark.parametrize(
    "data",
    [
        f"1\n{A}\nWe love it.\n\n2\n{B}\nAll of us.\n",
        f"{A}\nWe love it.\n\n{B}\nAll of us.\n",
        f"1\n{A}\nWe love it.\n{B}\nAll of us.\n",
        f"1\n{A}\nWe love it.\n2\n{B}\nAll of us.\n",
        f"1\n{A}\nWe love it.\n\n\n\n7\n{B}\n\nAll of us.\n",
        f"1\n{A}\nWe\n\nlove it.\n\n2\n{B}\nAll of us.\n",
        f"1\r\n{A}\r\nWe love it.\r\n\r\n2\r\n{B}\r\nAll of us.",
        f"1\r{A}\rWe love it.\r\r2\r{B}\rAll of us.",
        f"1\n{A}\nWe love it.\n\n2\n00:00:xx,000 --> 00:00:05,000\nAll of us.\n",
        f"1\n{A} X1:1 X2:2\nWe love it.\n\n1\n0:0:3.0-->0:0:5\nAll of us.\n",
        "WEBVTT - talk\nKind: captions\nLanguage: en\n\nNOTE a comment\nof two lines\n\nSTYLE\n::cue { color: red }\n\n"
        "intro\n00:01.000 --> 00:03.000 align:start position:0%\nWe love it.\n\n00:03.000 --> 00:05.000\nAll of us.\n",
        "WEBVTT\n\n1\n00:01.000 --> 00:03.000\n<v Ada>We love it.</v>\n\n2\n00:03.000 --> 00:05.000\n"
        "<c.yellow>All</c> of us.\n",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-8-sig"])
def test_no_caption_is_lost_behind_a_missing_or_wrong_number(data, encoding):
    assert said(data.encode(encoding)) == "We love it. All of us."


def test_a_number_that_was_said_stays():
    assert said(f"1\n{A}\nIt was in\n2014\n\n2\n{B}\n42\n") == "It was in 2014 42"


def test_a_stray_byte_costs_itself_alone_and_is_noted():
    data = f"1\n{A}\nThe größte caf".encode() + b"\xe9 of all.\n"
    captions = parse_captions(data, "talk")
    assert sentences_of(captions.cues)[0].text == "The größte café of all."
    assert "not UTF-8" in captions.notes[0]


def test_japanese_captions_are_joined_by_characters():
    data = f"1\n{A}\n今日は\n東京で\n\n2\n{B}\n会いました。また\n".replace("\n会", "\n会")
    assert "".join(said(data).split()) == "今日は東京で会いました。また"
    assert said(data).startswith("今日は東京で会いました。")


def test_long_lines_are_not_cut():
    text = " ".join(f"word{number}" for number in range(2_000))
    assert said(json.dumps([{"text": text, "start": 0, "duration": 900}])).split() == text.split()
    long = "字" * 5_000
    assert "".join(said(f"WEBVTT\n\n00:00.000 --> 20:00.000\n{long}\n").split()) == long


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ('{"results": []}', 'a list "segments"'),
        ("Hello there.", "It reads WebVTT"),
        ("<html><p>no</p></html>", "It reads WebVTT"),
        ("WEBVTT\n\n", "holds no words"),
        ("<tt><body><p begin='1s'>", "is damaged"),
    ],
)
def test_what_is_no_caption_file_is_refused_with_the_reason(data, reason):
    with pytest.raises(TranscriptError, match=reason):
        parse_captions(data.encode(), "talk")


WORDS = st.lists(st.text("abcdefghäöüß東京0123456789'’", min_size=1, max_size=6), min_size=1, max_size=12)


@settings(max_examples=150, deadline=None)
@given(WORDS, st.data())
def test_random_pieces_never_lose_a_letter(words, data):
    text = " ".join(words)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    parts = [text[one:two] for one, two in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    pieces = [word(part, n, n + 1) if data.draw(st.booleans()) else word(part) for n, part in enumerate(parts)]
    found = said(json.dumps({"segments": [{"start": 0, "end": 20, "text": text, "words": pieces}]}))
    assert re.sub(r"\s", "", found) == re.sub(r"\s", "", text)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([json.dumps(JSON3), SRV3, SRV1, TTML, SBV, json.dumps(LIST), json.dumps(CPP)]), st.data())
def test_damaged_captions_never_end_in_a_traceback(text, data):
    content = bytearray(text.encode())
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(content)))
        content[start : start + data.draw(st.integers(0, 12))] = data.draw(st.binary(max_size=6))
    try:
        sentences_of(parse_captions(bytes(content), "talk").cues)
    except TranscriptError as error:
        assert str(error).isprintable()


def test_the_fixture_of_whisperx_has_its_numbers():
    path = Path(__file__).parents[2] / "fixtures" / "whisperx.json"
    assert said(path.read_bytes()) == "It cost £13.60 in 2014. Python 3.12 needs 40 % less."


WORDS = [{"word": "Hello", "start": 0.1, "end": 0.5}, {"word": "world.", "start": 0.5, "end": 0.9}]
GOOGLE = [{"word": one["word"], "startTime": f"{one['start']}s", "endTime": f"{one['end']}s"} for one in WORDS]
MILLISECONDS = [
    {"text": one["word"], "start": int(one["start"] * 1000), "end": int(one["end"] * 1000)} for one in WORDS
]
AWS = [
    {"start_time": "0.1", "end_time": "0.5", "alternatives": [{"content": "Hello"}], "type": "pronunciation"},
    {"start_time": "0.5", "end_time": "0.9", "alternatives": [{"content": "world"}], "type": "pronunciation"},
    {"alternatives": [{"content": "."}], "type": "punctuation"},
]
DEEPGRAM = [one | {"word": one["word"].lower().strip("."), "punctuated_word": one["word"]} for one in WORDS]


@pytest.mark.parametrize(
    "value",
    [
        {"result": WORDS, "text": "Hello world."},  # Vosk
        {"results": {"channels": [{"alternatives": [{"transcript": "Hello world.", "words": DEEPGRAM}]}]}},
        {"results": {"transcripts": [{"transcript": "Hello world."}], "items": AWS}},
        {"results": [{"alternatives": [{"transcript": "Hello world.", "words": GOOGLE}]}]},
        {"text": "Hello world.", "words": MILLISECONDS, "audio_duration": 1},  # AssemblyAI
        {"text": "Hello world.", "words": WORDS},
    ],
)
def test_services_that_transcribe_are_read_with_the_times_of_their_words(value):
    captions = parse_captions(json.dumps(value).encode(), "talk")
    assert said(json.dumps(value)) == "Hello world."
    assert captions.cues[0].start_ms == 100 and captions.cues[-1].end_ms == 900


@pytest.mark.parametrize(
    "text",
    [
        "[00:01.000 --> 00:02.000]  Hello there.\n[00:02.000 --> 00:04.000]  2014 was good.\n",
        "[00:00:01.000 --> 00:00:02.000]   Hello there.\n[00:00:02.000 --> 00:00:04.000]   2014 was good.\n",
        "start\tend\ttext\n1000\t2000\tHello there.\n2000\t4000\t2014 was good.\n",
        "0:01\nHello there.\n0:02\n2014 was good.\n",
        "0:01 Hello there.\n0:02 2014 was good.\n",
        "[ti:Talk]\n[00:01.00]Hello there.\n[00:02.00]2014 was good.\n",
        "[Script Info]\nTitle: x\n\n[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, "
        "Effect, Text\nDialogue: 0,0:00:01.00,0:00:02.00,D,,0,0,0,,Hello\\Nthere.\n"
        "Dialogue: 0,0:00:02.00,0:00:04.00,D,,0,0,0,,{\\i1}2014{\\i0} was good.\n",
        "1\n00: 00: 01, 000 -> 00: 00: 02, 000\nHello there.\n2\n00:00:02,000 –> 00:00:04,000\n2014 was good.\n",
    ],
)
def test_texts_with_times_are_captions(text):
    for data in (text, "\ufeff" + text.replace("\n", "\r\n")):
        captions = parse_captions(data.encode(), "talk.txt")
        assert [cue.start_ms for cue in captions.cues] == [1_000, 2_000]
        assert said(data) == "Hello there. 2014 was good."


@pytest.mark.parametrize(
    "text", ["Just a text.\nWith two lines.\n", "[note] a text\nand more\n", "12:30\n", "[x]\n[y]\n"]
)
def test_a_text_without_times_is_refused_for_what_it_is(text):
    with pytest.raises(TranscriptError, match="no caption file"):
        parse_captions(text.encode(), "talk.txt")
