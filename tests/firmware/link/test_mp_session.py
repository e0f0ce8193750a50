"""Every request gets one answer, with what the device knows or why it cannot: the real session on a real journal."""

import asyncio
import os
import sys

sys.path.insert(0, os.getcwd())  # a test changes the folder

import framebuf

from firmware.core.clock import Clock
from firmware.core.lines.fields import fields
from firmware.core.lines.line import LineWriter, body_length
from firmware.core.lines.sector import MAX_SEQ
from firmware.core.state import State, Talk
from firmware.journal.journal import Journal
from firmware.link.session import Session
from firmware.system import module_unloader
from firmware.version import PROTOCOL
from tests.support.device.journal_device import mounted, read_all, save
from tests.support.device.nor import Nor

module_unloader.settle()  # as the app does when it has started

DEVICE = b"a1b2c3d4e5f6"
FOLDER = "build/test-session-%d" % (64 if sys.maxsize > 1 << 32 else 32)


class Board:
    """A board whose buttons a laptop may press."""

    name = b"sim"

    def __init__(self):
        self.pressed = []

    def press(self, index, ms):
        if ms == 9999:
            raise OSError("a verb breaks")
        self.pressed.append((index, ms))


class Panel:
    """A panel of two rows: 20 pixels of colour 0 but one of colour 3, then a row of colour 2."""

    def picture(self):
        frame = framebuf.FrameBuffer(bytearray(10), 20, 2, framebuf.GS2_HMSB)
        frame.pixel(7, 0, 3)
        frame.fill_rect(0, 1, 20, 1, 2)
        return frame, 20, 2, bytes(range(12))


class Context:
    """The parts of a device that the verbs use."""

    def __init__(self, journal):
        self.journal = journal
        self.settings = {"tags": ["note", "quote"], "silent": False, "brightness": 80}
        self.state = State()
        self.clock = Clock(0)
        self.clock_seq = self.clock_ms = 0
        self.board = Board()
        self.display = Panel()
        self.now_ms = 5_000
        self.called = []
        self.faults = []
        self.was_set = None
        self.saves_clock = True

    def uptime_ms(self):
        return self.now_ms

    def set_utc(self, utc_ms, err_ms, offset_s):
        self.was_set = (utc_ms, err_ms, offset_s)
        if self.saves_clock:
            self.clock_seq, self.clock_ms = 17, self.now_ms
            return 17
        return 0

    def write_fault_record(self, task, error):
        self.faults.append((task, error))

    def on_schedule_changed(self):
        self.called.append("schedule")

    def on_settings_changed(self):
        self.called.append("settings")

    def on_leave(self):
        self.called.append("leave")


class Line:
    """The way to the laptop; `most` bytes are taken by one write."""

    def __init__(self):
        self.sent = b""
        self.longest = 0

    def write(self, data):
        self.longest = max(self.longest, len(data))
        self.sent += bytes(data)
        return len(data)


class Server:
    def __init__(self, context):
        self.context = context
        self.out = Line()
        self.was_heard = False
        self.is_leaving = False
        self.answers = 0

    def before_answer(self):
        self.answers += 1


class Laptop:
    """A session, and what a laptop says to it."""

    def __init__(self, saves=3, nor=None):
        self.nor = nor or Nor(4)
        self.journal = mounted(self.nor)
        for number in range(saves):
            save(self.journal, 1000 * (number + 1))
        self.context = Context(self.journal)
        self.server = Server(self.context)
        self.session = Session(self.server)
        self.number = 0

    def serve(self, line):
        """Return whether the session took the line for a request."""
        return asyncio.run(self.session.serve(line))

    def ask(self, body):
        """Return the frames of the answer, each (word, fields), and the records between them as ("record", line)."""
        self.number = self.number % 999 + 1
        writer = LineWriter(400)
        writer.raw(b"?%d " % self.number + body)
        length = writer.seal()
        self.server.out.sent = b""
        assert self.serve(writer.view[:length])
        return self.frames()

    def frames(self):
        found = []
        sent = self.server.out.sent
        while sent:
            assert sent[:1] == b"\n" or found
            end = sent.find(b"\n", 1 if sent[:1] == b"\n" else 0) + 1
            line = sent[1:end] if sent[:1] == b"\n" else sent[:end]
            sent = sent[end:]
            length = body_length(line, len(line))
            assert length > 0, line
            if line[:1] != b"!":
                found.append(("record", line))
                continue
            words = line[:length].split(b" ")
            assert words[0] == b"!%d" % self.number
            found.append((words[1].decode(), fields(words[2:])))
        return found

    def ask_one(self, body):
        """Return (word, fields) of an answer of one frame."""
        found = self.ask(body)
        assert len(found) == 1, found
        return found[0]

    def refused(self, body):
        """Return the code of the error and what it adds."""
        word, values = self.ask_one(body)
        assert word == "error", (word, values)
        return values["code"], values["say"]


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


def in_folder(test):
    """Run `test` in a folder of its own: settings are files there."""
    here = os.getcwd()
    if FOLDER.split("/")[1] not in os.listdir("build"):
        os.mkdir(FOLDER)
    os.chdir(FOLDER)
    try:
        for name in os.listdir("."):
            os.remove(name)
        test()
    finally:
        os.chdir(here)


def test_a_setting_is_read_checked_stored_and_used():
    def settings():
        laptop = Laptop()
        assert laptop.ask_one(b"settings key=brightness") == (
            "settings",
            {"key": b"brightness", "size": b"2", "at": b"0", "value": b"80"},
        )
        word, values = laptop.ask_one(b"settings key=brightness value=50")
        assert word == "settings" and values["value"] == b""
        assert laptop.context.settings["brightness"] == 50 and laptop.context.called == ["settings"]
        with open("settings.json") as file:
            assert '"brightness": 50' in file.read()
        laptop.ask_one(b"settings key=brightness value=50")
        assert laptop.context.called == ["settings"], "nothing has changed"
        assert laptop.refused(b"settings key=brightness value=4")[0] == b"value"
        assert laptop.refused(b"settings key=brightness value=x") == (b"value", b"not JSON")
        assert laptop.refused(b"settings key=colour") == (b"key", b"colour")
        assert laptop.refused(b"settings value=1") == (b"key", b"")
        assert laptop.context.settings["brightness"] == 50

    in_folder(settings)


def test_a_long_setting_is_written_and_read_in_parts():
    def settings():
        laptop = Laptop()
        text = b'["' + b'","'.join([b"tag%013d" % number for number in range(8)]) + b'"]'
        assert len(text) > 100
        word, _ = laptop.ask_one(b"settings key=tags at=0 more=1 value=" + text[:80])
        assert word == "settings" and laptop.context.settings["tags"] == ["note", "quote"]
        assert laptop.refused(b"settings key=tags at=81 value=x") == (b"offset", b"80")
        laptop.ask_one(b"settings key=tags at=80 value=" + text[80:])
        assert len(laptop.context.settings["tags"]) == 8
        laptop.ask_one(b"settings key=tags at=80 value=" + text[80:])  # its answer was lost
        read = b""
        size = 1
        while len(read) < size:
            values = laptop.ask_one(b"settings key=tags at=%d" % len(read))[1]
            size = int(values["size"])
            assert len(values["value"]) <= 100
            read += values["value"]
        assert read.replace(b" ", b"").replace(b"%22", b'"') == text and laptop.session.setting_text is None
        assert laptop.refused(b"settings key=tags at=2040 more=1 value=123456789")[0] == b"offset"

    in_folder(settings)


def test_what_is_no_request_gets_no_answer():
    laptop = Laptop()
    for line in (b"?hello\n", b"?1 hello *00000000\n", b"\n"):
        assert not laptop.serve(line)
    for body in (b"? hello", b"?x hello", b"?1000 hello", b"?1a hello"):
        writer = LineWriter(200)
        writer.raw(body)
        length = writer.seal()
        assert not laptop.serve(writer.view[:length]), body
    assert laptop.server.out.sent == b"" and laptop.session.was_asked()


def test_a_request_that_makes_no_sense_is_answered_with_the_reason():
    laptop = Laptop()
    assert laptop.refused(b"dance")[0] == b"verb"
    assert laptop.refused(b"os.remove")[0] == b"verb"
    assert laptop.refused(b"hello a=1 a=2")[0] == b"argument"
    assert laptop.refused(b"hello \xff") == (b"argument", b"not ASCII")
    assert laptop.refused(b"hello x=" + b"y" * 200)[0] == b"long"
    assert laptop.ask_one(b"hello x=" + b"y" * 170)[0] == "hello"
    assert laptop.refused(b"schedule do=dance x=" + b"y" * 180) == (b"argument", b"do")


def test_a_verb_that_breaks_is_answered_and_recorded_at_its_1st_2nd_4th_and_8th_time():
    laptop = Laptop()
    for _ in range(9):
        code, say = laptop.refused(b"press button=A ms=9999")
        assert code == b"failed" and say == b"OSError a verb breaks"
    assert laptop.session.failures == 9
    assert laptop.context.faults == [(b"link", b"OSError a verb breaks")] * 4


def test_a_request_without_memory_is_tried_once_more_and_then_refused():
    laptop = Laptop()
    board = laptop.context.board
    press = board.press
    calls = []
    reserves = []

    def full(index, ms):
        calls.append(ms)
        reserves.append(laptop.session._reserve is not None)
        if len(calls) == 1 or ms == 77:
            raise MemoryError
        press(index, ms)

    board.press = full
    assert laptop.ask_one(b"press button=A ms=80")[0] == "press" and calls == [80, 80]
    assert reserves == [True, False], "the second try has the memory of the reserve"
    assert laptop.session._reserve is not None
    assert laptop.refused(b"press button=A ms=77")[0] == b"memory" and calls == [80, 80, 77, 77]
    assert laptop.ask_one(b"hello")[0] == "hello" and laptop.context.faults == []


def test_the_buffers_of_a_laptop_that_fell_silent_are_freed_after_five_seconds():
    laptop = Laptop()
    laptop.ask(b"settings key=tags at=0 more=1 value=[")
    laptop.context.now_ms += 5_000
    laptop.session.drop_abandoned()
    assert laptop.session.setting is not None
    laptop.context.now_ms += 1
    laptop.session.drop_abandoned()
    assert laptop.session.setting is None


def test_a_hello_abandons_what_was_going_on():
    laptop = Laptop()
    laptop.ask(b"settings key=tags at=0 more=1 value=[")
    laptop.ask(b"hello")
    assert laptop.refused(b"settings key=tags at=1 value=]") == (b"offset", b"0")


def test_it_knows_whether_a_laptop_has_asked_since_it_was_asked_last():
    laptop = Laptop()
    assert laptop.session.was_asked(), "right after the start a laptop may be about to"
    assert not laptop.session.was_asked()
    laptop.ask(b"hello")
    assert laptop.session.was_asked() and not laptop.session.was_asked()


def test_answers_leave_in_short_pieces():
    laptop = Laptop()
    laptop.context.state.problems.append("a" * 300)
    assert laptop.ask_one(b"hello")[0] == "hello"
    assert laptop.server.out.longest <= 256


def test_what_one_rare_verb_needed_is_forgotten_when_another_one_comes():
    laptop = Laptop()
    laptop.ask(b"screen")
    assert "firmware.link.verbs.screen" in sys.modules
    sys.modules["firmware.boards.another"] = sys  # stands for what a board imports for a verb
    laptop.ask(b"screen")
    assert "firmware.link.verbs.screen" in sys.modules
    laptop.ask(b"hello")
    assert "firmware.link.verbs.screen" in sys.modules, "what a sync needs is always there, and forgets nothing"
    laptop.ask(b"press button=A ms=80")
    assert "firmware.link.verbs.screen" not in sys.modules and "firmware.boards.another" not in sys.modules
    assert "firmware.link.verbs.hello" in sys.modules
