"""What a session keeps, frees and refuses: settings, requests that make no sense, memory, silence."""

import binascii
import os
import sys

sys.path.insert(0, os.getcwd())  # a test changes the folder

from firmware.core.lines.line import LineWriter
from tests.support.device.session_device import Laptop, in_folder


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
        again = laptop.ask_one(b"settings key=tags at=80 value=" + text[80:])  # its answer was lost
        assert again[0] == "settings"
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
    assert "firmware.link.sync_verbs" in sys.modules


def test_a_screenshot_interrupts_an_upload_which_goes_on_where_it_stopped():
    def upload():
        laptop = Laptop()
        size, crc = 300, b"%08X" % binascii.crc32(b"x" * 300)
        part = binascii.b2a_base64(b"x" * 100)[:-1]
        laptop.ask(b"schedule do=begin size=%d crc=%s" % (size, crc))
        assert laptop.ask_one(b"schedule do=data offset=0 data=" + part)[1]["offset"] == b"100"
        assert "upload" in laptop.context.called, "the menu closes, whose memory is needed"
        assert laptop.ask(b"screen")[0][0] == "screen"
        assert not laptop.session._upload and "firmware.link.upload" not in sys.modules
        for offset in (100, 200):
            laptop.ask(b"schedule do=data offset=%d data=%s" % (offset, part))
        assert laptop.ask_one(b"schedule do=end size=%d crc=%s" % (size, crc))[1]["offset"] == b"300"
        assert laptop.context.called[-1] == "schedule"

    in_folder(upload)


def test_a_part_of_the_app_that_is_loaded_interrupts_an_upload_between_two_requests():
    def upload():
        laptop = Laptop()
        laptop.ask(b"schedule do=begin size=300 crc=00000000")
        assert laptop.session._upload
        laptop.session.make_room()
        assert not laptop.session._upload
        laptop.session._is_serving = True
        laptop.session.open_upload()
        laptop.session.make_room()
        assert laptop.session._upload, "the request that is served needs it"

    in_folder(upload)
