"""What the screen has shown is recorded, also if something else happens in the three seconds before a tag settles."""

import sys
from io import BytesIO

sys.path.insert(0, ".")

from firmware.core import settings, state
from firmware.core.buttons import ACTION, HELD, MARK, NEXT, PRESS
from firmware.core.schedule import Schedule
from tests.support.device.handheld import NINE_UTC_S, TALKS, Handheld
from tests.support.device.laptop import record
from tests.support.device.schedule_rows import schedule_file


def change(name, value):
    def happen(device):
        device.controller.settings[name] = value
        device.controller.apply_settings(device.now_ms)

    return happen


def set_clock(device):
    device.clock.set_utc_ms((NINE_UTC_S + 7200) * 1000, 0)
    device.controller.clock_changed(0, device.now_ms)


def show_countdown(device):
    device.controller.show(state.COUNTDOWN)
    device.controller.load_runner().go_on(device.now_ms)


EVENTS = {
    "another brightness": change("brightness", 30),
    "silence": change("silent", True),
    "a room": change("room", "Curie"),
    "other presets": change("presets", [["one", 1, 30, 10]]),
    "tags without the chosen one": change("tags", ["a", "b"]),
    "tags in another order": change("tags", ["quote", "note"]),
    "brightness in the menu": lambda device: device.controller.change_setting("brightness", 50),
    "another schedule": lambda device: device.controller.use_schedule(Schedule(BytesIO(schedule_file(TALKS[1:])))),
    "no schedule": lambda device: device.controller.use_schedule(None),
    "the clock": set_clock,
    "the next talk": lambda device: device.press(NEXT, device.now_ms),
    "a countdown": show_countdown,
    "another screen": lambda device: device.controller.show(state.CLOCK),
    "a fault": lambda device: device.controller.show_fault(b"screen: OSError"),
    "the end of the app": lambda device: device.controller.settle(device.now_ms),
    "a mark": lambda device: device.press(MARK, device.now_ms),
}


def test_a_tag_on_the_screen_is_recorded_once_on_any_change_before_it_settles():
    for name in sorted(EVENTS):
        device = Handheld()
        device.press(MARK, 10_000)
        device.press(ACTION, 11_000)
        assert device.state.flash_tag == b"quote"
        device.wait_until(11_500)
        EVENTS[name](device)
        device.wait_until(20_000)
        found = [fields for _, _, fields in device.records(record.RETAG)]
        assert found == [{"of": b"2", "tag": b"quote"}], (name, found)


def test_at_the_end_of_the_app_nothing_waits_for_its_time():
    device = Handheld()
    device.press(MARK, 10_000)
    device.press(ACTION, 11_000)
    device.controller.settle(11_200)
    assert len(device.records(record.RETAG)) == 1
    device.controller.handle(MARK, PRESS, 30_000)
    device.controller.handle(MARK, HELD, 30_000)
    assert device.state.flash == state.FLASH_PASSAGE
    device.controller.settle(34_000)
    assert [fields["len"] for _, _, fields in device.records(record.SPAN)] == [b"4000"]


def test_the_tag_of_the_next_bookmark_outlives_a_setting():
    device = Handheld()
    device.press(ACTION, 10_000)
    assert device.state.tag == b"quote"
    change("brightness", 30)(device)
    device.press(MARK, 12_000)
    assert device.records(record.BOOKMARK)[0][2]["tag"] == b"quote"
    change("tags", ["new", "quote"])(device)
    device.press(MARK, 22_000)
    assert device.records(record.BOOKMARK)[1][2]["tag"] == b"quote"
    change("tags", settings.defaults()["tags"][2:])(device)
    device.press(MARK, 32_000)
    assert device.records(record.BOOKMARK)[2][2]["tag"] == b"idea"


def test_a_press_that_was_not_saved_becomes_no_passage_on_the_screen():
    device = Handheld()
    device.wait_until(10_000)
    device.nor.fail(0)
    device.controller.handle(MARK, PRESS, 10_000)
    device.controller.handle(MARK, HELD, 10_000)
    assert device.state.flash == state.FLASH_NOT_SAVED
