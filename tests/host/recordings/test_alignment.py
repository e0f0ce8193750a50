"""Alignment: the position of presses in a recording, from one anchor or two, over cuts, with a true error."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from clapmark.archive.wall_time import WallTime
from clapmark.base.errors import UsageError
from clapmark.recordings.alignment import Anchor, Lies, Moment, align, cut_out

BOOT = ("240ac4000001", "1A2B3C4D", 7)


def wall(ms, error_ms=0):
    return Moment(WallTime(ms - error_ms, ms + error_ms))


def pressed(ms, boot=BOOT):
    return Moment(WallTime(), boot, ms)


def anchor(moment, video_ms, error_ms=0, name="the bookmark"):
    return Anchor(moment, video_ms, error_ms, name)


def place(alignment, moment):
    position = alignment.position(moment)
    return position.ms if position.lies is Lies.INSIDE else position.lies


def test_one_anchor_gives_the_offset():
    alignment = align([anchor(wall(100_000), 751_000)])
    assert place(alignment, wall(160_000)) == 811_000


def test_bookmarks_of_one_boot_need_no_time_of_day():
    alignment = align([anchor(pressed(60_000), 751_000)])
    assert place(alignment, pressed(120_000)) == 811_000
    assert place(alignment, pressed(120_000, ("240ac4000001", "1A2B3C4D", 8))) is Lies.UNKNOWN


def test_a_press_whose_time_is_not_known_to_a_minute_gets_no_place():
    alignment = align([anchor(wall(100_000), 751_000, 1_000)])
    assert place(alignment, wall(160_000, 59_000)) == 811_000
    assert place(alignment, wall(160_000, 59_001)) is Lies.UNKNOWN


def test_what_was_marked_before_the_recording_began_has_no_place_in_it():
    alignment = align([anchor(wall(100_000), 5_000, 1_000)])
    assert place(alignment, wall(80_000)) is Lies.BEFORE
    assert place(alignment, wall(94_500)) == 0  # within the error: at its beginning


def test_two_anchors_that_agree_narrow_the_place_down():
    alignment = align([anchor(wall(0), 1_000, 1_000), anchor(wall(600_000), 602_000, 1_000)])
    assert place(alignment, wall(300_000)) == 301_500
    assert alignment.position(wall(300_000)).error_ms == 500
    assert alignment.segments[0].rate == 1.0


def test_two_anchors_stretch_a_recording_that_runs_at_another_speed():
    alignment = align([anchor(wall(0), 0, 100), anchor(wall(1_000_000), 960_000, 100)])  # 25 frames shown as 24
    assert alignment.segments[0].rate == 0.96
    assert place(alignment, wall(500_000)) == 480_000


def test_a_cut_takes_out_what_lay_in_it():
    alignment = align([anchor(wall(100_000), 100_000), anchor(wall(900_000), 500_000)], [300_000])
    assert [place(alignment, wall(ms)) for ms in (200_000, 400_000, 750_000)] == [200_000, Lies.CUT_OUT, 350_000]
    assert cut_out(*alignment.segments).ms == 400_000


@pytest.mark.parametrize(
    ("anchors", "cuts", "why"),
    [
        ([anchor(wall(9_000_000), 60_000), anchor(wall(1_000), 120_000)], [], "was first, but comes later"),
        ([anchor(wall(0), 0), anchor(wall(600_000), 60_000)], [], "was cut"),
        ([anchor(wall(0), 60_000), anchor(wall(600_000), 60_000)], [], "one moment cannot be at two places"),
        ([anchor(wall(0), 10_000), anchor(wall(0), 60_000)], [], "one moment cannot be at two places"),
        ([anchor(pressed(0), 0), anchor(wall(5), 5_000)], [], "cannot be compared"),
        ([anchor(wall(ms), ms) for ms in (0, 60_000, 120_000)], [], "two are enough"),
        ([anchor(wall(0), 0)], [300_000], "time of day is unknown from 5:00 on"),
        ([anchor(wall(0), 0), anchor(wall(60_000), 400_000)], [300_000], "contradict the cut at 5:00"),
    ],
)
def test_anchors_that_contradict_each_other_are_refused_with_a_sentence(anchors, cuts, why):
    with pytest.raises(UsageError, match=why):
        align(anchors, cuts)


seconds = st.integers(0, 7_200)


@given(
    start_ms=st.integers(0, 10**9),
    rate=st.sampled_from([1.0, 0.96, 1.001, 1.25]),
    cuts=st.lists(st.tuples(st.integers(600_000, 1_500_000), st.integers(1_000, 600_000)), max_size=2),
    picks=st.lists(st.tuples(st.integers(5_000, 595_000), st.integers(-900, 900)), min_size=6, max_size=6),
    probes=st.lists(seconds, max_size=10),
    clock_error_ms=st.integers(0, 2_000),
    data=st.data(),
)
def test_the_true_place_is_within_the_stated_error(start_ms, rate, cuts, picks, probes, clock_error_ms, data):
    """A model of a recording: stretches of it in a row, time left out between them; anchors read off by a person."""
    lengths = [length for length, _ in cuts] + [7_200_000]
    begins_wall, begins_video, wall_ms, video_ms = [], [], start_ms, 0
    for number, length in enumerate(lengths):
        begins_wall.append(wall_ms)
        begins_video.append(video_ms)
        wall_ms += round(length / rate) + (cuts[number][1] if number < len(cuts) else 0)
        video_ms += length
    anchors = []
    for number, (begin_wall, begin_video) in enumerate(zip(begins_wall, begins_video, strict=True)):
        for into_ms, misread_ms in picks[2 * number : 2 * number + (1 if rate == 1.0 else 2)]:
            shown_ms = begin_video + into_ms + misread_ms
            wrong_ms = data.draw(st.integers(-clock_error_ms, clock_error_ms))  # what its clock says, within its error
            told_ms = begin_wall + round(into_ms / rate) + wrong_ms
            anchors.append(anchor(wall(told_ms, clock_error_ms), shown_ms, 1_000))
    try:
        alignment = align(anchors, begins_video[1:])
    except UsageError:
        # two anchors so near each other that their errors hide the rate, or a cut as short as the errors
        assume(False)
        return
    for probe_s in probes:
        number = data.draw(st.integers(0, len(lengths) - 1))
        into_ms = min(probe_s * 1_000, lengths[number] - 1)
        position = alignment.position(wall(begins_wall[number] + round(into_ms / rate)))
        if rate == 1.0 or (position.lies is Lies.INSIDE and alignment.segments[number].rate != 1.0):
            true_ms = begins_video[number] + into_ms
            near_an_edge = min(into_ms, lengths[number] - into_ms) < 10_000 + 5 * clock_error_ms
            assert near_an_edge or abs(position.ms - true_ms) <= position.error_ms + 2, position
