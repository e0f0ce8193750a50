"""The fields of the verbs `settings` and `schedule`, at each of their limits, and what is kept between two requests."""

import binascii
import os
import sys

sys.path.insert(0, os.getcwd())  # a test changes the folder

import asyncio

from firmware.core.lines.frame_limits import FILE_BYTES, PACKED_BYTES, SETTING_BYTES
from tests.support.device.session_device import Laptop, in_folder

PARTS = b"settings key=tags at=%d more=1 value=%s"
WHOLE = b"size=300 crc=%08X" % binascii.crc32(b"x" * 300)
STORED = b"\x01\x2c\x01\xd3\xfe" + b"x" * 300  # raw deflate of 300 times "x", which are stored as they are


def schedule(laptop, body, data=None):
    """Return the fields of the answer to a request of `schedule`."""
    if data is not None:
        body += b" data=" + binascii.b2a_base64(data)[:-1]
    return laptop.ask_one(b"schedule " + body)[1]


def test_the_answer_to_begin_says_what_the_device_takes_and_that_to_pack_what_it_holds():
    laptop = Laptop()

    def upload():
        assert schedule(laptop, b"do=begin " + WHOLE) == {"offset": b"0", "packed": b"1024", "line": b"256"}
        assert schedule(laptop, b"do=pack offset=0 at=0", STORED[:80]) == {"offset": b"0", "at": b"80"}
        assert schedule(laptop, b"do=pack offset=0 at=80", STORED[80:160]) == {"offset": b"0", "at": b"160"}
        assert schedule(laptop, b"do=pack offset=0 at=160", STORED[160:240]) == {"offset": b"0", "at": b"240"}
        last = schedule(laptop, b"do=pack offset=0 at=240 length=300", STORED[240:])
        assert last == {"offset": b"300", "at": b"0"}
        assert laptop.context.called.count("schedule") == 0
        assert schedule(laptop, b"do=end " + WHOLE) == {"offset": b"300"}
        assert laptop.context.called.count("schedule") == 1 and laptop.session._upload is None
        assert schedule(laptop, b"do=end " + WHOLE) == {"offset": b"300"}, "its answer was lost"
        assert laptop.context.called.count("schedule") == 1, "the app is informed once"
        with open("schedule.txt") as file:
            assert file.read() == "x" * 300

    in_folder(upload)


def test_a_schedule_of_no_bytes_and_one_of_2_megabytes_may_begin_and_a_larger_one_may_not():
    laptop = Laptop()

    def upload():
        for size in (0, FILE_BYTES):
            assert schedule(laptop, b"do=begin size=%d crc=00000000" % size)["offset"] == b"0"
        say = b"size=0..%d" % FILE_BYTES
        for size in (b"-1", b"%d" % (FILE_BYTES + 1)):
            assert laptop.refused(b"schedule do=begin size=%s crc=00000000" % size) == (b"argument", say)

    in_folder(upload)


def test_a_part_is_refused_only_where_its_numbers_cannot_be():
    laptop = Laptop()

    def upload():
        schedule(laptop, b"do=begin " + WHOLE)
        for body, say in (
            (b"do=data offset=-1", b"offset=0..%d" % FILE_BYTES),
            (b"do=data offset=%d" % (FILE_BYTES + 1), b"offset=0..%d" % FILE_BYTES),
            (b"do=pack offset=0", b"at"),
            (b"do=pack offset=0 at=-1", b"at=0..%d" % PACKED_BYTES),
            (b"do=pack offset=0 at=%d" % (PACKED_BYTES + 1), b"at=0..%d" % PACKED_BYTES),
            (b"do=pack offset=0 at=0 length=0", b"length=1..%d" % FILE_BYTES),
            (b"do=pack offset=0 at=0 length=%d" % (FILE_BYTES + 1), b"length=1..%d" % FILE_BYTES),
        ):
            assert laptop.refused(b"schedule %s data=eHh4" % body) == (b"argument", say), body
        for body in (
            b"do=data offset=%d" % FILE_BYTES,
            b"do=pack offset=0 at=%d" % PACKED_BYTES,
            b"do=pack offset=0 at=0 length=%d" % FILE_BYTES,
        ):
            assert laptop.refused(b"schedule %s data=eHh4" % body) == (b"offset", b"0"), body
        assert laptop.refused(b"schedule do=data offset=0 data=e") == (b"argument", b"data")
        assert laptop.refused(b"schedule do=data offset=0") == (b"argument", b"data")

    in_folder(upload)


def test_a_block_of_one_byte_is_unpacked():
    laptop = Laptop()

    def upload():
        schedule(laptop, b"do=begin size=1 crc=%08X" % binascii.crc32(b"x"))
        last = schedule(laptop, b"do=pack offset=0 at=0 length=1", b"\x01\x01\x00\xfe\xffx")
        assert last == {"offset": b"1", "at": b"0"}

    in_folder(upload)


def test_the_fields_of_a_part_are_not_kept_while_it_is_unpacked():
    laptop = Laptop()

    def upload():
        schedule(laptop, b"do=begin " + WHOLE)
        from firmware.link.verbs import schedule as verb

        values = {"do": b"data", "offset": b"0", "data": b"eHh4"}
        asyncio.run(verb.serve(laptop.session, values))
        assert values == {} and laptop.session._upload.offset == 3
        laptop.session.drop()

    in_folder(upload)


def test_a_place_in_a_setting_has_its_limits():
    laptop = Laptop()
    assert laptop.ask_one(b"settings key=tags at=65536")[1]["value"] == b""
    assert laptop.refused(b"settings key=tags at=65537") == (b"argument", b"at=0..65536")
    assert laptop.refused(b"settings key=tags more=2 value=x") == (b"argument", b"more=0..1")
    assert laptop.refused(b"settings key=" + b"k" * 40) == (b"key", b"k" * 32)


def test_the_parts_of_one_answer_are_of_the_same_text_even_if_the_setting_changes_meanwhile():
    laptop = Laptop()
    settings = laptop.context.settings
    settings["tags"] = ["a" * 90, "b" * 90]
    assert laptop.ask_one(b"settings key=tags")[1]["size"] == b"188"
    settings["tags"] = ["c"]
    values = laptop.ask_one(b"settings key=tags at=100")[1]
    assert (values["size"], len(values["value"])) == (b"188", 88)
    values = laptop.ask_one(b"settings key=tags at=3")[1]
    assert (values["size"], values["value"]) == (b"5", b'"]'), "after the last part nothing is kept"
    assert laptop.ask_one(b"settings key=tags at=100")[1]["size"] == b"5"
    settings["tags"] = ["a" * 90, "b" * 90]
    laptop.ask_one(b"settings key=tags")
    assert laptop.ask_one(b"settings key=silent at=1")[1]["size"] == b"5", "another setting is another text"


def test_a_text_that_one_frame_holds_is_not_kept():
    laptop = Laptop()
    for length, is_kept in ((100, False), (101, True)):
        laptop.context.settings["tags"] = ["t" * (length - 4)]
        assert laptop.ask_one(b"settings key=tags")[1]["size"] == b"%d" % length
        assert (laptop.session.setting_text is not None) == is_kept


def test_a_setting_has_at_most_2048_bytes():
    laptop = Laptop()
    size = 0
    while size < SETTING_BYTES:
        part = b"x" * min(64, SETTING_BYTES - size)
        assert laptop.ask_one(PARTS % (size, part))[0] == "settings"
        size += len(part)
    assert laptop.refused(PARTS % (size, b"x")) == (b"value", b"at most 2048 bytes")
    assert laptop.ask_one(PARTS % (size, b""))[0] == "settings"
    assert laptop.refused(PARTS % (size - 1, b"xx"))[0] == b"value"


def test_a_setting_begins_again_at_0_or_with_another_name():
    laptop = Laptop()
    laptop.ask_one(PARTS % (0, b"123456"))
    laptop.ask_one(PARTS % (0, b"12"))
    assert laptop.refused(PARTS % (3, b"x")) == (b"offset", b"2")
    laptop.ask_one(PARTS % (2, b"34"))
    laptop.ask_one(PARTS % (1, b"x"))
    assert laptop.refused(PARTS % (3, b"x")) == (b"offset", b"2"), "a part replaces what was behind it"
    assert laptop.refused(b"settings key=silent at=1 more=1 value=x") == (b"offset", b"0")


def test_a_last_part_may_come_twice_and_one_that_was_refused_begins_again():
    laptop = Laptop()

    def settings():
        for _ in range(2):
            laptop.ask_one(PARTS % (0, b"["))
            for _ in range(2):
                values = laptop.ask_one(b'settings key=tags at=1 value="new"]')[1]
                assert (values["at"], values["value"]) == (b"1", b"")
            assert laptop.context.settings["tags"] == ["new"]
        assert laptop.context.called.count("settings") == 1, "and nothing has changed"
        laptop.ask_one(PARTS % (0, b"["))
        for _ in range(2):
            assert laptop.refused(b"settings key=tags at=1 value=x")[0] == b"value"
            assert laptop.session.setting is None
            laptop.ask_one(PARTS % (0, b"["))

    in_folder(settings)


def test_the_text_of_before_is_not_answered_after_a_change():
    laptop = Laptop()

    def settings():
        laptop.context.settings["tags"] = ["a" * 90, "b" * 90]
        laptop.ask_one(b"settings key=tags")
        laptop.ask_one(b'settings key=tags value=["c"]')
        assert laptop.ask_one(b"settings key=tags at=2")[1]["size"] == b"5"

    in_folder(settings)


def test_a_setting_that_cannot_be_stored_is_refused_and_the_old_one_stays_in_use():
    laptop = Laptop()

    def settings():
        os.mkdir("settings.json.new")
        try:
            assert laptop.refused(b"settings key=brightness value=50") == (b"file", b"")
            assert laptop.context.settings["brightness"] == 80 and laptop.context.called == []
        finally:
            os.rmdir("settings.json.new")
        assert laptop.ask_one(b"settings key=brightness value=50")[0] == "settings"
        assert laptop.context.settings["brightness"] == 50

    in_folder(settings)
