"""Every request gets one answer, with what the device knows or why it cannot: the real session on a real journal."""

import os
import sys

sys.path.insert(0, os.getcwd())  # a test changes the folder


import framebuf

from firmware.core.countdown import Countdown
from firmware.core.lines.sector import MAX_SEQ
from firmware.core.state import Talk
from firmware.journal.journal import Journal
from firmware.version import PROTOCOL
from tests.support.device.journal_device import read_all, save
from tests.support.device.nor import Nor
from tests.support.device.session_device import DEVICE, Laptop


def test_hello_names_the_device_and_what_its_journal_holds():
    laptop = Laptop()
    laptop.context.clock.set_utc_ms(1_700_000_000_000, 0)
    laptop.context.clock_seq, laptop.context.clock_ms = 2, 900
    laptop.context.state.fault_count = 4
    word, values = laptop.ask_one(b"hello")
    journal = laptop.journal
    assert word == "hello" and laptop.server.answers == 1 and laptop.server.was_heard
    assert values["protocol"] == b"%d" % PROTOCOL and values["device"] == DEVICE and values["board"] == b"sim"
    assert values["epoch"] == journal.epoch and values["boot"] == b"%d" % journal.boot
    assert (values["first"], values["last"], values["committed"]) == (b"1", b"3", b"0")
    assert values["damaged"] == b"0" and values["percent"] == b"%d" % journal.percent
    assert (values["ms"], values["utc"]) == (b"5000", b"1700000005000")
    assert (values["clock"], values["clock_ms"], values["faults"]) == (b"2", b"900", b"4")
    assert "problem" not in values


def test_hello_reports_one_problem_the_journals_before_the_panels_before_the_others():
    laptop = Laptop()
    state = laptop.context.state
    state.problems.append("room: unknown")
    assert laptop.ask_one(b"hello")[1]["problem"] == b"room: unknown"
    state.panel_answers = False
    assert laptop.ask_one(b"hello")[1]["problem"] == b"The panel does not answer"
    state.is_safe_mode = True  # there it is not asked
    assert laptop.ask_one(b"hello")[1]["problem"] == b"room: unknown"
    laptop.journal.problem = b"no journal"
    assert laptop.ask_one(b"hello")[1]["problem"] == b"no journal"


def test_status_says_what_the_screen_shows():
    laptop = Laptop()
    state = laptop.context.state
    state.tag, state.bookmark_count = b"idea", 4
    word, values = laptop.ask_one(b"status")
    assert word == "status" and values["screen"] == b"note" and values["unsynced"] == b"3"
    assert (values["countdown"], values["stage"], values["left"]) == (b"ready", b"running", b"300000")
    assert (values["count"], values["tag"]) == (b"4", b"idea") and "talk" not in values
    assert int(values["heap_free"]) > 0 and int(values["heap_used"]) > 0
    state.screen = 5
    state.talk = Talk(b"one", title=b"First talk")
    state.countdown = Countdown()
    state.countdown.start(0)
    values = laptop.ask_one(b"status")[1]
    assert (values["screen"], values["countdown"], values["left"]) == (b"fault", b"running", b"295000")
    assert (values["talk"], values["title"]) == (b"one", b"First talk")


def test_get_sends_the_records_from_a_number_on_and_says_that_these_were_all():
    laptop = Laptop(5)
    frames = laptop.ask(b"get from=3")
    assert frames[0] == ("get", {"from": b"3"})
    stored, _ = read_all(laptop.journal, 3)
    assert [line for word, line in frames[1:-1]] == [stored[seq] for seq in (3, 4, 5)]
    assert frames[-1] == ("end", {"next": b"6", "items": b"3", "done": b"1", "last": b"5"})
    assert laptop.ask(b"get from=6")[-1] == ("end", {"next": b"6", "items": b"0", "done": b"1", "last": b"5"})


def test_get_stops_after_so_many_bytes_and_says_where_to_go_on():
    laptop = Laptop(5)
    frames = laptop.ask(b"get from=1 bytes=1")
    assert frames[-1] == ("end", {"next": b"2", "items": b"1", "done": b"0", "last": b"5"})
    assert laptop.refused(b"get from=0") == (b"argument", b"from=1..%d" % MAX_SEQ)
    assert laptop.refused(b"get from=1 bytes=0") == (b"argument", b"bytes=1..65536")
    assert laptop.refused(b"get") == (b"argument", b"from")


def test_damaged_data_is_sent_in_parts_and_the_rest_with_it():
    laptop = Laptop(3)
    place = laptop.nor.data.find(b"bookmark")
    laptop.nor.data[place] ^= 1
    frames = laptop.ask(b"get from=1")
    damaged = [values for word, values in frames if word == "damaged"]
    assert damaged and damaged[0]["part"] == b"0" and b"ookmark" in damaged[0]["data"].replace(b"%20", b" ")
    whole = b"".join([values["data"] for values in damaged])
    assert len(whole) == int(damaged[0]["length"]) and len([word for word, _ in frames if word == "record"]) == 2
    assert frames[-1][1]["items"] == b"3"


def test_damaged_data_is_sent_in_parts_of_64_bytes():
    for size, parts in ((63, [63]), (64, [64]), (65, [64, 1]), (110, [64, 46])):
        laptop = Laptop(0)
        save(laptop.journal)
        base = len(read_all(laptop.journal)[0][1]) - len(b"note")
        save(laptop.journal, text=b"n" * (size - base))
        laptop.nor.data[laptop.nor.data.find(b"nnnnn")] ^= 2
        damaged = [values for word, values in laptop.ask(b"get from=1") if word == "damaged"]
        assert [len(values["data"]) for values in damaged] == parts
        assert [int(values["part"]) for values in damaged] == [0, 64][: len(parts)]
        assert {values["length"] for values in damaged} == {b"%d" % size}


def test_a_page_has_16_kilobytes_of_records_unless_the_laptop_asks_for_less():
    laptop = Laptop(0, Nor(8))
    sent = 0
    while True:
        seq = save(laptop.journal, text=b"n" * 60)
        line, _ = read_all(laptop.journal, laptop.journal.last_seq)
        length = len(line[laptop.journal.last_seq])
        sent += length
        if 16_384 - sent < 2 * length:
            break
    assert seq
    for rest in ((16_384 - sent) // 2, (16_384 - sent + 1) // 2):
        save(laptop.journal, text=b"n" * (60 - length + rest))
    last_seq = laptop.journal.last_seq
    save(laptop.journal)
    frames = laptop.ask(b"get from=1")
    assert sum([len(line) for word, line in frames if word == "record"]) == 16_384
    assert frames[-1][1]["next"] == b"%d" % (last_seq + 1) and frames[-1][1]["done"] == b"0"
    two = b"get from=1 bytes=%d"
    assert laptop.ask(two % (2 * len(frames[1][1])))[-1][1]["items"] == b"2"
    assert laptop.ask(two % (2 * len(frames[1][1]) + 1))[-1][1]["items"] == b"3"


def test_commit_needs_the_epoch_the_number_and_the_records_crc():
    laptop = Laptop(3)
    line = [line for word, line in laptop.ask(b"get from=1") if word == "record"][1]
    crc = line[-9:-1]
    request = b"commit epoch=%s seq=%d crc=%s"
    assert laptop.refused(request % (laptop.journal.epoch, 2, b"00000000"))[0] != b""
    assert laptop.refused(request % (b"other000", 2, crc))[0] != b""
    assert laptop.journal.committed_seq == 0
    assert laptop.ask_one(request % (laptop.journal.epoch, 2, crc)) == ("commit", {"committed": b"2"})
    assert laptop.refused(b"commit epoch=x seq=2 crc=abc") == (b"argument", b"crc: 8 digits")
    assert laptop.ask_one(b"hello")[1]["committed"] == b"2"
    assert laptop.ask_one(b"status")[1]["unsynced"] == b"1"


def test_the_first_record_can_be_committed_and_none_of_number_0():
    laptop = Laptop(1)
    line = laptop.ask(b"get from=1")[1][1]
    request = b"commit epoch=%s seq=%d crc=%s"
    assert laptop.refused(request % (laptop.journal.epoch, 0, line[-9:-1])) == (b"argument", b"seq=1..%d" % MAX_SEQ)
    assert laptop.ask_one(request % (laptop.journal.epoch, 1, line[-9:-1])) == ("commit", {"committed": b"1"})


def test_a_journal_that_is_not_mounted_is_neither_read_nor_committed():
    laptop = Laptop()
    laptop.context.journal = Journal(laptop.nor, DEVICE)
    laptop.context.journal.problem = b"flash broken"
    for body in (b"get from=1", b"commit epoch=x seq=2 crc=00000000"):
        assert laptop.refused(body) == (b"journal", b"flash broken")


def test_time_is_set_within_its_bounds_and_answered_with_its_record():
    laptop = Laptop()
    assert laptop.ask_one(b"time utc=946684800000 err=0 offset=-86400") == ("time", {"seq": b"17", "ms": b"5000"})
    assert laptop.context.was_set == (946_684_800_000, 0, -86_400)
    assert laptop.ask_one(b"time utc=4102444800000 err=86400000 offset=86400")[0] == "time"
    laptop.context.was_set = None
    for wrong in (
        b"utc=946684799999 err=0 offset=0",
        b"utc=4102444800001 err=0 offset=0",
        b"utc=1700000000000 err=-1 offset=0",
        b"utc=1700000000000 err=86400001 offset=0",
        b"utc=1700000000000 err=0 offset=-86401",
        b"utc=1700000000000 err=0 offset=86401",
        b"utc=1700000000000 err=0",
        b"utc=now err=0 offset=0",
    ):
        assert laptop.refused(b"time " + wrong)[0] == b"argument"
    assert laptop.context.was_set is None
    laptop.context.saves_clock = False
    laptop.journal.problem = b"full"
    assert laptop.refused(b"time utc=1700000000000 err=5 offset=0") == (b"unsaved", b"full")


def test_buttons_can_be_pressed_where_the_board_has_that():
    laptop = Laptop()
    for name in (b"A", b"B", b"C"):
        assert laptop.ask_one(b"press button=%s ms=80" % name) == ("press", {})
    assert laptop.ask_one(b"press button=A ms=10000")[0] == "press"
    assert laptop.context.board.pressed == [(0, 80), (1, 80), (2, 80), (0, 10_000)]
    assert laptop.refused(b"press button=D ms=80") == (b"argument", b"button=A, B or C")
    for ms in (b"0", b"10001", b"x"):
        assert laptop.refused(b"press button=A ms=" + ms) == (b"argument", b"ms=1..10000")
    laptop.context.board = None
    assert laptop.refused(b"press button=A ms=80")[0] == b"unsupported"


def test_the_screen_is_sent_as_runs_of_pixels():
    laptop = Laptop()
    frames = laptop.ask(b"screen")
    assert frames == [
        ("screen", {"width": b"20", "height": b"2", "palette": b"000102030405060708090a0b"}),
        ("runs", {"at": b"0", "data": b"A7DA12C20"}),
        ("end", {"pixels": b"40"}),
    ]
    laptop.context.display = None
    assert laptop.refused(b"screen")[0] == b"unsupported"


def test_a_picture_of_many_runs_goes_on_at_the_right_pixel():
    class Stripes:
        def picture(self):
            frame = framebuf.FrameBuffer(bytearray(40 * 10), 160, 10, framebuf.GS2_HMSB)
            for column in range(0, 160, 2):
                for row in range(10):
                    frame.pixel(column, row, 1)
            return frame, 160, 10, bytes(12)

    laptop = Laptop()
    laptop.context.display = Stripes()
    runs = [values for word, values in laptop.ask(b"screen") if word == "runs"]
    assert [(int(values["at"]), len(values["data"])) for values in runs] == [(160 * row, 160) for row in range(10)]
    assert {values["data"] for values in runs} == {b"BA" * 80}


def test_leaving_is_answered_first():
    laptop = Laptop()
    assert laptop.ask_one(b"repl") == ("repl", {})
    assert laptop.server.is_leaving and laptop.context.called == ["leave"]
