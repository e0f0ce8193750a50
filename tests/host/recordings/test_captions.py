"""Captions of any make: read into sentences, rolling ones once, hostile and broken ones harmless."""

import json
import unicodedata
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clapmark.notes.escape import inline
from clapmark.recordings.captions import parse_captions
from clapmark.recordings.sentences import is_end, sentences_of
from clapmark.recordings.transcript import MAX_FILE_BYTES, Sentence, Transcript, TranscriptError, from_json, to_json


def read(data) -> tuple[Sentence, ...]:
    return sentences_of(parse_captions(data if isinstance(data, bytes) else data.encode(), "talk.vtt").cues)


def texts(data) -> list[str]:
    return [one.text for one in read(data)]


def vtt(*cues) -> str:
    parts = [f"{stamp(start)} --> {stamp(end)}\n{text}\n" for start, end, text in cues]
    return "WEBVTT\n\n" + "\n".join(parts)


def stamp(seconds) -> str:
    return f"{int(seconds // 3600):02}:{int(seconds // 60 % 60):02}:{seconds % 60:06.3f}"


def rolling(*lines, seconds=3) -> str:
    """YouTube's own captions: each line word by word under the one before it, then for 10 ms alone."""
    out, above = [], " "
    for number, line in enumerate(lines):
        start = number * seconds
        words = line.split(" ")
        step = (seconds - 0.5) / len(words)
        timed = words[0] + "".join(f"<{stamp(start + step * i)}><c> {word}</c>" for i, word in enumerate(words) if i)
        out.append((start, start + seconds - 0.01, f"{above}\n{timed}"))
        out.append((start + seconds - 0.01, start + seconds, f"{line}\n "))
        above = line
    return vtt(*out)


def test_sentences_go_over_cues_and_cues_hold_several():
    data = vtt((0, 3, "A dict is a table. It"), (3, 6, "keeps its order, mostly."), (6, 9, "Or does it?"))
    assert [(one.start_ms, one.text) for one in read(data)] == [
        (0, "A dict is a table."),
        (2625, "It keeps its order, mostly."),
        (6000, "Or does it?"),
    ]


def test_srt_whisper_and_whisper_cpp_say_the_same():
    srt = "1\n00:00:01,000 --> 00:00:03,000\nWe love dicts.\n\n2\n00:00:03,000 --> 00:00:05,000\nAll of us.\n"
    segments = [{"start": 1.0, "end": 3.0, "text": " We love dicts."}, {"start": 3, "end": 5.0, "text": " All of us."}]
    cpp = [
        {"offsets": {"from": 1000, "to": 3000}, "text": " We love dicts."},
        {"offsets": {"from": 3000, "to": 5000}, "text": " All of us."},
    ]
    expected = [Sentence(1000, 3000, "We love dicts."), Sentence(3000, 5000, "All of us.")]
    assert list(read(srt)) == expected
    assert list(read(json.dumps({"segments": segments}))) == expected
    assert list(read(json.dumps({"transcription": cpp}))) == expected


def test_words_that_whisper_timed_keep_their_times():
    words = [{"word": " One.", "start": 1.0, "end": 1.5}, {"word": " Two.", "start": 7.5, "end": 8.0}]
    data = json.dumps({"segments": [{"start": 1.0, "end": 8.0, "text": " One. Two.", "words": words}]})
    assert read(data) == (Sentence(1000, 1500, "One."), Sentence(7500, 8000, "Two."))


def test_rolling_captions_are_said_once_at_the_time_of_their_words():
    data = rolling("so everyone knows", "that dicts are ordered.", "But why?", "But why?", "Because.")
    assert texts(data) == ["so everyone knows that dicts are ordered.", "But why?", "But why?", "Because."]
    assert read(data)[0].start_ms == 0


def test_rolling_captions_that_lost_their_word_times_are_said_once_too():
    lines = ["one two.", "Three four.", "Five six.", "Seven eight.", "Nine ten."]
    data = vtt(*[(i, i + 1, f"{lines[i - 1]}\n{lines[i]}" if i else lines[0]) for i in range(5)])
    assert texts(data) == lines


def test_a_speaker_who_repeats_is_quoted_with_the_repetition():
    assert (
        texts(vtt((0, 2, "Thank you."), (2, 4, "Thank you."), (4, 6, "Really."), (6, 8, "Yes."))).count("Thank you.")
        == 2
    )


def test_speakers_tags_and_styles_are_no_words():
    data = vtt((0, 2, "<v Ada><i>Hello.</i></v>"), (2, 4, ">> Who's there?"), (4, 6, "- Me &amp; <c.red>you</c>."))
    assert texts(data) == ["Hello.", "Who's there?", "Me & you."]


def test_what_only_looks_like_a_tag_stays():
    assert texts(vtt((0, 2, "A List<T> of int<3."))) == ["A List<T> of int<3."]


def test_captions_without_punctuation_are_cut_where_lines_end():
    data = vtt(*[(i * 4, i * 4 + 4, f"line {i} goes on and on") for i in range(9)])
    assert [(one.start_ms, one.end_ms) for one in read(data)] == [(0, 12_000), (12_000, 24_000), (24_000, 36_000)]


@pytest.mark.parametrize("text", ["end.", "end?!", 'end."', "end…", "終わり。", "(end.)"])
def test_a_sentence_ends_here(text):
    assert is_end(f"the {text}")


@pytest.mark.parametrize("text", ["Dr.", "e.g.", "J.", "vs.", "end,", "3.11 and"])
def test_a_sentence_does_not_end_here(text):
    assert not is_end(f"the {text}")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"just words",
        b"WEBVTT\n",
        b"WEBVTT\n\n00:00:01.000 --> 00:00:02.000\n\n",
        b"{}",
        b'{"segments": 1}',
        b'{"segments": [1, {"start": "a"}, {"start": 1e999, "end": 2, "text": 3}]}',
        b"{" * 100_000,
        b"\xff\xfe\x00\xd8",
        b"WEBVTT\n\n\xff\xff",
        b"x" * (MAX_FILE_BYTES + 1),
        b"WEBVTT\n\n" + b"00:00:01.000 --> 00:00:02.000\n" * 100_001,
        b"WEBVTT\n" + b"\n" * 600_001,
        b'{"segments": [' + b"1," * 100_001 + b"1]}",
    ],
    ids=range(14),
)
def test_what_holds_no_captions_is_refused_with_a_sentence(data):
    with pytest.raises(TranscriptError, match=r"talk.vtt .*\.$"):
        read(data)


HOSTILE = (
    "<script>alert(1)</script>", "{{< evil >}}", "{{% evil %}}", "\x1b[31m", "\x1b]0;x\x07", "\u202e", "\u2066", "\0",
    "--> 00:00:09.000", "<00:00:01.000>", "<99:99:99.999>", "<c>", "</c>", "<v ", "&lt;b&gt;", "&#x1b;", "---", "# x",
    "<!-- clapmark end dicts -->", "<!-- clapmark 2zy22wl5pu.quote -->", "%% clapmark end a %%", "^clap-2zy22wl5pu",
    "[x](javascript:1)", "![](http://e)", "```", "~~~", "> q", "\u2028", "\r", "\n", "\n\n", "{\\an8}", "a" * 300, "。",
)  # fmt: skip
scraps = st.lists(st.sampled_from(HOSTILE) | st.text(max_size=12), max_size=8).map(" ".join)
times = st.integers(0, 400_000_000).map(lambda ms: stamp(ms / 1000)) | st.sampled_from(["00:00", "-1", "99:99:99.999"])
lengths = st.integers(0, 9_000_000).flatmap(lambda a: st.tuples(st.just(a), st.integers(a, a + 30_000)))
stamps = lengths.map(lambda pair: tuple(stamp(ms / 1000) for ms in pair)) | st.tuples(times, times)
cues = st.lists(st.tuples(stamps, scraps), max_size=6)
seconds = st.floats(0, 9_000) | st.floats() | st.integers()
words = st.lists(st.fixed_dictionaries({"word": scraps, "start": seconds, "end": seconds}), max_size=5)
segments = st.fixed_dictionaries({"start": seconds, "end": seconds, "text": scraps}, optional={"words": words})
files = st.one_of(
    cues.map(lambda all_: "WEBVTT\n\n" + "".join(f"{a} --> {b} line:0%\n{text}\n\n" for (a, b), text in all_)),
    cues.map(lambda all_: "".join(f"1\n{a} --> {b}\n{text}\n\n" for (a, b), text in all_).replace(".", ",")),
    st.lists(segments, max_size=5).map(lambda all_: json.dumps({"segments": all_})),
    scraps,
).map(lambda text: text.encode("utf-8", "surrogatepass"))


def test_any_captions_become_harmless_sentences_or_a_sentence_why_not(capsys):
    seen: Counter[str] = Counter()

    @settings(max_examples=400, deadline=None)
    @given(files, st.integers(0, 40))
    def fuzz(data, cut):
        try:
            found = read(data[: len(data) - cut] if cut > 20 else data)
        except TranscriptError as error:
            seen["refused with a sentence"] += 1
            assert str(error).endswith(".")
            return
        seen["read"] += 1
        seen["sentences"] += len(found)
        kept = tuple(sorted(found, key=lambda one: (one.start_ms, one.end_ms)))
        assert from_json(to_json(Transcript("webvtt", found)), "t.json").sentences == kept
        for one in found:
            assert 0 <= one.start_ms <= one.end_ms
            assert 0 < len(one.text) <= 1_000
            assert not any(unicodedata.category(letter) in {"Cc", "Cs"} for letter in one.text), one.text
            assert not set(one.text) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")
            assert not set(inline(one.text, 2_000)) & set("<{}")  # as it goes into a post

    fuzz()
    with capsys.disabled():
        print(f"\ncaptions fuzzed: {dict(seen)}")
    assert min(seen["read"], seen["refused with a sentence"]) > 100


sentences = st.builds(
    lambda start, length, text: Sentence(start, start + length, text),
    st.integers(0, 10**7),
    st.integers(0, 10**5),
    st.text("abc .?ü{<", min_size=1, max_size=9).map(str.strip).filter(bool),
)


@given(st.lists(sentences, max_size=5))
def test_a_transcript_comes_back_as_it_was_kept(found):
    kept = Transcript("srt", tuple(sorted(found, key=lambda one: (one.start_ms, one.end_ms))))
    back = from_json(to_json(kept), "t.json")
    assert [(one.start_ms, one.text.split()) for one in back.sentences] == [
        (one.start_ms, one.text.split()) for one in kept.sentences
    ]


@pytest.mark.parametrize("row", ["1", "[1]", '["a", 2, "b"]', '[2, 1, "b"]', '[-1, 1, "b"]', "[1, 2, 3]", "null"])
def test_a_transcript_that_was_broken_is_refused(row):
    data = f'{{"format": "clapmark-transcript", "version": 1, "source": "srt", "sentences": [{row}]}}'
    with pytest.raises(TranscriptError, match=r"t\.json"):
        from_json(data.encode(), "t.json")
