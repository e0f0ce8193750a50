"""What a laptop asks of the countdown is done as the buttons do it, with the same records, or refused."""

import sys

sys.path.insert(0, ".")

from firmware.control.remote_control import do
from firmware.core import countdown, state
from firmware.core.buttons import ACTION
from tests.support.device.handheld import NINE_UTC_S, Handheld
from tests.support.device.laptop import record

NINE_MIN = NINE_UTC_S // 60


def ask(device, ms, command, number=0, talk_id=b""):
    device.wait_until(ms)
    return do(device.controller, command, number, talk_id, ms)


def done(device):
    """Return what the countdown's records say was done, each with its numbers."""
    return [
        (entry[2]["do"], int(entry[2].get("by", entry[2].get("left", 0))) // 1000)
        for entry in device.records(record.COUNTDOWN)
        if entry[2]["do"] != b"stage"
    ]


def started(ms=10_000):
    device = Handheld()
    assert ask(device, ms, b"start") == b""
    return device


def test_start_pause_and_resume_leave_the_records_of_the_buttons():
    device = started()
    assert device.state.screen == state.COUNTDOWN and device.state.preset == b"lightning"
    assert ask(device, 70_000, b"pause") == b"" and ask(device, 80_000, b"start") == b""
    assert ask(device, 90_000, b"stop") == b""
    assert done(device) == [(b"start", 0), (b"pause", 240), (b"resume", 240), (b"stop", 230)]
    device.press(ACTION, 95_000)  # the button goes on from there: the next speaker
    assert device.state.countdown.state == countdown.READY and device.state.talk.id == b"two"


REFUSED = (
    ([], b"pause", 0, b"no countdown is running"),
    ([], b"stop", 0, b"no countdown is running"),
    ([b"start"], b"start", 0, b"a countdown is running"),
    ([b"start"], b"talk", 0, b"a countdown is running"),
    ([b"start"], b"preset", 0, b"a countdown is running"),
    ([b"start"], b"skip", 0, b"a countdown is running"),
    ([b"start", b"pause"], b"pause", 0, b"no countdown is running"),
    ([b"start", b"stop"], b"start", 0, b"the countdown is over"),
    ([b"start", b"stop"], b"pause", 0, b"the countdown is over"),
    ([b"start", b"stop"], b"stop", 0, b"the countdown is over"),
    ([b"start", b"stop"], b"add", 1, b"the countdown is over"),
    ([b"start", b"stop"], b"end", NINE_MIN + 5, b"the countdown is over"),
    ([b"start"], b"add", -5, b"less than a minute would be left of the plan"),
    ([], b"preset", 11, b"the device has no such preset"),
    ([], b"end", NINE_MIN, b"that time is not within the next 24 hours"),
    ([], b"end", NINE_MIN + 1442, b"that time is not within the next 24 hours"),
    ([], b"back", 0, b"the device's schedule has no such talk"),
)


def test_what_cannot_be_done_is_refused_in_words_and_leaves_no_record():
    for before, command, number, reason in REFUSED:
        device = Handheld()
        ms = 10_000
        for earlier in before:
            assert ask(device, ms, earlier) == b""
            ms += 1000
        records = done(device)
        talk = device.state.talk
        assert ask(device, ms, command, number, b"three" if command == b"talk" else b"") == reason
        assert done(device) == records and device.state.talk is talk


def test_a_pause_in_overtime_is_refused_because_there_the_button_stops():
    device = started()
    assert ask(device, 311_000, b"pause") == b"the time is up"
    assert device.state.countdown.state == countdown.RUNNING
    assert ask(device, 320_000, b"stop") == b""
    assert done(device)[-1] == (b"stop", -10)


def test_a_minute_more_and_a_minute_less_reach_no_stage_before_they_were_given():
    device = started()
    assert ask(device, 20_000, b"add", 1) == b""
    assert ask(device, 300_000, b"add", -1) == b""  # from 70 s to 10 s left: two stages at once
    device.wait_until(301_000)
    stages = [(ms, fields["stage"]) for _, ms, fields in device.records(record.COUNTDOWN) if fields["do"] == b"stage"]
    assert stages == [(300_000, b"one-finger"), (300_000, b"two-finger")]
    assert device.state.countdown.remaining_ms(301_000) == 9_000


def test_the_end_can_be_set_while_it_runs_and_the_difference_is_recorded():
    device = started()  # ends at 5:10 past nine
    assert ask(device, 30_000, b"end", NINE_MIN + 7) == b""
    assert device.state.countdown.remaining_ms(30_000) == 390_000 and device.state.end_min == NINE_MIN + 7
    assert ask(device, 40_000, b"add", 1) == b"" and device.state.end_min == NINE_MIN + 8
    assert ask(device, 50_000, b"stop") == b""
    assert done(device) == [(b"start", 0), (b"adjust", 110), (b"adjust", 60), (b"stop", 430)]


def test_the_end_of_a_paused_countdown_holds_when_it_resumes():
    device = started()
    ask(device, 20_000, b"pause")
    assert ask(device, 30_000, b"end", NINE_MIN + 5) == b""
    ask(device, 60_000, b"start")
    assert device.state.countdown.remaining_ms(60_000) == 240_000


def test_without_a_clock_no_end_can_be_set():
    device = Handheld(knows_time=False)
    assert ask(device, 10_000, b"end", NINE_MIN + 5) == b"the device's clock is not set"


def test_next_back_and_a_talk_by_its_id_go_through_the_room_and_end_the_run():
    device = started()
    assert ask(device, 20_000, b"next") == b"" and device.state.talk.id == b"two"
    assert device.state.countdown.state == countdown.READY and done(device)[-1] == (b"stop", 290)
    assert ask(device, 21_000, b"next", 0, b"three") == b"" and device.state.talk.id == b"three"
    assert ask(device, 22_000, b"back") == b"" and device.state.talk.id == b"two"
    assert ask(device, 23_000, b"back") == b"" and device.state.talk.id == b"one"
    assert ask(device, 24_000, b"talk", 0, b"three") == b"" and device.state.talk.id == b"three"
    assert ask(device, 25_000, b"talk", 0, b"nobody") == b"the device's schedule has no such talk"
    assert device.state.talk.id == b"three" and device.state.next_talk is None
    assert {action for action, _ in done(device)} == {b"start", b"stop"}, "nobody was skipped"


def test_a_speaker_who_is_skipped_is_recorded_and_the_next_one_is_ready():
    device = Handheld()
    assert ask(device, 10_000, b"skip") == b"" and device.state.talk.id == b"two"
    ask(device, 20_000, b"start")
    ask(device, 30_000, b"stop")
    assert ask(device, 40_000, b"skip") == b"" and device.state.talk.id == b"three"  # has spoken: no skip
    found = [fields for _, _, fields in device.records(record.COUNTDOWN) if fields["do"] == b"skip"]
    assert [(fields["talk"], "run" in fields) for fields in found] == [(b"one", False)]


def test_silent_changes_the_setting_and_no_screen():
    device = Handheld()
    assert ask(device, 10_000, b"silent", 1) == b""
    assert device.state.silent and device.controller.settings["silent"] is True and device.state.screen == state.NOTE
    ask(device, 11_000, b"silent", 0)
    assert not device.state.silent and device.controller.has_unsaved_settings


def test_another_preset_is_loaded_by_its_number():
    device = Handheld()
    assert ask(device, 10_000, b"preset", 2) == b""
    assert device.state.countdown.planned_ms == 600_000 and device.state.preset == b"10 min"


def test_a_damaged_schedule_is_reported_and_the_countdown_goes_on():
    device = started()
    device.controller.talks.schedule._file.seek(180)
    device.controller.talks.schedule._at = -1
    file = device.controller.talks.schedule._file
    file.seek(180)
    file.write(b"x" * 360)
    assert ask(device, 20_000, b"back") == b"the device's schedule is damaged"
    assert device.state.countdown.state == countdown.RUNNING


def test_each_limit_of_a_command_is_allowed_and_one_more_is_not():
    for command, most, beyond in (
        (b"add", -4, -5),
        (b"end", NINE_MIN + 1, NINE_MIN),
        (b"end", NINE_MIN + 1440, NINE_MIN + 1441),
        (b"preset", 5, 6),
    ):
        assert ask(Handheld(), 10_000, command, most) == b"", (command, most)
        assert ask(Handheld(), 10_000, command, beyond) != b"", (command, beyond)
    assert ask(started(), 309_999, b"pause") == b"" and ask(started(), 310_000, b"pause") == b"the time is up"


def test_what_a_laptop_asks_counts_as_a_press_and_shows_the_countdown_unless_it_is_about_the_sound():
    for command, screen in ((b"start", state.COUNTDOWN), (b"add", state.COUNTDOWN), (b"silent", state.NOTE)):
        device = Handheld()
        assert ask(device, 10_000, command, 1) == b""
        assert device.controller.last_press_ms == 10_000 and device.state.screen == screen
    device = started()
    device.controller.show(state.INFO)
    assert ask(device, 20_000, b"pause") == b"" and device.state.screen == state.INFO, "below it, it is the countdown"


def test_without_the_time_no_end_can_be_set():
    assert ask(Handheld(knows_time=False), 10_000, b"end", NINE_MIN + 5) == b"the device's clock is not set"


def test_next_and_back_follow_the_room_and_a_named_talk_is_gone_to_from_anywhere():
    device = started()
    assert ask(device, 20_000, b"next") == b"" and device.state.talk.id == b"two"
    assert device.state.countdown.state == countdown.READY and done(device)[-1] == (b"stop", 290)
    assert ask(device, 21_000, b"next", 0, b"three") == b"" and device.state.talk.id == b"three"
    assert ask(device, 22_000, b"back") == b"" and device.state.talk.id == b"two"
    assert ask(device, 23_000, b"back") == b"" and device.state.talk.id == b"one"
    assert ask(device, 24_000, b"back") == b"the device's schedule has no such talk" and device.state.talk.id == b"one"
    assert ask(device, 25_000, b"back", 0, b"three") == b"" and device.state.talk.id == b"three"
    assert ask(device, 26_000, b"talk", 0, b"one") == b"" and device.state.talk.id == b"one"
    assert ask(device, 27_000, b"talk", 0, b"nobody") == b"the device's schedule has no such talk"
    talks = [(fields["id"], fields["how"]) for _, _, fields in device.records(record.TALK)]
    assert talks[1:] == [(talk, b"next") for talk in (b"two", b"three", b"two", b"one", b"three", b"one")]


def test_without_a_schedule_there_is_no_talk_to_go_to_and_next_ends_the_run():
    device = Handheld(with_schedule=False)
    for command, talk_id in ((b"back", b""), (b"next", b"one"), (b"talk", b"one")):
        assert ask(device, 10_000, command, 0, talk_id) == b"the device's schedule has no such talk"
    assert ask(device, 11_000, b"start") == b"" and ask(device, 12_000, b"next") == b""
    assert device.state.countdown.state == countdown.READY and done(device)[-1] == (b"stop", 299)


def test_a_speaker_is_skipped_only_before_the_talk():
    device = Handheld()
    assert ask(device, 10_000, b"skip") == b"" and device.state.talk.id == b"two"
    assert ask(device, 11_000, b"start") == b"" and ask(device, 12_000, b"stop") == b""
    assert ask(device, 13_000, b"skip") == b"" and device.state.talk.id == b"three"
    skips = [fields["talk"] for _, _, fields in device.records(record.COUNTDOWN) if fields["do"] == b"skip"]
    assert skips == [b"one"], "who has spoken was not skipped"
    device = Handheld(with_schedule=False)
    assert ask(device, 10_000, b"skip") == b"" and done(device) == []
