"""One press is one bookmark, for every order of level, interrupt, poll and bounce; what merges is named and counted."""

from itertools import pairwise
from random import Random

import pytest

from clapmark.archive import record
from clapmark.firmware_build.build import current_app
from clapmark.sim import EventKind
from clapmark.sim.bounce import LATEST_MS
from firmware.core.buttons import PRESS, RELEASE
from tests.bench.support.worlds import World
from tests.faults.button_chip import Chip
from tests.faults.button_orders import button_orders
from tests.faults.button_presses import late_interrupts, very_late_interrupts
from tests.faults.ledger import run_part

CI_ORDERS = 3_000
CI_PRESSES = 20_000
PARTS = 2


def test_every_short_order_gives_the_fewest_presses_that_explain_it():
    run_part("button-orders", button_orders, CI_ORDERS)


@pytest.mark.parametrize("part", range(PARTS))
def test_no_press_is_doubled_or_missed_where_a_look_came_between(part):
    run_part("late-interrupts", late_interrupts, CI_PRESSES, part, PARTS)


def test_no_press_is_doubled_on_a_machine_that_serves_interrupts_a_second_late():
    run_part("very-late-interrupts", very_late_interrupts, CI_PRESSES)


def _play(folder, pauses_ms, count=50):
    """Press A on the virtual device with late interrupts; return when, in ms, and the stamps."""
    chance = Random(41)
    lines = ["seed 41"]
    at_ms = 10_000
    for _ in range(count):
        length_ms = chance.randint(30, 150)
        lines.append(f"{at_ms / 1000:.3f} press A {length_ms}ms")
        at_ms += length_ms + chance.randint(*pauses_ms)
    world = World(folder)
    script = "\n".join(lines) + f"\n{at_ms / 1000 + 5:.3f} end\n"
    world.play(script, app=current_app(), late_interrupts_ms=LATEST_MS)
    pressed_ms = [us / 1000 for us in world.moments_us(EventKind.PRESSED, "A")]
    stamps_ms = [entry.ms for entry in world.records(record.BOOKMARK)]
    assert len(pressed_ms) == count
    return pressed_ms, stamps_ms


def test_the_virtual_device_saves_each_press_once_however_late_its_interrupts_are(tmp_path):
    pressed_ms, stamps_ms = _play(tmp_path, (LATEST_MS + 60, 500))
    assert len(stamps_ms) == len(pressed_ms)
    late_ms = [stamp - ms for stamp, ms in zip(stamps_ms, pressed_ms, strict=True)]
    assert max(late_ms) - min(late_ms) <= LATEST_MS + 1  # the uptime begins somewhere in the boot


def test_the_virtual_device_doubles_no_press_that_follows_soon(tmp_path):
    pressed_ms, stamps_ms = _play(tmp_path, (40, 300))
    can_merge = sum(later - ms <= LATEST_MS for ms, later in pairwise(pressed_ms))
    assert len(pressed_ms) - can_merge <= len(stamps_ms) <= len(pressed_ms)


def _press(chip: Chip) -> None:
    """Press a button for 60 ms, with an interrupt and a poll at each change."""
    for level in (0, 1):
        chip.edge(level)
        chip.serve_next()
        for _ in range(6):
            chip.poll()
            chip.now_us += 10_000


@pytest.mark.parametrize("quiet_days", [2, 5, 7, 11, 13, 30])
def test_a_press_after_days_of_quiet_has_its_own_time_and_nothing_is_polled_before(quiet_days):
    chip = Chip()
    _press(chip)
    for _ in range(quiet_days * 24):  # the supervisor has the buttons polled more often
        chip.now_us += 3_600_000_000
        chip.poll()
        while chip.queue:
            chip.serve_next()
        assert chip.poll() == -1, "polled for nothing, which keeps the chip awake"
    pressed_ms = chip.now_us // 1000
    _press(chip)
    assert [event for event, _ in chip.reported] == [PRESS, RELEASE] * 2
    assert chip.reported[2:] == [(PRESS, pressed_ms), (RELEASE, pressed_ms + 60)]


@pytest.mark.parametrize("before_ms", range(1, 130, 4))
def test_a_press_while_the_ticks_wrap_counts_once_with_its_own_time(before_ms):
    begins_ms = (1 << 30) - before_ms
    chip = Chip(now_us=begins_ms * 1000)
    _press(chip)
    assert chip.reported == [(PRESS, begins_ms), (RELEASE, begins_ms + 60)]


class _AtOnce(Chip):
    """A chip that serves a scheduled call before `schedule` returns, as it may between two bytecodes."""

    def schedule(self, call):
        call()
        return True


def test_a_mark_that_is_served_at_once_still_proves_the_queue_empty():
    chip = _AtOnce()
    for _ in range(2):
        _press(chip)
        assert chip.buttons.contacts[0]._is_queue_empty
    for level in (0, 1):  # a press that was never read as down, 60 ms after the last release
        chip.edge(level)
        chip.now_us += 35_000
    chip.serve_next()
    chip.poll()
    assert chip.presses == 3
