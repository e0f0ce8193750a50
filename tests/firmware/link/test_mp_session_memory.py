"""What a session frees when memory runs out, when it keeps its buffers, and how it gives the others their turns."""

import gc
import os
import sys

sys.path.insert(0, os.getcwd())  # a test changes the folder

from firmware.link import screenshot, sync_verbs
from firmware.link import session as session_module
from tests.support.device.session_device import Laptop, Line

TIME = b"time utc=1700000000000 err=5 offset=0"
PRESS = "firmware.link.verbs.press"
JUNK_BYTES = 300_000


class Turns:
    """Stands in for asyncio in a module: notes the turns that it gives to the others."""

    def __init__(self, on_turn=None):
        self.given = []
        self._on_turn = on_turn

    def sleep_ms(self, ms):
        self.given.append(ms if self._on_turn is None else self._on_turn())

        async def nothing():
            pass

        return nothing()


def turns_in(module, action, on_turn=None):
    """Return the turns that `module` gives while `action` runs."""
    turns = Turns(on_turn)
    before = module.asyncio
    module.asyncio = turns
    try:
        action()
    finally:
        module.asyncio = before
    return turns.given


def holding(laptop):
    """Begin a setting, which needs a buffer until its last part."""
    laptop.ask(b"settings key=tags at=0 more=1 value=[")
    assert laptop.session.setting is not None


def while_served(laptop, action):
    """Run `action` while a request is being answered, which needs none of the buffers."""
    set_utc = laptop.context.set_utc

    def acting(*values):
        action()
        return set_utc(*values)

    laptop.context.set_utc = acting
    assert laptop.ask_one(TIME)[0] == "time"
    laptop.context.set_utc = set_utc


def fails(laptop, times):
    """Let the next `time` requests fail for want of memory; return the list of their calls, and what was in use."""
    set_utc = laptop.context.set_utc
    calls = []

    def full(*values):
        calls.append((laptop.session.setting, laptop.session._reserve is not None, gc.mem_alloc()))
        bytearray(JUNK_BYTES)
        if len(calls) <= times:
            raise MemoryError
        return set_utc(*values)

    laptop.context.set_utc = full
    return calls


def test_a_new_session_holds_nothing():
    laptop = Laptop()
    session = laptop.session
    assert (session.setting, session.setting_text, session.commands, session.failures) == (None, None, (), 0)
    session.drop_abandoned()
    session.setting = ("tags", bytearray())
    session.make_room()
    assert session.setting is None, "no request is being served"


def test_what_a_request_needs_is_not_freed_while_another_one_is_served():
    laptop = Laptop()
    holding(laptop)
    while_served(laptop, laptop.session.make_room)
    assert laptop.session.setting is not None
    laptop.session.make_room()
    assert laptop.session.setting is None


def test_the_five_seconds_of_silence_begin_with_the_end_of_an_answer_and_again_with_a_request():
    laptop = Laptop()
    context = laptop.context

    def takes_six_seconds():
        laptop.session.drop_abandoned()
        context.now_ms += 6_000

    holding(laptop)
    context.now_ms += 6_000
    while_served(laptop, takes_six_seconds)
    assert laptop.session.setting is not None, "the laptop has just asked"
    laptop.session.drop_abandoned()
    assert laptop.session.setting is not None, "and it had its answer this moment"
    context.now_ms += 5_001
    laptop.session.drop_abandoned()
    assert laptop.session.setting is None


def test_without_memory_all_buffers_modules_and_garbage_are_freed_before_the_second_try():
    laptop = Laptop()
    laptop.ask(b"press button=A ms=80")
    assert PRESS in sys.modules
    laptop.session.setting = ("tags", bytearray())
    gc.collect()
    calls = fails(laptop, 1)
    assert laptop.ask_one(TIME)[0] == "time"
    (setting, had_reserve, used), (setting_then, had_reserve_then, used_then) = calls
    assert setting and had_reserve and not setting_then and not had_reserve_then
    assert used_then < used + JUNK_BYTES // 2, "the garbage of the first try"
    assert PRESS not in sys.modules


def test_what_a_second_try_needed_stays_if_it_succeeded_and_is_freed_if_it_did_not():
    laptop = Laptop()
    board = laptop.context.board
    press = board.press
    calls = []

    def full(index, ms):
        calls.append(ms)
        if len(calls) == 1 or ms == 77:
            raise MemoryError
        press(index, ms)

    board.press = full
    assert laptop.ask_one(b"press button=A ms=80")[0] == "press" and PRESS in sys.modules
    assert laptop.refused(b"press button=A ms=77") == (b"memory", b"") and PRESS not in sys.modules
    assert laptop.session._reserve is not None


def test_the_garbage_of_a_second_try_is_collected_before_the_reserve_is_taken_again():
    laptop = Laptop()
    calls = fails(laptop, 1)
    gc.collect()
    before = gc.mem_alloc()
    laptop.ask(TIME)
    assert len(calls) == 2 and gc.mem_alloc() < before + JUNK_BYTES // 2


def test_an_answer_that_was_begun_is_not_begun_again():
    laptop = Laptop()
    shown = []

    class Frame:
        def pixel(self, _column, _row):
            shown.append(1)
            raise MemoryError

    laptop.context.display.picture = lambda: (Frame(), 8, 8, bytes(12))
    assert [word for word, _ in laptop.ask(b"screen")] == ["screen", "error"] and shown == [1]


def test_a_reserve_that_could_not_be_taken_is_tried_again_with_each_request_and_before_an_upload():
    laptop = Laptop()
    session = laptop.session
    session._reserve = None

    class Full:
        @staticmethod
        def BytesIO(_size):  # noqa: N802  the name of what it stands for
            raise MemoryError

    real = session_module.io
    session_module.io = Full
    try:
        assert laptop.ask_one(b"hello")[0] == "hello" and session._reserve is None
        assert laptop.refused(b"schedule do=begin size=3 crc=00000000") == (b"memory", b"")
        assert session._upload is None
    finally:
        session_module.io = real
    upload = session.open_upload()
    assert upload._packed is session._reserve is not None
    assert session.open_upload() is upload
    session.drop()
    session._reserve = None
    laptop.ask(b"hello")
    assert session._reserve is not None


def test_the_app_is_informed_of_the_first_part_of_an_upload_and_of_the_others():
    laptop = Laptop()
    laptop.session.open_upload()
    laptop.session.open_upload()
    laptop.session.drop()
    laptop.session.open_upload()
    assert laptop.context.uploads == [True, False, True]
    laptop.session.drop()


def test_an_id_is_one_to_three_digits_from_0_on_and_repeated_in_the_answer():
    for ident in (b"0", b"1", b"7", b"10", b"999", b"007"):
        laptop = Laptop()
        laptop.number = int(ident)
        assert laptop.serve_body(b"?" + ident + b" hello") and laptop.frames()[0][0] == "hello", ident
    for ident in (b"1000", b"0007", b":", b"1:", b"/", b"1/"):
        laptop = Laptop()
        assert not laptop.serve_body(b"?" + ident + b" hello"), ident
        assert laptop.server.out.sent == b""


def test_a_request_without_a_verb_is_answered_if_it_has_a_number():
    laptop = Laptop()
    assert laptop.refused(b"") == (b"verb", b"")
    laptop = Laptop()
    assert not laptop.serve_body(b"?5")


def test_the_longest_requests_have_200_bytes_and_256_for_a_schedule():
    laptop = Laptop()
    room = 200 - len(b"?1 hello x= *00000000\n")
    assert laptop.ask_one(b"hello x=" + b"y" * room)[0] == "hello"
    assert laptop.refused(b"hello x=" + b"y" * (room + 1)) == (b"long", b"")
    room = 256 - len(b"?3 schedule do=dance x= *00000000\n")
    assert laptop.refused(b"schedule do=dance x=" + b"y" * room) == (b"argument", b"do")
    assert laptop.refused(b"schedule do=dance x=" + b"y" * (room + 1)) == (b"long", b"")


def test_the_reason_of_an_error_has_at_most_200_bytes():
    laptop = Laptop()

    def breaks(_index, _ms):
        raise OSError("x" * 300)

    laptop.context.board.press = breaks
    code, say = laptop.refused(b"press button=A ms=80")
    assert (code, len(say.replace(b" ", b"%20"))) == (b"failed", 200) and say.endswith(b"x...")


def test_an_error_in_our_own_code_is_printed_for_who_reads_the_line():
    laptop = Laptop()
    printed = []

    class System:
        @staticmethod
        def print_exception(error):
            printed.append(str(error))

    session_module.sys = System
    try:
        laptop.refused(b"press button=A ms=9999")
    finally:
        session_module.sys = sys
    assert printed == ["a verb breaks"]


def test_all_bytes_are_sent_however_few_the_line_takes_and_the_others_have_a_turn_after_each_piece():
    class Slow(Line):
        """Takes seven bytes a time, and none at each third."""

        def __init__(self):
            super().__init__()
            self.writes = 0

        def write(self, data):
            self.writes += 1
            if not self.writes % 3:
                return None
            self.sent += bytes(data[:7])
            return min(7, len(data))

    laptop = Laptop()
    laptop.server.out = Slow()
    given = turns_in(session_module, lambda: laptop.ask(b"hello"))
    assert laptop.frames()[0][0] == "hello"
    assert given == [0] * laptop.server.out.writes


def test_a_picture_gives_the_others_a_turn_after_each_four_rows():
    class Frame:
        def __init__(self):
            self.row = -1

        def pixel(self, column, row):
            assert 0 <= column < 5 and 0 <= row < 10, "a pixel outside of the picture"
            self.row = row
            return 0

    laptop = Laptop()
    frame = Frame()
    laptop.context.display.picture = lambda: (frame, 5, 10, bytes(12))
    rows = turns_in(screenshot, lambda: laptop.ask(b"screen"), lambda: frame.row)
    assert rows == [3, 7]
    assert turns_in(screenshot, lambda: laptop.ask(b"screen")) == [0, 0]


def test_a_picture_of_any_width_is_cut_into_runs_at_the_right_pixel():
    class Frame:
        def pixel(self, column, row):
            return (column + row) % 3 // 2  # two of one colour and one of another, shifted by one in each row

    for width, height in ((1, 1), (2, 1), (3, 2), (100, 20), (161, 3)):
        laptop = Laptop()
        laptop.context.display.picture = lambda: (Frame(), width, height, bytes(12))  # noqa: B023  used at once
        frames = laptop.ask(b"screen")
        pixels = b""
        for word, values in frames:
            if word != "runs":
                continue
            assert int(values["at"]) == len(pixels) and len(values["data"]) <= 160
            for run in values["data"].replace(b"A", b" A").replace(b"B", b" B").split():
                pixels += run[:1] * int(run[1:] or b"1")
        assert pixels == b"".join(
            [b"AB"[Frame().pixel(column, row) :][:1] for row in range(height) for column in range(width)]
        )
        assert frames[-1] == ("end", {"pixels": b"%d" % (width * height)})


def test_after_each_eight_steps_through_the_journal_the_others_have_a_turn():
    for saves, given in ((5, []), (6, [0]), (13, [0]), (14, [0, 0])):  # two steps are for what the laptop does not get
        laptop = Laptop(saves)
        assert turns_in(sync_verbs, lambda: laptop.ask(b"get from=1")) == given, saves  # noqa: B023  used at once


def test_the_memory_in_use_is_reported_without_garbage():
    laptop = Laptop()
    used = int(laptop.ask_one(b"status")[1]["heap_used"])
    bytearray(JUNK_BYTES)
    values = laptop.ask_one(b"status")[1]
    assert int(values["heap_used"]) < used + JUNK_BYTES // 2
