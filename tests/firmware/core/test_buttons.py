"""The moment is the first press: bounce never makes two, and what an interrupt lost is late, never missed."""

from firmware.core.buttons import BOUNCE_MS, HELD, HOLD_MS, NONE, PRESS, QUIET_MS, RELEASE, SERVICE_MS, Button


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


def test_a_hold_is_reported_once_at_the_threshold():
    button = Button(False)
    button.edge(50)
    assert button.settle(True, 55, 50 + HOLD_MS - 1) == NONE
    assert button.settle(True, 55, 50 + HOLD_MS) == HELD
    assert button.settle(True, 55, 50 + HOLD_MS + 500) == NONE
    button.edge(2000)
    assert button.settle(False, 2003, 2040) == RELEASE
    assert button.was_held and button.released_ms == 2000


def test_presses_within_one_stall_are_all_reported_with_their_own_times():
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


def events(button, *looks):
    """Feed (what, ms, level is down) to a button; return the events, a release and a press of one look both."""
    told = []
    last_edge_ms = -1000
    for what, ms, is_down in looks:
        event = RELEASE
        while event == RELEASE:
            if what == "poll":
                event = button.settle(is_down, last_edge_ms, ms)
            else:
                event = button.edge(ms, False if what == "irq" else None, is_down, what == "new")
            if event != NONE:
                told.append(event)
        if what != "poll":
            last_edge_ms = ms
    return told


def test_a_release_that_was_polled_before_its_interrupt_is_no_press():
    button = Button(False)
    assert button.edge(1000, False) == PRESS
    assert button.settle(False, 1000, 1050) == RELEASE
    assert button.edge(1050, True) == NONE
    for ms in (1052, 1060, 1100, 1200, 1260):  # bounce of that release, served up to 200 ms late
        assert button.edge(ms, False, False) == NONE
    assert button.edge(1300, False, True) == PRESS


def test_a_press_that_was_polled_before_its_interrupt_counts_once_and_keeps_the_earlier_time():
    button = Button(False)
    assert events(button, ("poll", 1000, True), ("irq", 1004, True), ("irq", 1005, False), ("irq", 1006, True)) == [
        PRESS
    ]
    assert button.pressed_ms == 1000
    assert events(button, ("poll", 1060, False), ("irq", 1061, False), ("irq", 1090, False)) == [RELEASE]


def test_a_press_whose_interrupts_are_all_served_after_it_counts_once():
    button = Button(False)
    assert events(button, *[("irq", ms, False) for ms in (1000, 1001, 1002, 1030)]) == [PRESS]
    assert button.pressed_ms == 1000
    assert events(button, ("poll", 1070, False)) == [RELEASE]


def test_such_a_press_soon_after_another_counts_if_no_older_edge_can_wait():
    for what, expected in (("irq", [PRESS, RELEASE]), ("new", [PRESS, RELEASE, PRESS])):
        button = Button(False)
        looks = [("irq", 1000, True), ("irq", 1050, False), ("poll", 1061, False), ("poll", 1085, False)]
        assert events(button, *looks, (what, 1140, False), ("irq", 1141, False)) == expected


def test_contact_bounce_makes_one_press_and_one_release():
    for bounce_ms in range(1, 10):
        button = Button(False)
        looks = []
        for begin_ms, is_down in ((1000, True), (1060, False)):
            for ms in range(bounce_ms + 1):  # every millisecond another level, and a poll in between
                looks.append(("irq", begin_ms + ms, is_down ^ (ms % 2 == 1)))
                looks.append(("poll", begin_ms + ms, is_down ^ (ms % 2 == 1)))
            looks += [("poll", begin_ms + ms, is_down) for ms in range(10, 60, 10)]
        assert events(button, *looks) == [PRESS, RELEASE], bounce_ms
        assert button.pressed_ms == 1000 and button.released_ms == 1060


def test_a_worn_contact_that_bounces_for_longer_makes_one_press():
    button = Button(False)
    looks = [("irq", 1000, True), ("irq", 1012, False), ("irq", 1018, True)]
    looks += [("poll", ms, True) for ms in range(1020, 1100, 10)]
    looks += [("irq", 1105, False), ("irq", 1110, True), ("irq", 1120, True), ("irq", 1123, False)]
    looks += [("poll", ms, False) for ms in range(1130, 1200, 10)]
    assert events(button, *looks) == [PRESS, RELEASE]


def test_the_end_of_a_pause_is_enough_to_tell_two_presses_apart():
    button = Button(False)
    looks = [("irq", 1000, True), ("poll", 1010, True), ("irq", 1080, False), ("irq", 1085, True)]
    looks += [("poll", ms, True) for ms in (1090, 1100, 1110)]
    assert events(button, *looks) == [PRESS, RELEASE, PRESS]
    assert button.pressed_ms == 1085


def test_a_dropped_release_is_found_by_the_poll():
    button = Button(False)
    looks = [("irq", 1000, True), ("poll", 1040, True), ("poll", 1050, False), ("irq", 1090, True)]
    assert events(button, *looks) == [PRESS, RELEASE, PRESS]


def test_the_late_release_of_a_button_held_at_boot_is_no_press():
    button = Button(True)
    looks = [
        ("poll", 100, True),
        ("poll", 2000, False),
        ("irq", 2001, False),
        ("irq", 2150, False),
        ("irq", 2500, True),
    ]
    assert events(button, *looks) == [PRESS]
    assert button.pressed_ms == 2500


def test_a_passage_with_a_spike_stays_one_passage():
    button = Button(False)
    looks = [("irq", 1000, True)] + [("poll", ms, True) for ms in range(1010, 2000, 10)]
    looks += [("irq", 2003, False), ("irq", 2005, True)] + [("poll", ms, True) for ms in range(2010, 2100, 10)]
    looks += [("irq", 3000, False), ("poll", 3040, False)]
    assert events(button, *looks) == [PRESS, HELD, RELEASE]
    assert (button.pressed_ms, button.released_ms) == (1000, 3000)


def test_it_is_polled_while_late_edges_could_mislead():
    button = Button(False)
    assert not button.needs_polls(0)
    button.edge(1000, False, True)
    assert button.needs_polls(1500)
    button.settle(False, 1000, 1600)
    assert button.needs_polls(1600 + SERVICE_MS)
    assert not button.needs_polls(1600 + SERVICE_MS + BOUNCE_MS + 1)
