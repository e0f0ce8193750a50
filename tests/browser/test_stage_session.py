"""A session of twelve lightning talks with device, stage, speaker's screen and remote, in real Chromium."""

import json
import re
import time

import pytest

from clapmark.sim import EventKind
from tests.support.desk import Laptop
from tests.support.stage.cable import Cable
from tests.support.stage.room import SPEAKERS, PressedDevice, StageProcess, prepare, soon

pytestmark = pytest.mark.long  # a minute and more: make test-browser

SHOWN_MS = "() => { const c = clapmark.state.countdown; return c.left_ms - (clapmark.now() - c.at_ms) }"


@pytest.fixture(scope="module")
def room(tmp_path_factory, browser):
    """Return (laptop, device, cable, stage, browser)."""
    folder = tmp_path_factory.mktemp("room")
    laptop = Laptop(folder / "archive")
    assert laptop.type("init", str(laptop.archive)).code == 0
    prepare(laptop, folder, soon())
    with PressedDevice(folder) as device, Cable(device.port, folder / "cable") as cable:
        pushed = laptop.type_here("schedule", "push", "--port", str(cable.laptop))
        assert pushed.code == 0, pushed.stderr
        stage = StageProcess(folder, "--port", str(cable.laptop), "--archive", str(laptop.archive))
        try:
            stage.wait(lambda state: state["device"]["is_connected"])
            yield laptop, device, cable, stage, browser
        finally:
            stage.stop()


def opened(browser, stage, path, **context):
    page = browser.new_context(**context).new_page()
    page.set_default_timeout(120_000)  # also on a busy machine
    page.problems = []
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    page.on("console", lambda message: page.problems.append(message.text) if message.type == "error" else None)
    page.goto(stage.url + path)
    page.wait_for_function("() => globalThis.clapmark?.state && clapmark.offset.isKnown")
    return page


def talk_is(speaker):
    return lambda state: state["talk"] and state["talk"]["speakers"] == [speaker]


def test_a_session_of_twelve_talks_and_the_report_equals_what_was_pressed(room, monkeypatch):
    laptop, device, cable, stage, browser = room
    screen = opened(browser, stage, "/")
    speaker = opened(browser, stage, "/speaker")
    remote = opened(browser, stage, f"/remote#{stage.token}", viewport={"width": 390, "height": 844})
    lost = opened(browser, stage, "/rundown")

    def tap(selector, answer="Done on the device."):
        remote.click(selector)
        remote.wait_for_function("text => document.getElementById('answer').textContent === text", arg=answer)

    pressed = []  # (speaker, seconds given, how long it ran by our clock)
    skipped = []
    for number, name in enumerate(SPEAKERS):
        if number == 4:  # nobody comes
            skipped.append(name)
            tap("[data-do=skip]")
            stage.wait(talk_is(SPEAKERS[number + 1]))
            continue
        if number == 0:
            tap("#go")
        elif number % 3:
            tap("#go")  # Start
        else:
            device.do("press B 80ms")
        stage.wait(lambda state: state["countdown"]["state"] == "running")
        began = time.monotonic()
        screen.wait_for_function("() => document.body.dataset.look === 'running'")
        assert screen.inner_text("#speaker") == speaker.inner_text("#speaker") == name
        given = 0
        if number == 2:
            tap("[data-minutes='1']")
            given = 60
        if number == 3:
            lost.context.close()  # a viewer is gone
        if number == 6:
            error_ms = stage.state()["device"]["error_ms"]
            cable.pull()
            screen.wait_for_function("() => document.getElementById('device').textContent.includes('count on')")
            before = screen.evaluate(SHOWN_MS)
            screen.wait_for_timeout(1500)
            assert 1400 <= before - screen.evaluate(SHOWN_MS) <= 2500
            tap("[data-minutes='1']", "The device is unplugged: use its buttons, or choose `Go on without it`. "
                "Nothing was changed.")  # fmt: skip
            counted = screen.evaluate(f"() => [performance.now(), ({SHOWN_MS})()]")
            cable.plug()
            stage.wait(lambda state: state["device"]["is_connected"])
            screen.wait_for_function("() => document.getElementById('device').textContent === ''")
            after = screen.evaluate(f"() => [performance.now(), ({SHOWN_MS})()]")
            jump_ms = (counted[1] - after[1]) - (after[0] - counted[0])
            error_ms += stage.state()["device"]["error_ms"]
            assert abs(jump_ms) <= 2 * error_ms + 20, jump_ms  # no more than the true difference
        if number == 7:
            tap("#go")  # Pause
            remote.wait_for_timeout(300)
            tap("#go")  # Resume
        remote.wait_for_timeout(500)
        if number % 2:
            tap("[data-do=next]")  # stops it
        else:
            remote.locator("#stop").scroll_into_view_if_needed()
            remote.locator("#stop").dispatch_event("pointerdown")
            stage.wait(lambda state: state["countdown"]["state"] == "ended")
            remote.locator("#stop").dispatch_event("pointerup")
            if number + 1 < len(SPEAKERS):
                device.do("press B 80ms")  # the next speaker
        ended = stage.wait(lambda state, name=name: any(
            entry["speakers"] == [name] and entry["actual_ms"] is not None for entry in state["rundown"]))  # fmt: skip
        entry = next(entry for entry in ended["rundown"] if entry["speakers"] == [name])
        assert entry["actual_ms"] <= (time.monotonic() - began) * 1000 + 2000
        pressed.append((name, given, entry["actual_ms"] / 1000))
        if number + 1 < len(SPEAKERS):
            stage.wait(talk_is(SPEAKERS[number + 1]))
    assert not screen.problems and not speaker.problems
    assert all("409 (Conflict)" in problem for problem in remote.problems)  # what it asked of the unplugged device

    monkeypatch.setenv("XDG_STATE_HOME", str(stage.home))  # where the stage left word of itself
    synced = laptop.type_here("sync")  # through the stage, which holds the port
    assert synced.code == 0 and "through the stage" in synced.stderr, synced.stderr
    rows = json.loads(laptop.type_here("report", "--json").stdout)
    runs = [row for row in rows if not row["skipped"]]
    assert [row["speakers"][0] for row in rows if row["skipped"]] == skipped
    assert [(row["speakers"][0], row["adjusted_s"]) for row in runs] == [(name, given) for name, given, _ in pressed]
    for row, (name, _, seconds) in zip(runs, pressed, strict=True):
        assert row["actual_s"] == pytest.approx(seconds, abs=0.2), name
    assert [row["speakers"][0] for row in rows] == list(SPEAKERS)  # the order as it was run, with who was skipped


def test_the_room_sees_what_the_screens_of_the_stage_say_and_never_a_tag(room):
    _, device, _, stage, browser = room
    screen = opened(browser, stage, "/")
    stage.command(do="message", text="<img src=x onerror=alert(1)>", to="room")
    screen.wait_for_function("() => document.getElementById('message').textContent.startsWith('<img')")
    assert screen.locator("#message img").count() == 0
    speaker = opened(browser, stage, "/speaker")
    assert speaker.inner_text("#message") == ""
    assert re.fullmatch(r"\d+:\d\d", screen.inner_text("#time"))
    assert any(event.kind == EventKind.BOOTED for event in device.events)
