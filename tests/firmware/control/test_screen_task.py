"""The screen is drawn again in time, and the chip sleeps only in the dark and where that is set."""

import sys

sys.path.insert(0, ".")

from firmware.control.screen_task import ScreenTask
from firmware.core import state


class StoppedError(Exception):
    """The end of a test of something that runs forever."""


class Waits:
    """The wake-up of the screen's task: ends it after one turn; `ms` is how long it would have waited."""

    async def sleep_ms(self, ms):
        self.ms = ms
        raise StoppedError


class Backlight:
    def __init__(self, wait_ms):
        self.wait_ms = wait_ms
        self.steps = []

    def step(self, percent, most_ms):
        self.steps.append((percent, most_ms))
        return self.wait_ms


class Display:
    def __init__(self):
        self.drawn = []

    def refresh(self, shown):
        self.drawn.append(shown)


class Sleep:
    """The chip's light sleep; asked with (uptime, uptime at which a laptop was heard)."""

    def __init__(self, sleeps):
        self.sleeps = sleeps
        self.asked = []

    def sleep(self, now_ms, host_ms):
        self.asked.append((now_ms, host_ms))
        if self.sleeps is None:
            raise ValueError
        return self.sleeps


class Context:
    def __init__(self, light_percent, light_sleep):
        self.state = state.State()
        self.state.light_percent = light_percent
        self.settings = {"light_sleep": light_sleep}
        self.display = Display()

    def uptime_ms(self):
        return 50_000


def stops(task):
    """Run a task until it waits; return whether that was its end."""
    try:
        task.send(None)
    except StoppedError:
        return True
    return False


def turn(light_percent, light_sleep, sleeps=True):
    """Run one turn of the task; return (context, sleep, milliseconds until the next turn)."""
    context = Context(light_percent, light_sleep)
    waits = Waits()
    backlight = Backlight(640)
    task = ScreenTask(context, None, backlight, waits, 20_000)
    sleep = Sleep(sleeps)
    task._light_sleep = sleep
    assert stops(task.run())
    assert context.display.drawn == [context.state] and backlight.steps == [(light_percent, 1000)]
    return context, sleep, waits.ms


def test_the_light_decides_when_it_is_drawn_again():
    assert turn(80, False)[2] == 640


def test_a_lit_screen_keeps_the_chip_awake_and_so_does_the_setting():
    for light_percent, light_sleep in ((80, True), (0, False), (1, True)):
        _, sleep, wait_ms = turn(light_percent, light_sleep)
        assert sleep.asked == [] and wait_ms == 640


def test_in_the_dark_the_chip_sleeps_and_the_other_tasks_get_a_turn_soon():
    _, sleep, wait_ms = turn(0, True)
    assert sleep.asked == [(50_000, 20_000)] and wait_ms == 20


def test_a_chip_that_may_not_sleep_now_waits_as_always():
    assert turn(0, True, sleeps=False)[2] == 640


def test_pins_that_cannot_wake_the_chip_end_its_sleep_and_are_reported():
    context, _, wait_ms = turn(0, True, sleeps=None)
    assert context.settings["light_sleep"] is False and wait_ms == 640
    assert context.state.problems == ["light_sleep: the pins of A and B cannot wake the chip"]
