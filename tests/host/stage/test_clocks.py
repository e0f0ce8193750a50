"""The difference of two clocks lies within the bounds, whatever the delays; the pages calculate as the laptop does."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clapmark.stage
from clapmark.stage.anchor import STATES, Anchor
from clapmark.stage.offset import Offset
from clapmark.stage.web.texts import clock_text
from firmware.core import countdown as core
from firmware.core.countdown import Countdown

PAGES = Path(clapmark.stage.__file__).with_name("pages")
DELAYS = st.floats(0, 300)
TRIPS = st.lists(st.tuples(DELAYS, DELAYS, st.floats(0, 5000)), min_size=1, max_size=40)


def messages(trips, offset_ms, drift):
    """Return (sent, other, received) of round trips; the other clock is `offset_ms` behind and drifts."""
    now, found = 1000.0, []
    for there, back, pause in trips:
        read = now + there
        found.append((now, read * (1 + drift) - offset_ms, read + back))
        now = read + back + pause
    return found


@given(TRIPS, st.floats(-4e6, 4e6), st.floats(-2e-5, 2e-5))
@settings(max_examples=300, deadline=None)
def test_the_true_difference_lies_within_the_bounds_whatever_the_delays(trips, offset_ms, drift):
    estimate = Offset()
    for sent, other, received in messages(trips, offset_ms, drift):
        assert estimate.add(sent, other, received)
        true = received - (received * (1 + drift) - offset_ms)
        assert abs(estimate.ms - true) <= estimate.error_ms + 1.0
    fastest = min(there + back for there, back, _ in trips)
    lasts_s = sum(map(sum, trips)) / 1000
    assert estimate.error_ms <= fastest / 2 + 0.11 * lasts_s + 1.0


def test_a_clock_that_was_stopped_is_noticed_and_the_estimate_starts_again():
    estimate = Offset()
    assert estimate.add(0, 500, 20) and estimate.add(1000, 1500, 1020)
    assert not estimate.add(3_600_000, 2500, 3_600_020)  # the other one slept for an hour
    assert abs(estimate.ms - (3_600_010 - 2500)) <= estimate.error_ms <= 10.5


COUNTDOWNS = st.builds(
    lambda state, left, one, two, total, overtime, up: Anchor(
        STATES[state], 5000.0, left, total, total, max(one, two), min(one, two), overtime, up
    ),
    st.integers(0, 3), st.integers(-900_000, 4_000_000), st.integers(0, 600_000), st.integers(0, 600_000),
    st.integers(0, 4_000_000), st.booleans(), st.booleans(),
)  # fmt: skip


@given(COUNTDOWNS, st.integers(0, 5_000_000))
@settings(max_examples=300, deadline=None)
def test_an_anchor_shows_what_the_device_shows_at_every_moment(anchor, later_ms):
    twin = Countdown()
    twin.load(anchor.planned_ms, anchor.one_finger_ms, anchor.two_finger_ms, anchor.overtime)
    twin.counts_up = anchor.counts_up
    twin.restore(anchor.state == "running", int(anchor.left_ms), anchor.total_ms, 5000)
    now = 5000 + later_ms
    assert anchor.shown_seconds(now) == twin.shown_seconds(now)
    assert anchor.stage(now) == core.STAGE_NAMES[twin.stage(now)].decode()
    assert Anchor.of(twin, now, float(now)).remaining_ms(now) == anchor.remaining_ms(now)


def run_node(script):
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed: the pages' modules are tried in Chromium only")
    answer = subprocess.run(
        [node, "--input-type=module", "-e", script], capture_output=True, text=True, check=False, cwd=PAGES
    )
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


@given(st.lists(st.tuples(COUNTDOWNS, st.integers(0, 5_000_000)), min_size=200, max_size=200))
@settings(max_examples=1, deadline=None)
def test_the_pages_show_what_the_laptop_says(cases):
    values = [[anchor.values(), 5000 + later] for anchor, later in cases]
    found = run_node(
        f"import {{shownSeconds, stageOf, clockText}} from '{(PAGES / 'anchor.js').as_uri()}';"
        f"const cases = {json.dumps(values)};"
        "console.log(JSON.stringify(cases.map(([c, now]) => [shownSeconds(c, now), stageOf(c, now),"
        " clockText(shownSeconds(c, now))])))"
    )
    for (anchor, later), (seconds, stage, text) in zip(cases, found, strict=True):
        now = 5000 + later
        assert (seconds, stage) == (anchor.shown_seconds(now), anchor.stage(now)), anchor
        if abs(seconds) < 6000:
            assert text == clock_text(anchor, now)


@given(TRIPS, st.floats(-4e6, 4e6), st.floats(-2e-5, 2e-5))
@settings(max_examples=10, deadline=None)
def test_the_pages_estimate_the_clock_as_the_laptop_does(trips, offset_ms, drift):
    sent = messages(trips, offset_ms, drift)
    found = run_node(
        f"import {{Offset}} from '{(PAGES / 'clock.js').as_uri()}';"
        f"const o = new Offset(); const out = []; for (const m of {json.dumps(sent)})"
        " { o.add(...m); out.push([o.ms, o.error]) } console.log(JSON.stringify(out))"
    )
    estimate = Offset()
    for message, (ms, error) in zip(sent, found, strict=True):
        estimate.add(*message)
        assert (ms, error) == pytest.approx((estimate.ms, estimate.error_ms))


def test_a_message_in_one_direction_narrows_an_estimate_and_starts_none():
    found = run_node(
        f"import {{Offset}} from '{(PAGES / 'clock.js').as_uri()}';"
        "const o = new Offset(); const first = o.add(-Infinity, 100, 200); const known = o.isKnown;"
        "o.add(0, 100, 300); const wide = o.error; o.add(-Infinity, 1000, 1110);"
        "console.log(JSON.stringify([first, known, wide, o.error, o.high]))"
    )
    assert found[:3] == [True, False, 150] and found[3] < 106 and found[4] == pytest.approx(110, abs=1)
