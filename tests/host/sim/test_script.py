"""The timeline of the virtual device: what it may say, and what is said where it is wrong."""

from datetime import datetime, timedelta, timezone
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clapmark.base.errors import ExitCode
from clapmark.sim.bounce import LONGEST_BOUNCE_US, press_edges
from clapmark.sim.script import (
    End,
    Plug,
    PowerCut,
    Press,
    Reset,
    Screenshot,
    ScriptError,
    Step,
    parse_script,
    read_script,
)
from clapmark.sim.timeline import NEVER_US, Timeline


def test_every_action_and_header() -> None:
    script = parse_script(
        "# an afternoon\n"
        "start 2026-05-15T13:00:00+10:00  # Sydney\n"
        "seed 7\n"
        "\n"
        "0.5 press A\n"
        "1 press B 120ms\n"
        "0:02 hold A 1.5s\n"
        "+5 reset\n"
        "1:00:00.25 screenshot pictures/note.png\n"
        "3601 power-cut\n"
        "3602 plug\n"
        "3603 end\n"
    )
    assert script.start == datetime(2026, 5, 15, 13, tzinfo=timezone(timedelta(hours=10)))
    assert script.seed == 7
    assert script.steps == (
        Step(500_000, Press("A", 80_000), 5),
        Step(1_000_000, Press("B", 120_000), 6),
        Step(2_000_000, Press("A", 1_500_000), 7),
        Step(7_000_000, Reset(), 8),
        Step(3_600_250_000, Screenshot("pictures/note.png"), 9),
        Step(3_601_000_000, PowerCut(), 10),
        Step(3_602_000_000, Plug(), 11),
        Step(3_603_000_000, End(), 12),
    )


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("soon press A", 1, "is not a time"),
        ("1 press A\n0.5 press A", 2, "earlier than the action above"),
        ("1 press", 1, "should read `press A 80ms`"),
        ("1 press A 80", 1, "is not a duration"),
        ("1 press A 0ms", 1, "from 1ms to 3600s"),
        ("1 explode", 1, "is not an action"),
        ("1", 1, "missing"),
        ("1 screenshot ../x.png", 1, "inside the state folder"),
        ("1 screenshot /tmp/x.png", 1, "inside the state folder"),
        ("1 screenshot x.jpg", 1, "inside the state folder"),
        ("1 end\n2 press A", 2, "after `end`"),
        ("1 press A\nstart 2026-05-15T13:00:00+10:00", 2, "before the first action"),
        ("start 2026-05-15T13:00:00\n1 end", 1, "with an offset"),
        ("start yesterday\n1 end", 1, "with an offset"),
        ("start 1999-05-15T13:00:00Z\n1 end", 1, "2001 to 2033"),
        ("seed 0\n1 end", 1, "whole number"),
        ("900000 end", 1, "ten days"),
    ],
)
def test_a_mistake_names_file_line_and_reason(text: str, line: int, reason: str) -> None:
    with pytest.raises(ScriptError) as error:
        parse_script(text, "afternoon.txt")
    assert str(error.value).startswith(f"afternoon.txt, line {line}: ")
    assert reason in str(error.value)
    assert error.value.exit_code == ExitCode.USAGE


def test_a_script_without_actions_or_that_is_not_there(tmp_path) -> None:
    with pytest.raises(ScriptError, match="holds no action"):
        parse_script("# nothing\n")
    with pytest.raises(ScriptError, match="cannot be read"):
        read_script(tmp_path / "missing.txt")
    (tmp_path / "picture").write_bytes(b"\x89PNG\xff")
    with pytest.raises(ScriptError, match="no text"):
        read_script(tmp_path / "picture")


def test_buttons_are_checked_against_the_board() -> None:
    with pytest.raises(ScriptError, match=r"line 1: this board has no button C; it has A, B"):
        parse_script("1 press C\n2 end").check_buttons(("A", "B"))
    with pytest.raises(ScriptError, match=r"line 2: button A is still held"):
        parse_script("1 press A 2s\n2 press A\n9 end").check_buttons(("A",))
    parse_script("1 press A 2s\n2 press B\n9 end").check_buttons(("A", "B"))


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=20))
def test_times_come_back_as_they_were_written(times_us: list[int]) -> None:
    times_us.sort()
    script = parse_script("\n".join(f"{us // 10**6}.{us % 10**6:06} reset" for us in times_us))
    assert [step.at_us for step in script.steps] == times_us


@given(st.text(max_size=200))
def test_any_text_is_a_script_or_a_script_error(text: str) -> None:
    try:
        parse_script(text)
    except ScriptError as error:
        assert str(error)


@given(st.integers(0, 2**32), st.integers(1_000, 3_000_000))
def test_a_press_bounces_within_its_bounds(seed: int, length_us: int) -> None:
    edges = press_edges(Random(seed), 35, 5_000_000, length_us)
    release_us = 5_000_000 + length_us
    assert edges[0].at_us == 5_000_000 and edges[0].level == 0
    assert [edge.at_us for edge in edges] == sorted({edge.at_us for edge in edges})
    assert all(before.level != after.level for before, after in pairwise(edges))
    release = next(edge for edge in edges if edge.at_us == release_us)
    assert release.level == 1 and edges[-1].level == 1
    assert edges[-1].at_us < release_us + LONGEST_BOUNCE_US
    assert edges == press_edges(Random(seed), 35, 5_000_000, length_us)


def test_what_a_long_plug_overran_comes_later_and_keeps_its_distances() -> None:
    timeline = Timeline(parse_script("1 plug\n2 reset\n5 end"))
    assert timeline.take_step(1_000_000).action == Plug()
    timeline.held = True
    assert timeline.next_us() == NEVER_US
    timeline.go_on(4_000_000)
    assert timeline.take_step(4_000_000).action == Reset()
    assert timeline.take_step(6_999_999) is None
    assert timeline.take_step(7_000_000).action == End()


def test_a_short_plug_delays_nothing() -> None:
    timeline = Timeline(parse_script("1 plug\n5 end"))
    timeline.take_step(1_000_000)
    timeline.held = True
    timeline.go_on(2_000_000)
    assert timeline.next_us() == 5_000_000
