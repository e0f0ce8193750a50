"""The verbs of the stage: every command is done once, and a watch answers when something changes."""

import os
import sys

sys.path.insert(0, os.getcwd())  # a test changes the folder

from firmware.core.countdown import PAUSED, Countdown
from firmware.core.state import FLASH_NOT_SAVED, Talk
from tests.support.device.session_device import Laptop


def test_a_command_that_is_repeated_is_done_once_and_answered_again():
    laptop = Laptop()
    first = laptop.ask_one(b"control id=5 do=add number=1")
    assert first == ("control", {"id": b"5", "new": b"1", "last": b"3"})
    assert laptop.ask_one(b"control id=5 do=add number=1")[1]["new"] == b"0"
    assert laptop.ask_one(b"control id=6 do=add number=-2")[1]["new"] == b"1"
    assert laptop.ask_one(b"control id=5 do=add number=1")[1]["new"] == b"0"
    assert laptop.context.called == [(b"add", 1, b""), (b"add", -2, b"")]


def test_a_command_that_was_refused_stays_refused_when_it_is_repeated():
    laptop = Laptop()
    laptop.context.reason = b"the countdown is over"
    assert laptop.refused(b"control id=7 do=pause") == (b"refused", b"the countdown is over")
    laptop.context.reason = b""
    assert laptop.refused(b"control id=7 do=pause") == (b"refused", b"the countdown is over")
    assert laptop.context.called == [(b"pause", 0, b"")]


def test_it_remembers_the_last_four_commands():
    laptop = Laptop()
    for ident in range(1, 6):
        laptop.ask_one(b"control id=%d do=start" % ident)
    assert laptop.ask_one(b"control id=2 do=start")[1]["new"] == b"0"
    assert len(laptop.session.commands) == 4
    assert laptop.ask_one(b"control id=1 do=start")[1]["new"] == b"1"


def test_after_a_reset_the_device_does_not_do_what_it_may_have_done_before():
    laptop = Laptop()
    boot = laptop.journal.boot
    assert laptop.ask_one(b"control id=1 do=start boot=%d" % boot)[0] == "control"
    assert laptop.refused(b"control id=2 do=add number=1 boot=%d" % (boot + 1)) == (b"boot", b"%d" % boot)
    assert laptop.context.called == [(b"start", 0, b"")]


def test_a_command_that_makes_no_sense_is_refused_and_changes_nothing():
    laptop = Laptop()
    for body, say in (
        (b"control do=start", b"id"),
        (b"control id=0 do=start", b"id=1..1073741823"),
        (b"control id=1", b"do"),
        (b"control id=1 do=explode", b"do"),
        (b"control id=1 do=__init__", b"do"),
        (b"control id=1 do=add", b"number"),
        (b"control id=1 do=add number=601", b"number=-600..600"),
        (b"control id=1 do=add number=x", b"number=-600..600"),
        (b"control id=1 do=silent number=2", b"number=0..1"),
        (b"control id=1 do=preset number=12", b"number=0..11"),
        (b"control id=1 do=talk", b"talk"),
    ):
        assert laptop.refused(body) == (b"argument", say), body
    assert laptop.context.called == [] and laptop.session.commands == ()


def test_a_record_that_could_not_be_saved_is_reported():
    laptop = Laptop()
    laptop.context.state.flash, laptop.context.state.flash_reason = FLASH_NOT_SAVED, b"Journal full"
    assert laptop.ask_one(b"control id=1 do=start")[1]["problem"] == b"Journal full"


def test_safe_mode_has_no_countdown():
    laptop = Laptop()
    laptop.context.reason = None
    assert laptop.refused(b"control id=1 do=start") == (b"unsupported", b"")


def test_watch_says_all_that_a_screen_needs():
    laptop = Laptop()
    state = laptop.context.state
    state.talk = Talk(b"one", title=b"Gr\xfc\xdfe", speaker=b"Ada")
    state.next_talk = Talk(b"two")
    state.preset, state.silent, state.end_min = b"lightning", True, 29_000_000
    state.countdown = Countdown()
    state.countdown.start(1000)
    word, values = laptop.ask_one(b"watch")
    assert word == "watch" and values.pop("at") != b"0"
    assert values == {
        "ms": b"5000", "countdown": b"running", "stage": b"running", "left": b"296000", "total": b"300000",
        "plan": b"300000", "one": b"60000", "two": b"20000", "overtime": b"1", "up": b"0", "end": b"29000000",
        "silent": b"1", "alert": b"0", "screen": b"0", "talk": b"one", "next": b"two", "preset": b"lightning",
        "speaker": b"Ada", "title": b"Gr\xfc\xdfe",
    }  # fmt: skip


def test_what_it_stands_for_changes_with_everything_but_the_time_that_passes():
    laptop = Laptop()
    context = laptop.context
    state = context.state
    state.countdown = Countdown()
    state.countdown.start(1000)

    def mark():
        return laptop.ask_one(b"watch")[1]["at"]

    seen = {mark()}
    context.now_ms += 7777
    assert mark() in seen
    for name, value in (
        ("silent", True),
        ("alert", True),
        ("end_min", 29_000_000),
        ("preset", b"3 min"),
        ("talk", Talk(b"one")),
        ("next_talk", Talk(b"two")),
        ("screen", 1),
    ):
        setattr(state, name, value)
        assert mark() not in seen, name
        seen.add(mark())
    state.countdown.adjust(60_000)
    assert mark() not in seen
    seen.add(mark())
    state.countdown.pause(context.now_ms)
    assert mark() not in seen and state.countdown.state == PAUSED
    seen.add(mark())
    state.countdown.resume(context.now_ms)
    context.now_ms += 300_000  # in the next stage
    assert mark() not in seen


def test_watch_waits_until_something_changes_the_time_is_over_or_the_laptop_has_more_to_say():
    laptop = Laptop()
    context = laptop.context
    turns = []

    def uptime_ms():
        context.now_ms += 30
        turns.append(context.now_ms)
        if len(turns) == 9:
            context.state.silent = True
        return context.now_ms

    known = laptop.ask_one(b"watch")[1]["at"]
    context.uptime_ms = uptime_ms
    answer = laptop.ask_one(b"watch at=%s wait=2000" % known)[1]
    assert answer["silent"] == b"1" and len(turns) < 15
    turns.extend(range(10))
    start_ms = context.now_ms
    laptop.ask_one(b"watch at=%s wait=300" % answer["at"])
    assert 300 <= context.now_ms - start_ms < 600
    laptop.server.input = True
    start_ms = context.now_ms
    laptop.ask_one(b"watch at=%s wait=2000" % answer["at"])
    assert context.now_ms - start_ms < 300
    assert laptop.refused(b"watch wait=2001") == (b"argument", b"wait=0..2000")


def test_the_longest_texts_fit_an_answer():
    laptop = Laptop()
    state = laptop.context.state
    laptop.context.now_ms = 1 << 40
    state.countdown = Countdown()
    state.countdown.load(36_000_000, 36_000_000, 36_000_000, True)
    state.countdown.adjust(36_000_000)
    state.talk = Talk(b"T" * 12, title=b"\xfc" * 72, speaker=b"\xe4" * 32)
    state.next_talk = Talk(b"N" * 12)
    state.preset, state.end_min, state.screen = b"\xff" * 48, 1 << 29, 5
    values = laptop.ask_one(b"watch")[1]
    assert values["talk"] == b"T" * 12 and values["next"] == b"N" * 12


def test_the_numbers_of_a_command_hold_to_their_last_value():
    laptop = Laptop()
    for body in (
        b"id=1073741823 do=start",
        b"id=1 do=add number=-600",
        b"id=2 do=add number=600",
        b"id=3 do=end number=1",
        b"id=4 do=end number=1073741823",
        b"id=5 do=preset number=0",
        b"id=6 do=preset number=11",
        b"id=7 do=silent number=0",
        b"id=8 do=silent number=1",
    ):
        assert laptop.ask_one(b"control " + body)[0] == "control", body
    for body, say in (
        (b"id=1073741824 do=start", b"id=1..1073741823"),
        (b"id=9 do=add number=-601", b"number=-600..600"),
        (b"id=9 do=end number=0", b"number=1..1073741823"),
        (b"id=9 do=end number=1073741824", b"number=1..1073741823"),
        (b"id=9 do=preset number=-1", b"number=0..11"),
        (b"id=9 do=silent number=-1", b"number=0..1"),
        (b"id=9 do=start boot=-1", b"boot=0..1073741823"),
        (b"id=9 do=start boot=1073741824", b"boot=0..1073741823"),
    ):
        assert laptop.refused(b"control " + body) == (b"argument", say), body
    assert laptop.refused(b"control id=9 do=start boot=0") == (b"boot", b"%d" % laptop.journal.boot)
    assert len(laptop.context.called) == 9


def test_a_deadline_that_moves_is_a_change_even_if_the_length_is_the_same():
    laptop = Laptop()
    state = laptop.context.state
    marks = set()
    for start_ms in (1000, 1001, 5000):
        state.countdown = Countdown()
        state.countdown.start(start_ms)
        marks.add(laptop.ask_one(b"watch")[1]["at"])
    for paused_ms in (2000, 2001):
        state.countdown = Countdown()
        state.countdown.start(1000)
        state.countdown.pause(paused_ms)
        marks.add(laptop.ask_one(b"watch")[1]["at"])
    assert len(marks) == 5


def test_what_is_alike_but_for_one_thing_is_a_change():
    laptop = Laptop()
    state = laptop.context.state
    marks = set()

    def mark():
        marks.add(laptop.ask_one(b"watch")[1]["at"])

    state.countdown = Countdown()
    mark()
    state.countdown.start(1000)
    state.countdown.pause(1000)
    mark()  # as much time is left as before its start
    state.talk = Talk(b"one")
    mark()
    state.talk, state.next_talk = None, Talk(b"one")
    mark()
    state.talk = Talk(b"one")
    mark()
    assert len(marks) == 5


def test_long_texts_leave_room_for_the_others():
    laptop = Laptop()
    state = laptop.context.state
    state.talk, state.preset = Talk(b"one", title=b"t" * 400, speaker=b"s" * 90), b"p" * 90
    values = laptop.ask_one(b"watch")[1]
    assert (values["preset"], values["speaker"]) == (b"p" * 57 + b"...", b"s" * 67 + b"...")
    assert values["title"].endswith(b"t...") and len(values["title"]) > 60


def test_watch_looks_every_30_ms_and_its_numbers_have_their_limits():
    laptop = Laptop()
    context = laptop.context
    known = laptop.ask_one(b"watch at=0 wait=0")[1]["at"]
    from firmware.link.verbs import watch  # the module that this session has imported

    looked = []
    real = watch.asyncio

    class Tasks:
        @staticmethod
        def sleep_ms(ms):
            looked.append(ms)
            context.now_ms += ms
            return real.sleep_ms(0)

    watch.asyncio = Tasks
    try:
        laptop.ask_one(b"watch at=%s wait=2000" % known)
        assert looked == [30] * 67
        looked.clear()
        laptop.ask_one(b"watch at=%s wait=60" % known)
        assert looked == [30, 30], "the end of the wait belongs to it"
        looked.clear()
        laptop.ask_one(b"watch at=%s" % known)
        assert looked == [], "it waits only if it is asked to"
        assert laptop.ask_one(b"watch at=16777215")[0] == "watch"
        for body in (b"at=-1", b"at=16777216"):
            assert laptop.refused(b"watch " + body) == (b"argument", b"at=0..16777215")
        assert laptop.refused(b"watch wait=-1") == (b"argument", b"wait=0..2000")
    finally:
        watch.asyncio = real
