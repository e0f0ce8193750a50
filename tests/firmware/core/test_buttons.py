"""The moment is the first press: bounce never makes two, and what an interrupt lost is late, never missed."""

from firmware.core.buttons import HELD, HOLD_MS, NONE, PRESS, QUIET_MS, RELEASE, Button


def test_the_press_is_the_first_edge_and_the_release_waits_for_the_contact():
    button = Button(False)
    assert button.edge(1000) == PRESS
    assert button.pressed_ms == 1000
    assert button.settle(True, 1008, 1020) == NONE
    assert button.edge(1100) == NONE
    assert button.settle(False, 1105, 1105 + QUIET_MS - 1) == NONE
    assert button.settle(False, 1105, 1105 + QUIET_MS) == RELEASE
    assert button.released_ms == 1100
    assert not button.was_held


def test_a_spike_while_down_is_no_release_and_no_second_press():
    button = Button(False)
    assert button.edge(0) == PRESS
    assert button.edge(200) == NONE
    assert button.settle(True, 201, 240) == NONE
    assert button.pressed
    assert button.edge(400) == NONE
    assert button.settle(False, 400, 440) == RELEASE
    assert button.released_ms == 400


def test_a_hold_is_told_once_at_the_threshold():
    button = Button(False)
    button.edge(50)
    assert button.settle(True, 55, 50 + HOLD_MS - 1) == NONE
    assert button.settle(True, 55, 50 + HOLD_MS) == HELD
    assert button.settle(True, 55, 50 + HOLD_MS + 500) == NONE
    button.edge(2000)
    assert button.settle(False, 2003, 2040) == RELEASE
    assert button.was_held and button.released_ms == 2000


def test_presses_within_one_stall_are_all_told_with_their_own_times():
    button = Button(False)
    told = []
    for edge_ms in (1000, 1040, 1080, 1120, 1160):  # down, up, down, up, down, seen only afterwards
        event = button.edge(edge_ms)
        if event == RELEASE:
            told.append((event, button.released_ms))
            event = button.edge(edge_ms)
        if event != NONE:
            told.append((event, button.pressed_ms))
    assert told == [(PRESS, 1000), (RELEASE, 1040), (PRESS, 1080), (RELEASE, 1120), (PRESS, 1160)], told


def test_bounce_that_is_served_late_makes_no_second_press():
    button = Button(False)
    assert button.edge(1000) == PRESS  # and then the chip stands still: a flash erase
    assert button.edge(1050, was_down=True) == NONE  # its bounce, served when the chip goes on
    assert button.edge(1080, was_down=True) == NONE  # the release: the button was still down before
    assert button.settle(False, 1085, 1085 + QUIET_MS) == RELEASE
    assert (button.pressed_ms, button.released_ms) == (1000, 1080)


def test_a_press_shorter_than_the_quiet_time_counts_once():
    button = Button(False)
    assert button.edge(0) == PRESS
    assert button.settle(False, 12, 12 + QUIET_MS) == RELEASE
    assert button.released_ms == 12
    assert button.settle(False, 12, 500) == NONE


def test_a_lost_edge_makes_a_late_press_not_a_missed_one():
    button = Button(False)
    assert button.settle(True, -1000, 250) == PRESS
    assert button.pressed_ms == 250
    assert button.settle(False, -1000, 500) == RELEASE
    assert button.released_ms == 500


def test_a_button_held_at_boot_is_ignored_until_released():
    button = Button(True)
    assert button.settle(True, 0, 5000) == NONE
    assert button.edge(6000) == NONE
    assert button.settle(False, 6005, 6100) == NONE
    assert button.edge(7000) == PRESS


def test_it_says_when_it_wants_to_be_asked_again():
    button = Button(False)
    assert button.wait_ms(-1000, 0) == -1
    button.edge(100)
    assert button.wait_ms(104, 110) == 104 + QUIET_MS - 110
    assert button.wait_ms(104, 200) == 100 + HOLD_MS - 200
    button.settle(True, 104, 100 + HOLD_MS)
    assert button.wait_ms(104, 1000) == -1
