"""Chapter and marker files, each read back by the program it is for, or checked against its specification."""

import html
import io
import json
import re
import subprocess
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import imageio_ffmpeg
import podcastparser
import pytest
import webvtt
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from lxml import etree

from clapmark.export import ExportError
from clapmark.export.chapters import chapters_of
from clapmark.export.formats import audacity, ffmetadata, podcast, podlove, resolve, youtube
from clapmark.export.formats import webvtt as webvtt_format
from tests.support.archive.export_talks import hostile_talks, mark, marks_of

FIXTURES = Path(__file__).parents[2] / "fixtures"
FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
PLAIN = marks_of(
    mark("a" * 10, 60_500, words="Dicts keep their order"),
    mark("b" * 10, 600_000, quote="So everyone knows that."),
    mark("c" * 10, 1_200_000, tag="idea", length_ms=44_000),
)


def text(module, one=PLAIN, **options) -> str:
    defaults = {name: default for name, (default, _) in module.FORMAT.options.items()}
    return module.write([one], defaults | options).data.decode()


# -- chapters in general


def test_the_first_chapter_begins_at_the_beginning_and_carries_the_title():
    chapters, remarks = chapters_of([PLAIN])
    assert [(one.start_ms, one.end_ms, one.title) for one in chapters] == [
        (0, 60_500, "Dictionaries, All the Way Down"),
        (60_500, 600_000, "Dicts keep their order"),
        (600_000, 1_200_000, "note: So everyone knows that."),
        (1_200_000, 1_800_000, "idea"),
    ]
    assert remarks == []


def test_marks_that_are_too_near_share_a_chapter_and_it_is_said():
    chapters, remarks = chapters_of(
        [marks_of(mark(position_ms=60_000, words="a"), mark(position_ms=69_000, words="b"))], 10_000
    )
    assert [one.title for one in chapters][1:] == ["a / b"]
    assert remarks == ["Marks that share a chapter, since they are less than 10 s apart: 1."]


def test_a_mark_at_the_very_beginning_takes_the_place_of_the_title():
    chapters, _ = chapters_of([marks_of(mark(position_ms=4_000, words="Hello"))], 10_000)
    assert [(one.start_ms, one.title) for one in chapters] == [(0, "Hello")]


def test_marks_outside_the_recording_are_left_out_and_it_is_said():
    assert chapters_of([marks_of(mark(position_ms=60_000), mark())])[1] == ["Marks outside the recording, left out: 1."]
    with pytest.raises(ExportError, match="has no mark within its recording"):
        chapters_of([marks_of(mark())])


@given(hostile_talks, st.sampled_from([1_000, 10_000]))
def test_chapters_follow_each_other_without_gap_and_are_long_enough(one, least_ms):
    chapters, _ = chapters_of([one], least_ms)
    assert chapters[0].start_ms == 0
    assert all(before.end_ms == after.start_ms for before, after in pairwise(chapters))
    assert all(chapter.end_ms - chapter.start_ms >= least_ms for chapter in chapters)
    assert all(chapter.title and "\n" not in chapter.title for chapter in chapters)


# -- YouTube: its help page (answer 9884579)


def test_youtube_gets_a_list_that_begins_at_zero():
    assert text(youtube).splitlines() == [
        "0:00 Dictionaries, All the Way Down",
        "1:00 Dicts keep their order",
        "10:00 note: So everyone knows that.",
        "20:00 idea",
    ]


def test_youtube_wants_three_chapters_and_it_is_said():
    with pytest.raises(ExportError, match="at least 3, 10 s apart, and here are 2"):
        text(youtube, marks_of(mark(position_ms=60_000)))


@given(hostile_talks)
def test_youtube_can_read_every_list(one):
    try:
        lines = text(youtube, one).splitlines()
    except ExportError:
        return
    stamps = [re.match(r"(?:(\d+):)?(\d?\d):(\d\d) \S", line) for line in lines]
    seconds = [int(s[1] or 0) * 3600 + int(s[2]) * 60 + int(s[3]) for s in stamps]
    assert seconds[0] == 0
    assert len(lines) >= 3
    # whole seconds: a chapter of 10.0 s may show as 9
    assert all(after - before >= 9 for before, after in pairwise(seconds))
    assert not set("".join(lines)) & set("<>")


# -- WebVTT: webvtt-py and ffmpeg


@given(hostile_talks)
def test_webvtt_py_reads_the_chapters_back(one):
    chapters, _ = chapters_of([one])
    found = webvtt.from_string(text(webvtt_format, one), strict=True)
    assert [html.unescape(cue.raw_text) for cue in found] == [chapter.title for chapter in chapters]


def test_ffmpeg_reads_the_webvtt(tmp_path):
    (tmp_path / "a.vtt").write_text(text(webvtt_format), encoding="utf-8")
    out = ffmpeg("-i", str(tmp_path / "a.vtt"), "-f", "srt", "-")
    assert "00:01:00,500 --> 00:10:00,000" in out
    assert "Dicts keep their order" in out


# -- FFMETADATA: ffmpeg puts it into a file and takes it out again


def ffmpeg(*words) -> str:
    command = [FFMPEG, "-hide_banner", "-nostdin", "-loglevel", "error", *words]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


@pytest.fixture(scope="module")
def silence(tmp_path_factory):
    path = tmp_path_factory.mktemp("ffmpeg") / "silence.mka"
    ffmpeg("-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono", "-t", "1800", "-codec:a", "flac", str(path))
    return path


def through_ffmpeg(silence, data: str) -> tuple[dict[str, str], list[tuple[int, int, str]]]:
    source, target = silence.with_name("in.ffmeta"), silence.with_name("out.mka")
    source.write_text(data, encoding="utf-8")
    ffmpeg("-i", str(silence), "-f", "ffmetadata", "-i", str(source), "-map_metadata", "1", "-map_chapters", "1",
           "-codec", "copy", "-y", str(target))  # fmt: skip
    head, *sections = re.split(
        r"^\[CHAPTER\]\n", ffmpeg("-i", str(target), "-f", "ffmetadata", "-"), flags=re.MULTILINE
    )
    chapters = []
    for section in sections:
        values = pairs(section)
        rate = Fraction(values["TIMEBASE"])
        times = [round(int(values[key]) * rate * 1000) for key in ("START", "END")]
        chapters.append((*times, values.get("title", "")))
    return pairs(head), chapters


def pairs(section: str) -> dict[str, str]:
    lines = re.findall(r"((?:[^\\\n]|\\.)*)\n", section, re.DOTALL)
    found = (re.match(r"((?:[^=\\]|\\.)*)=(.*)", line, re.DOTALL) for line in lines)
    return {match[1]: re.sub(r"\\(.)", r"\1", match[2], flags=re.DOTALL) for match in found if match}


def test_ffmpeg_takes_the_chapters(silence):
    values, chapters = through_ffmpeg(silence, text(ffmetadata))
    assert {name.lower(): value for name, value in values.items()}["title"] == "Dictionaries, All the Way Down"
    assert chapters == [
        (0, 60_500, "Dictionaries, All the Way Down"),
        (60_500, 600_000, "Dicts keep their order"),
        (600_000, 1_200_000, "note: So everyone knows that."),
        (1_200_000, 1_800_000, "idea"),
    ]


@settings(max_examples=10, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])  # shrinking takes long
@given(one=hostile_talks)
def test_ffmpeg_takes_any_titles_as_they_are(silence, one):
    expected, _ = chapters_of([one])
    _, chapters = through_ffmpeg(silence, text(ffmetadata, one))
    # a backslash at the end gets a space behind it, since ffmpeg cannot read it otherwise
    found = [(start, title[:-1] if title.endswith("\\ ") else title) for start, _, title in chapters]
    assert found == [(each.start_ms, each.title) for each in expected]


# -- Podlove: a schema of its specification, and the reader of gPodder; Podcasting 2.0: the specification's rules


def test_a_podcast_player_reads_the_podlove_chapters_in_a_feed():
    chapters = text(podlove).split("?>", 1)[1]
    enclosure = '<enclosure url="https://example.org/a.mp3" length="1" type="audio/mpeg"/>'
    item = f"<item><title>a</title><guid>1</guid>{enclosure}{chapters}</item>"
    feed = f'<rss version="2.0"><channel><title>t</title>{item}</channel></rss>'
    found = podcastparser.parse("https://example.org/feed", io.BytesIO(feed.encode()))["episodes"][0]["chapters"]
    assert [(one["start"], one["title"]) for one in found] == [
        (0, "Dictionaries, All the Way Down"),
        (60, "Dicts keep their order"),  # it counts whole seconds
        (600, "note: So everyone knows that."),
        (1200, "idea"),
    ]


@given(hostile_talks)
def test_podlove_chapters_fit_the_schema_and_say_what_was_marked(one):
    schema = etree.RelaxNG(etree.parse(FIXTURES / "podlove-simple-chapters.rng"))
    root = etree.fromstring(text(podlove, one).encode())
    schema.assertValid(root)
    assert [element.get("title") for element in root] == [chapter.title for chapter in chapters_of([one])[0]]


@given(hostile_talks)
def test_podcast_chapters_are_what_the_specification_asks_for(one):
    value = json.loads(text(podcast, one))
    assert value["version"] == "1.2.0"
    starts = [chapter["startTime"] for chapter in value["chapters"]]
    assert starts == sorted(starts)
    for chapter in value["chapters"]:
        assert set(chapter) <= {"startTime", "endTime", "title", "url"}
        assert isinstance(chapter["title"], str)
        assert 0 <= chapter["startTime"] < chapter["endTime"]
        assert chapter.get("url", "https://").startswith("https://")


# -- Audacity: its manual ("Importing and Exporting Labels")


@given(hostile_talks)
def test_audacity_gets_one_label_a_line_with_two_tabs(one):
    lines = text(audacity, one).split("\n")[:-1]
    assert len(lines) == len(one.marks)
    for line, (position_ms, each) in zip(lines, one.placed, strict=True):
        start, end, label = line.split("\t")
        assert (float(start), float(end)) == (position_ms / 1000, (position_ms + each.length_ms) / 1000)
        assert label == each.label


# -- DaVinci Resolve: the shape of its own export, which OpenTimelineIO reads as CMX 3600


@pytest.mark.parametrize(("fps", "nominal"), [("25", 25), ("29.97", 30)])
def test_opentimelineio_reads_the_events_at_their_frames(fps, nominal):
    otio = pytest.importorskip("opentimelineio")  # there is none for Python 3.14
    track = otio.adapters.read_from_string(text(resolve, fps=fps), "cmx_3600", rate=nominal).tracks[0]
    clips = [one for one in track if isinstance(one, otio.schema.Clip)]
    frames = [clip.source_range.start_time.to_frames() - 3600 * nominal for clip in clips]
    assert frames == [round(RATES[fps] * ms / 1000) for ms in (60_500, 600_000, 1_200_000)]
    assert [clip.metadata["cmx_3600"]["comments"][0] for clip in clips] == [
        "|C:ResolveColorCyan |M:Dicts keep their order |D:1",
        "|C:ResolveColorCyan |M:note: So everyone knows that. |D:1",
        f"|C:ResolveColorBlue |M:idea |D:{round(RATES[fps] * 44)}",
    ]


EVENT = re.compile(
    r"(\d{3})  001      V     C        ((?:\d\d:){3}\d\d) ((?:\d\d:){3}\d\d) \2 \3  \n"
    r" \|C:ResolveColor(\w+) \|M:([^|\n]*) \|D:(\d+)\n"
)
RATES = {"24": 24, "25": 25, "29.97": Fraction(30000, 1001), "60": 60}


@given(hostile_talks, st.sampled_from(list(RATES)))
def test_resolve_gets_an_event_for_each_mark_at_its_frame(one, fps):
    data = text(resolve, one, fps=fps)
    assert data.startswith(f"TITLE: {one.talk.title.replace('|', '/').strip()}\nFCM: NON-DROP FRAME\n\n")
    events = EVENT.findall(data)
    assert len(events) == len(one.marks)
    nominal = round(RATES[fps])
    for number, (event, (position_ms, each)) in enumerate(zip(events, one.placed, strict=True), 1):
        hours, minutes, seconds, frames = map(int, event[1].split(":"))
        frame = ((hours - 1) * 3600 + minutes * 60 + seconds) * nominal + frames
        assert int(event[0]) == number
        assert abs(frame - RATES[fps] * position_ms / 1000) <= Fraction(1, 2)
        assert abs(int(event[5]) - max(RATES[fps] * each.length_ms / 1000, 1)) <= Fraction(1, 2)


def test_resolve_takes_another_start_and_refuses_what_is_none():
    assert " 00:01:00:12 " in text(resolve, start="00:00:00:00")
    for wrong in ({"fps": "12"}, {"start": "1:00"}, {"start": "01:00:00:25"}):
        with pytest.raises(ExportError):
            text(resolve, **wrong)
