"""Where the running order comes from: a table of clapmark.toml, and a schedule that is replaced on stage."""

import time
from datetime import datetime

import pytest

from tests.support.desk import Laptop
from tests.support.stage.room import SPEAKERS, TITLE, StageProcess, lightning_csv, prepare

START = datetime(2031, 5, 3, 17, 30)
SESSION = """
[sessions.lightning]
conference = "example"
room = "hall a"
title = "Lightning talks"
start = 2031-05-03T17:40:00
end = 2031-05-03T18:00:00
minutes = 4
"""


@pytest.fixture
def desk(tmp_path):
    laptop = Laptop(tmp_path / "archive")
    assert laptop.type("init", str(laptop.archive)).code == 0
    prepare(laptop, tmp_path, START)
    return laptop


def put_settings(laptop, text):
    path = laptop.archive / "clapmark.toml"
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")


def stage_at(laptop, tmp_path, *words):
    return StageProcess(tmp_path, "--no-device", "--archive", str(laptop.archive), *words)


def schedule_path(laptop):
    return laptop.archive / "conferences" / "example" / "schedule.json"


def names(state):
    return [entry["speakers"][0] for entry in state["rundown"]]


def load(laptop, tmp_path, text):
    source = tmp_path / "newer.csv"
    source.write_text(text, encoding="utf-8")
    answer = laptop.type_here("schedule", "load", str(source), "--zone", "UTC", "--title", "PyCon Example",
                              "--conference", "example")  # fmt: skip
    assert answer.code == 0, answer.stderr


def test_a_session_of_clapmark_toml_has_its_talks_its_title_and_its_minutes(desk, tmp_path):
    put_settings(desk, SESSION)
    stage = stage_at(desk, tmp_path, "--session", "lightning")
    try:
        state = stage.state()
    finally:
        stage.stop()
    assert names(state) == list(SPEAKERS[2:6])  # 17:40 to 18:00
    assert {entry["planned_ms"] for entry in state["rundown"]} == {4 * 60_000}
    assert state["session"]["title"] == "Lightning talks"
    end = datetime.fromisoformat("2031-05-03T18:00:00+00:00")
    assert state["session"]["end_utc_ms"] == end.timestamp() * 1000


@pytest.mark.parametrize(
    ("text", "words", "say"),
    [
        (SESSION, ["--session", "closing"], "clapmark.toml has no [sessions.closing]. There are: lightning."),
        ("", ["--session", "lightning"], "There are: none yet."),
        (SESSION.replace("example", "other"), ["--session", "lightning"], "The archive has no conference other."),
        (SESSION.replace("hall a", "Hall B"), ["--session", "lightning"], "No talk of example belongs to the session"),
        (SESSION.replace("2031-05-03T18", "2031-05-01T18"), ["--session", "lightning"], "No talk of example belongs"),
        (SESSION.replace("= 4", "= 2.5"), [], '"minutes" of a session must be a whole number'),
        (SESSION.replace("= 4", "= -4"), [], "minutes"),
        (SESSION.replace("= 4", '= "4"'), [], "minutes"),
        (SESSION.replace('"hall a"', "7"), [], '"room" must be text'),
        (SESSION.replace("2031-05-03T17:40:00", "17:40:00"), [], '"start" must be a date with a time'),
        (SESSION.replace("[sessions.lightning]", "[sessions]\nlightning = 1\n[x]"), [], '"sessions.lightning" must be'),
        (SESSION.replace("example", "../up"), [], "short name"),
    ],
)
def test_a_session_that_cannot_be_is_refused_with_a_sentence(desk, text, words, say):
    put_settings(desk, text)
    answer = desk.type_here("stage", "--no-device", *words)
    assert answer.code == 2, answer.stderr
    assert say in " ".join(answer.stderr.split()), answer.stderr


def test_a_schedule_that_is_replaced_damaged_and_gone_while_somebody_speaks(desk, tmp_path):
    stage = stage_at(desk, tmp_path)
    try:
        stage.command(do="start")
        stage.command(do="next")
        stage.command(do="start")
        spoken = stage.wait(lambda state: state["countdown"]["state"] == "running")
        anchor = {key: spoken["countdown"][key] for key in ("at_ms", "left_ms", "total_ms")}
        assert spoken["talk"]["speakers"] == [SPEAKERS[1]]
        good = schedule_path(desk).read_bytes()

        def check(state):
            assert state["countdown"]["state"] == "running"  # the countdown never notices
            assert {key: state["countdown"][key] for key in anchor} == anchor
            assert state["talk"]["speakers"] == [SPEAKERS[1]]
            assert [entry["state"] for entry in state["rundown"][:2]] == ["done", "speaking"]

        schedule_path(desk).write_bytes(good[: len(good) // 2])
        stage_says(stage, "cannot be used")
        check(stage.state())
        assert len(names(stage.state())) == len(SPEAKERS)

        schedule_path(desk).unlink()  # as programs do that delete a file and write it again
        stage_says(stage, "is gone")
        check(stage.state())
        assert len(names(stage.state())) == len(SPEAKERS)

        schedule_path(desk).write_bytes(good)
        load(desk, tmp_path, lightning_csv(START, TITLE).replace(SPEAKERS[2], "Somebody Else"))
        newer = stage.wait(lambda state: names(state)[2] == "Somebody Else", 30)
        check(newer)
        assert newer["next"]["speakers"] == ["Somebody Else"]

        shorter = "\n".join(lightning_csv(START, TITLE).splitlines()[:4]) + "\n"
        load(desk, tmp_path, shorter)  # the talk that is on stage stays
        check(stage.wait(lambda state: len(names(state)) < len(SPEAKERS), 30))
    finally:
        stage.stop()


def stage_says(stage, text):
    end = time.monotonic() + 30
    while text not in stage.log.read_text(encoding="utf-8"):
        assert time.monotonic() < end, stage.log.read_text(encoding="utf-8")
        time.sleep(0.1)
