"""The vectors: what Python makes of records and frames, and that the page's JavaScript makes the same of them."""

import json
import shutil
import subprocess
from pathlib import Path
from random import Random

import pytest

from tests.vectors import generate

FOLDER = Path(__file__).parent


def vectors(name: str):
    return json.loads((FOLDER / name).read_text(encoding="ascii"))


def test_python_folds_every_log_to_the_bookmarks_of_the_vectors():
    cases = vectors("bookmarks.json")
    assert len(cases) >= 30 and sum(len(case["bookmarks"]) for case in cases) > 200
    for case in cases:
        assert generate.bookmark_case(case["log"]) == case


def test_python_knows_the_wall_times_of_the_vectors():
    for case in vectors("wall_times.json"):
        clock = generate.Clock(generate.parse_log(generate.DEVICE, generate.EPOCH, case["log"].encode()).records)
        found = [(boot, ms, clock.time_at(boot, ms)) for boot, ms, _, _ in case["times"]]
        assert [[boot, ms, when.earliest_ms, when.latest_ms] for boot, ms, when in found] == case["times"]


def test_python_reads_frames_numbers_and_texts_of_the_vectors():
    assert generate.frame_cases(Random()) and all(
        generate._frame(case["line"]) == case["frame"] for case in vectors("frames.json")
    )
    assert generate.number_cases() == vectors("numbers.json")
    assert generate.text_cases() == vectors("texts.json")


def test_the_vectors_hold_what_they_are_for():
    bookmarks = [mark for case in vectors("bookmarks.json") for mark in case["bookmarks"]]
    for property_ in ("undone", "isGuess", "lengthMs", "room", "talkId"):
        assert any(mark[property_] for mark in bookmarks), property_
    assert any(mark["earliestMs"] is None for mark in bookmarks)
    assert any(mark["errorMs"] is not None and mark["errorMs"] > 60_000 for mark in bookmarks)
    assert sum(case["frame"] is None for case in vectors("frames.json")) > 10


def test_javascript_agrees_with_the_vectors():
    node = shutil.which("node")
    if node is None:
        pytest.skip("there is no node on the PATH; tests/browser runs the same vectors in Chromium")
    answer = subprocess.run(
        [node, "--test", str(FOLDER / "vectors.test.mjs")], capture_output=True, text=True, timeout=120, check=False
    )
    assert answer.returncode == 0, answer.stdout[-4000:] + answer.stderr[-2000:]
