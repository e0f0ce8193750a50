"""What a button reports for one order of looks at a time: the exact limits of bounce, pause, hold and late edges."""

from firmware.core.buttons import ACTION, HELD, MARK, NEXT, NONE, PRESS, RELEASE, Button

DOWN, UP = True, False
LONG_AGO = -1000


def play(button, *looks):
    """Have a button looked at; return what it reports, each with the stamp of the press or of the release.

    A look is (ms, "poll", level), or (ms, "irq", level) for an interrupt; "new" is one that comes from an empty queue.
    A fourth value is the level at the interrupt before, where the stamp of that one was lost.
    """
    reported = []
    last_edge_ms = LONG_AGO
    was_down = False
    for look in looks:
        ms, what, is_down = look[:3]
        if len(look) > 3:
            was_down = look[3]
        for _ in range(2):  # a release says to ask once more
            if what == "poll":
                event = button.settle(is_down, last_edge_ms, ms)
            else:
                event = button.edge(ms, was_down, is_down, what == "new")
            if event != NONE:
                reported.append((event, button.released_ms if event == RELEASE else button.pressed_ms))
            if event != RELEASE:
                break
        if what != "poll":
            last_edge_ms = ms
            was_down = is_down
    return reported


def played(*looks):
    """Return what a button reports that was at rest before."""
    return play(Button(False), *looks)


PRESSED = ((1000, "irq", DOWN), (1060, "poll", DOWN))  # a press that was last read as down at 1060


def test_buttons_and_events_have_the_numbers_that_boards_and_drivers_count_with():
    assert (MARK, ACTION, NEXT) == (0, 1, 2)
    found = played((1000, "irq", DOWN), (1700, "poll", DOWN), (1800, "irq", UP), (1830, "poll", UP))
    assert [event for event, _ in found] == [PRESS, HELD, RELEASE] == [1, 2, 3]
    assert Button(False).settle(UP, LONG_AGO, 0) == NONE == 0


def test_a_new_button_has_no_press_behind_it_and_one_held_at_boot_is_down():
    button = Button(False)
    assert not button.pressed and not button.was_held and button.pressed_ms == button.released_ms == 0
    assert button.is_at_rest(0) and not button.needs_polls(0) and button.wait_ms(LONG_AGO, 0) == -1
    button = Button(True)
    assert button.pressed and button.was_held and not button.is_at_rest(0)
    assert not button.needs_polls(0) and button.wait_ms(LONG_AGO, 0) == -1, "nothing is to be read from it"


def test_after_a_button_was_held_at_boot_its_first_press_is_reported_like_any_other():
    button = Button(True)
    looks = [(500, "poll", DOWN), (2000, "irq", UP), (2040, "poll", UP)]
    assert play(button, *looks) == [] and not button.pressed
    assert play(button, (3000, "irq", DOWN)) == [(PRESS, 3000)]
    assert button.needs_polls(3001) and not button.was_held
    assert play(button, (3050, "irq", UP), (3090, "poll", UP)) == [(RELEASE, 3050)]


def test_a_press_that_proves_the_release_of_a_button_held_at_boot_is_the_only_thing_reported():
    assert play(Button(True), (500, "poll", DOWN), (2000, "irq", UP), (2050, "irq", DOWN)) == [(PRESS, 2050)]


def test_up_is_a_release_from_11_ms_after_the_press_on_and_bounce_before():
    for first_up_ms, released_ms in ((1010, 1050), (1011, 1011)):
        assert played((1000, "irq", DOWN), (first_up_ms, "poll", UP), (1050, "poll", UP)) == [
            (PRESS, 1000),
            (RELEASE, released_ms),
        ]


def test_down_is_a_new_press_from_11_ms_after_the_release_on_and_bounce_before():
    for ms, reported in ((1110, []), (1111, [(RELEASE, 1100), (PRESS, 1111)])):
        assert played(*PRESSED, (1100, "irq", UP), (ms, "irq", DOWN)) == [(PRESS, 1000)] + reported


def test_a_release_is_reported_30_ms_after_the_last_edge():
    looks = list(PRESSED) + [(1100, "irq", UP), (1104, "irq", UP)]
    assert played(*looks, (1133, "poll", UP)) == [(PRESS, 1000)]
    assert played(*looks, (1134, "poll", UP)) == [(PRESS, 1000), (RELEASE, 1100)]


def test_a_hold_is_reported_700_ms_after_the_press_although_the_contact_bounced():
    looks = [(1000, "irq", DOWN), (1005, "irq", UP), (1008, "irq", DOWN)]
    assert played(*looks, (1699, "poll", DOWN)) == [(PRESS, 1000)]
    assert played(*looks, (1700, "poll", DOWN)) == [(PRESS, 1000), (HELD, 1000)]
    assert played((1000, "irq", DOWN), (1005, "poll", UP), (1010, "poll", DOWN), (1700, "poll", DOWN)) == [
        (PRESS, 1000),
        (HELD, 1000),
    ]


def test_the_press_after_one_that_was_held_is_not_held():
    button = Button(False)
    play(button, (1000, "irq", DOWN), (1700, "poll", DOWN), (1800, "irq", UP), (1830, "poll", UP))
    assert button.was_held
    assert play(button, (2500, "irq", DOWN)) == [(PRESS, 2500)] and not button.was_held
    assert button.wait_ms(2500, 2530) == 670


def test_bounce_of_the_release_is_not_the_beginning_of_the_next_press():
    looks = list(PRESSED) + [(1100, "irq", UP), (1105, "irq", DOWN)]
    # up again 11 ms after it: it was bounce; sooner, it may be the bounce of a press
    assert played(*looks, (1116, "irq", UP), (1120, "irq", DOWN))[1:] == [(RELEASE, 1100), (PRESS, 1120)]
    assert played(*looks, (1115, "irq", UP), (1120, "irq", DOWN))[1:] == [(RELEASE, 1100), (PRESS, 1105)]


def test_of_two_times_down_after_a_release_the_later_one_begins_the_press_if_20_ms_and_a_level_up_are_between():
    looks = list(PRESSED) + [(1100, "irq", UP), (1105, "irq", DOWN)]
    up = (1110, "irq", UP)
    assert played(*looks, up, (1124, "irq", DOWN))[1:] == [(RELEASE, 1100), (PRESS, 1105)]
    assert played(*looks, up, (1125, "irq", DOWN))[1:] == [(RELEASE, 1100), (PRESS, 1125)]
    assert played(*looks, (1130, "irq", DOWN))[1:] == [(RELEASE, 1100), (PRESS, 1105)], "it was never up between"


def test_after_a_pause_of_30_ms_without_a_look_the_first_time_down_begins_the_press():
    looks = [(1000, "irq", DOWN), (1075, "poll", DOWN), (1100, "irq", UP)]
    assert played(*looks, (1105, "irq", DOWN), (1125, "irq", DOWN))[1:] == [(RELEASE, 1100), (PRESS, 1105)]
    assert played(*looks, (1104, "irq", DOWN), (1125, "irq", DOWN))[1:] == []
    assert played(*looks, (1104, "irq", DOWN), (1125, "irq", DOWN), (1130, "irq", DOWN))[1:] == [
        (RELEASE, 1100),
        (PRESS, 1125),
    ]


def test_a_pause_of_30_ms_is_proof_at_once_and_a_shorter_one_needs_30_ms_without_being_down_for_longer():
    for last_down_ms, ms, reported in (
        (1081, 1111, [(RELEASE, 1100), (PRESS, 1111)]),
        (1082, 1111, []),
        (1082, 1129, []),
        (1082, 1130, [(RELEASE, 1100), (PRESS, 1111)]),
    ):
        looks = [(1000, "irq", DOWN), (last_down_ms, "poll", DOWN), (1100, "irq", UP), (1111, "irq", DOWN)]
        if ms > 1111:
            looks.append((ms, "irq", DOWN))
        assert played(*looks)[1:] == reported, (last_down_ms, ms)


def test_a_contact_that_was_away_for_less_than_20_ms_is_still_the_same_press():
    for last_down_ms, reported in ((1091, [(RELEASE, 1100), (PRESS, 1111)]), (1092, [])):
        looks = [(1000, "irq", DOWN), (last_down_ms, "poll", DOWN), (1100, "irq", UP), (1111, "irq", DOWN)]
        assert played(*looks, (1130, "irq", DOWN))[1:] == reported, last_down_ms


def test_a_press_goes_on_after_its_contact_was_away():
    button = Button(False)
    away = [(1000, "irq", DOWN), (1095, "poll", DOWN), (1100, "irq", UP), (1111, "irq", DOWN), (1130, "poll", DOWN)]
    assert play(button, *away) == [(PRESS, 1000)] and button.pressed
    assert play(button, (1700, "poll", DOWN)) == [(HELD, 1000)]
    # and away once more: the pause is measured from the last time that it was down
    assert played(*away, (1135, "irq", UP), (1146, "irq", DOWN)) == [(PRESS, 1000)]


def test_the_longer_of_two_pauses_tells_two_presses_apart():
    looks = [(1000, "irq", DOWN), (1095, "poll", DOWN), (1100, "irq", UP), (1105, "irq", DOWN), (1110, "irq", UP)]
    assert played(*looks, (1125, "irq", DOWN), (1130, "poll", DOWN))[1:] == [(RELEASE, 1100), (PRESS, 1125)]
    assert played(*looks, (1124, "irq", DOWN), (1130, "poll", DOWN))[1:] == []


def test_after_a_reported_release_a_level_that_stays_down_is_a_press_however_short_the_pause_was():
    looks = [(1000, "irq", DOWN), (1050, "poll", DOWN), (1061, "poll", UP)]
    assert played(*looks)[1:] == [(RELEASE, 1061)]
    looks += [(ms, "poll", DOWN) for ms in (1066, 1076, 1086)]
    assert played(*looks)[1:] == [(RELEASE, 1061)]
    assert played(*looks, (1091, "poll", DOWN))[1:] == [(RELEASE, 1061), (PRESS, 1066)]


def test_a_release_has_the_time_of_its_interrupt_where_that_was_before_the_poll():
    assert played(*PRESSED, (1080, "irq", UP), (1110, "poll", UP))[1:] == [(RELEASE, 1080)]
    button = Button(False)
    play(button, *PRESSED)
    for last_edge_ms, released_ms in ((1061, 1061), (1060, 1100), (1000, 1100)):
        button = Button(False)
        play(button, *PRESSED)
        assert button.settle(UP, last_edge_ms, 1100) == RELEASE and button.released_ms == released_ms
    button = Button(False)
    play(button, (1000, "irq", DOWN))
    assert button.settle(UP, 1000, 1050) == RELEASE and button.released_ms == 1050, "the press's own edge is no release"


def test_an_edge_before_the_next_press_is_not_the_release_of_that_press():
    looks = list(PRESSED) + [(1100, "irq", UP), (1105, "irq", DOWN), (1110, "irq", UP), (1120, "poll", DOWN)]
    assert played(*looks, (1150, "poll", UP))[1:] == [(RELEASE, 1100), (PRESS, 1105), (RELEASE, 1150)]


def test_a_lost_stamp_at_which_the_level_was_down_is_still_the_press():
    looks = [(1000, "irq", DOWN), (1050, "irq", UP), (1055, "irq", UP, DOWN)]
    assert played(*looks, (1066, "irq", DOWN)) == [(PRESS, 1000)], "at most 16 ms up"
    assert played(*looks, (1085, "poll", UP)) == [(PRESS, 1000), (RELEASE, 1055)]
    assert played((1000, "irq", DOWN), (1050, "irq", UP), (1055, "irq", UP), (1066, "irq", DOWN)) == [
        (PRESS, 1000),
        (RELEASE, 1050),
        (PRESS, 1066),
    ]


def test_a_lost_stamp_at_which_the_level_was_up_is_the_release():
    looks = [(1000, "irq", DOWN), (1050, "irq", DOWN), (1090, "irq", DOWN, UP)]
    assert played(*looks) == [(PRESS, 1000), (RELEASE, 1050), (PRESS, 1090)]
    assert played((1000, "irq", DOWN), (1050, "irq", DOWN), (1090, "irq", DOWN)) == [(PRESS, 1000)]


def test_what_was_lost_before_a_press_says_nothing_about_it():
    looks = [(1000, "irq", DOWN), (1040, "irq", DOWN, UP), (1100, "irq", UP), (1130, "poll", UP)]
    assert played(*looks) == [(PRESS, 1000), (RELEASE, 1100)]


def test_a_poll_that_reads_down_makes_the_edges_before_it_history():
    looks = [(1000, "irq", DOWN), (1050, "irq", DOWN), (1060, "poll", DOWN)]
    assert played(*looks, (1090, "irq", DOWN, UP)) == [(PRESS, 1000)]
    assert played(*looks, (1100, "poll", UP), (1130, "poll", UP)) == [(PRESS, 1000), (RELEASE, 1100)]


def test_an_edge_that_nobody_has_seen_down_is_a_press_a_second_after_the_bounce_or_from_an_empty_queue():
    before = list(PRESSED) + [(1100, "irq", UP), (1130, "poll", UP)]
    for ms, what, reported in (
        (2111, "irq", []),
        (2112, "irq", [(PRESS, 2112)]),
        (1140, "irq", []),
        (1140, "new", [(PRESS, 1140)]),
    ):
        assert played(*before, (ms, what, UP))[2:] == reported, (ms, what)
    assert played(*before, (1140, "new", UP, DOWN))[2:] == [], "the edge before it was down: it may be the release"


def test_such_an_edge_ends_the_press_before_it_only_after_the_bounce_of_both_its_ends():
    assert played(*PRESSED, (1100, "irq", UP), (1110, "new", UP))[1:] == []
    assert played(*PRESSED, (1100, "irq", UP), (1111, "new", UP))[1:] == [(RELEASE, 1100), (PRESS, 1111)]
    assert played(*PRESSED, (1100, "irq", UP), (1111, "irq", UP))[1:] == []
    assert played((1000, "irq", DOWN), (1010, "irq", UP), (1021, "new", UP))[1:] == []
    assert played((1000, "irq", DOWN), (1011, "irq", UP), (1022, "new", UP))[1:] == [(RELEASE, 1011), (PRESS, 1022)]


def test_a_press_that_was_never_read_as_down_is_told_from_the_next_one_without_a_long_pause():
    looks = [(1000, "irq", DOWN), (1040, "poll", DOWN), (1041, "irq", UP), (1052, "new", UP)]
    assert played(*looks)[1:] == [(RELEASE, 1041), (PRESS, 1052)]
    looks += [(1063, "irq", UP), (1064, "irq", DOWN), (1074, "irq", DOWN)]
    assert played(*looks)[3:] == [(RELEASE, 1063), (PRESS, 1064)]


def test_it_says_when_to_look_again_to_the_millisecond():
    button = Button(False)
    assert button.wait_ms(100, 129) == 1 and button.wait_ms(100, 130) == -1
    button.edge(1000, False, True)
    assert button.wait_ms(1000, 1029) == 1 and button.wait_ms(1000, 1030) == 670
    assert button.wait_ms(1000, 1699) == 1
    assert button.wait_ms(1000, 1700) == button.wait_ms(1000, 1900) == 0, "the hold is due"
    button.settle(True, 1000, 1700)
    assert button.wait_ms(1000, 1701) == -1


def test_it_is_polled_while_it_is_down_and_until_its_last_edge_can_have_been_served():
    button = Button(False)
    play(button, *PRESSED)
    assert button.needs_polls(99_999)
    play(button, (1100, "irq", UP), (1130, "poll", UP))
    assert button.needs_polls(1311) and not button.needs_polls(1312)


def test_it_is_at_rest_11_ms_after_the_release_and_never_while_the_press_may_bounce():
    button = Button(False)
    play(button, (1000, "irq", DOWN))
    assert not button.is_at_rest(1500)
    play(button, (1010, "irq", UP))
    assert not button.is_at_rest(1500), "bounce of the press"
    play(button, (1011, "irq", UP))
    assert not button.is_at_rest(1021) and button.is_at_rest(1022)


def test_a_press_that_was_read_as_down_once_is_told_from_the_next_by_the_pause_after_that():
    looks = [(1000, "irq", DOWN), (1011, "irq", UP), (1022, "irq", DOWN)]
    assert played(*looks) == [(PRESS, 1000)], "at most 22 ms up: it may be one press of a worn contact"
    assert played(*looks, (1041, "poll", DOWN))[1:] == [(RELEASE, 1011), (PRESS, 1022)]


def test_a_hold_is_not_reported_while_its_release_is_in_doubt():
    looks = [(1000, "irq", DOWN), (1695, "irq", UP), (1700, "poll", DOWN)]
    assert played(*looks) == [(PRESS, 1000)]
    assert played(*looks, (1706, "poll", DOWN))[1:] == [(RELEASE, 1695), (PRESS, 1700)]


def test_a_release_whose_stamp_was_lost_has_the_time_of_the_pins_newest_interrupt():
    button = Button(False)
    assert button.edge(1000, False, DOWN) == PRESS
    assert button.settle(UP, 1080, 1110) == RELEASE and button.released_ms == 1080
