"""Talks with marks for the tests of exports: ordinary ones, and ones whose every text is hostile."""

from dataclasses import replace

from hypothesis import strategies as st

from clapmark.export import Mark, TalkMarks
from clapmark.recordings.address import parse_video
from clapmark.schedule.text import one_line, paragraphs
from tests.support.archive.conference import talk

YOUTUBE = "https://youtu.be/dQw4w9WgXcQ"
HOSTILE = (
    "=cmd|' /C calc'!A0", "+1", "@SUM(A1)", "-->", "WEBVTT", "00:00:01.000 --> 00:00:02.000", "[CHAPTER]", ";#=\\",
    "\\", "|M:x |D:9", "|C:ResolveColorRed", "001  001      V", "<script>", "</psc:chapters>", "]]>", "&amp;", '"', "'",
    "{{Front}}", "[sound:a.mp3]", "[latex]x[/latex]", "{{c1::x}}", "::", "0:00 x", "a,b;c", "%n", "# h", "```", "${x}",
    "é", "漢字", "🐍", "\u200d", "<T>", "--", "]", "a" * 300,
)  # fmt: skip


def mark(mark_id="aaaaaaaaaa", position_ms=None, words="", quote="", tag="note", length_ms=0) -> Mark:
    link = "" if position_ms is None else parse_video(YOUTUBE).at(position_ms)
    return Mark(
        id=mark_id,
        tag=tag,
        utc_ms=1_556_903_100_000,
        error_ms=25,
        local_time="2019-05-03T13:05:00-04:00",
        length_ms=length_ms,
        position_ms=position_ms,
        start_ms=position_ms,
        link=link,
        words=words,
        quote=quote,
    )


def marks_of(*marks, title="Dictionaries, All the Way Down", end_ms=1_800_000, **more) -> TalkMarks:
    one = talk("dicts", title, "13:00", **more)
    return TalkMarks("PyExample 2019", "pyexample-2019", one, parse_video(YOUTUBE), True, end_ms, marks)


def ids(number: int) -> str:
    return "".join("abcdefghijklmnopqrstuvwxyz234567"[number >> 5 * place & 31] for place in range(10))


def hostile_text(limit=200):
    pieces = st.lists(st.sampled_from(HOSTILE) | st.text(max_size=8), max_size=4)
    return pieces.map(lambda parts: one_line(" ".join(parts), limit))


hostile_words = st.lists(hostile_text(), max_size=3).map(lambda lines: paragraphs("\n".join(lines), 5_000))
hostile_marks = st.lists(
    st.builds(
        mark,
        position_ms=st.integers(0, 1_700_000),
        words=hostile_words,
        quote=hostile_text(),
        tag=hostile_text(32).map(lambda text: text or "note"),
        length_ms=st.sampled_from([0, 0, 45_000]),
    ),
    min_size=3,
    max_size=6,
).map(lambda found: [replace(one, id=ids(number)) for number, one in enumerate(found)])
hostile_talks = st.builds(
    lambda marks, title, speaker, end: marks_of(*marks, title=title or "x", speakers=(speaker,), end_ms=end),
    hostile_marks,
    hostile_text(),
    hostile_text(),
    st.sampled_from([None, 1_800_000]),
)
