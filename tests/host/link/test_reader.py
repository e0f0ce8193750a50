"""What the laptop takes from a line, and what it leaves out: bytes in, records and answers out, no device needed."""

import time

import pytest

from clapmark.link.answer import Answer, ProtocolError, settings_of
from clapmark.link.frame_reader import Damaged, FrameReader, Line
from clapmark.link.hello import parse_hello, update_hint, version_numbers
from firmware.version import VERSION
from tests.support.link.answers import end, record, says


class Script:
    """A transport that gives these pieces, one a read, and then nothing."""

    name = "script"

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = list(pieces)

    def read(self, timeout_s: float) -> bytes:
        return self.pieces.pop(0) if self.pieces else b""

    def write(self, data: bytes) -> None:
        raise AssertionError("a reader writes nothing")

    def close(self) -> None:
        raise AssertionError("a reader closes nothing")


def page(*pieces: bytes, start: int = 1, timeout_s: float = 0.05):
    reader = FrameReader(Script(*pieces))
    return reader.read_page(7, start, timeout_s), reader


def test_a_page_whose_count_fits_is_complete_in_any_pieces():
    data = record(1) + record(2) + end(2, 3, last=2, done=1)
    for step in (1, 7, 1000):
        found, _ = page(*(data[at : at + step] for at in range(0, len(data), step)), timeout_s=5)
        assert [item.seq for item in found.items] == [1, 2]
        assert (found.next_seq, found.last_seq, found.is_whole, found.is_done) == (3, 2, True, True)
    found, _ = page(record(1) + end(1, 2))
    assert found.is_whole and not found.is_done


def test_a_page_that_lacks_a_record_gives_those_before_the_gap_and_asks_on_from_there():
    found, _ = page(record(1) + record(2) + record(4) + end(4, 5))
    assert ([item.seq for item in found.items], found.next_seq) == ([1, 2], 3)
    assert not found.is_whole and not found.is_done


def test_after_noise_nothing_of_an_incomplete_page_is_certain():
    found, reader = page(record(1) + b"noise\n" + record(2) + end(3, 4))
    assert ([item.seq for item in found.items], found.next_seq) == ([1], 2)
    assert (reader.junk_lines, reader.junk_bytes) == (1, 6)


def test_noise_between_records_does_no_harm_if_all_have_come():
    found, _ = page(b"boot\r\n\r\n" + record(1) + b"*\n" + record(2) + end(2, 3))
    assert ([item.seq for item in found.items], found.is_whole) == ([1, 2], True)


def test_an_echo_of_a_record_does_not_stand_for_a_lost_one():
    found, _ = page(record(1) + record(1) + end(2, 3))
    assert ([item.seq for item in found.items], found.is_whole) == ([1], False)
    found, _ = page(record(3) + record(4) + end(1, 5), start=4)
    assert ([item.seq for item in found.items], found.is_whole) == ([4], True)


def test_the_answer_to_an_earlier_request_ends_no_page():
    found, _ = page(record(1) + says(b"end", 6, items=1, next=9, last=9, done=1) + record(2) + end(2, 3))
    assert ([item.seq for item in found.items], found.next_seq) == ([1, 2], 3)


def test_a_damaged_place_is_put_together_from_its_parts_once():
    place = {"sector": 2, "offset": 480, "length": 70}
    parts = [says(b"damaged", **place, part=at, data=b"x" * size) for at, size in ((0, 64), (64, 6))]
    found, _ = page(record(1) + b"".join(parts) + b"".join(parts) + record(2) + end(3, 3))
    assert found.items == [Line(1, record(1)), Damaged(2, 480, b"x" * 70), Line(2, record(2))]
    assert found.items[1].place == (2, 480)
    found, _ = page(parts[0] + b"".join(parts) + end(1, 1))
    assert found.items == [Damaged(2, 480, b"x" * 70)], "a part that came twice is in it once"
    found, _ = page(parts[1] + record(1) + end(1, 2))
    assert found.items == [Line(1, record(1))], "a part without its first one is no place"
    other = says(b"damaged", sector=3, offset=480, part=64, length=70, data=b"y" * 6)
    found, _ = page(parts[0] + other + record(1) + end(1, 2))
    assert found.items == [Line(1, record(1))], "parts of two places are not joined"


def test_an_error_ends_a_page_and_is_kept():
    found, _ = page(record(1) + says(b"error", code="journal"))
    assert found.error is not None and found.error.verb == b"error"


def test_a_line_that_falls_silent_ends_a_page_and_records_give_it_more_time():
    started = time.monotonic()
    found, _ = page(record(1), timeout_s=0.05)
    assert [item.seq for item in found.items] == [1] and not found.is_whole
    assert time.monotonic() - started < 2


def test_more_bytes_than_any_line_of_ours_has_are_noise():
    found, reader = page(b"z" * 4097, b"\n" + record(1) + end(1, 2), timeout_s=1)
    assert found.is_whole and reader.junk_bytes == 4097
    _, reader = page(b"z" * 4096, b"\n" + record(1) + end(1, 2), timeout_s=1)
    assert reader.junk_bytes == 4097, "with its LF: it was still a line"
    assert reader.junk_lines == 1


def test_a_prompt_and_a_start_are_noticed_once():
    reader = FrameReader(Script(b"rst:0x1 (POWERON)\r\n", b">>> "))
    assert reader.read_answer(7, b"hello", time.monotonic() + 0.05) is None
    assert reader.take_boot_text() and not reader.take_boot_text()
    assert reader.take_prompt() and not reader.take_prompt()
    reader = FrameReader(Script(b">>> hello\r\n"))
    assert reader.read_answer(7, b"hello", time.monotonic() + 0.05) is None
    reader.forget_prompt()
    assert not reader.take_prompt() and not reader.take_boot_text()


def test_an_answer_is_the_one_with_our_number_and_late_ones_are_counted():
    data = says(b"hello", 5) + says(b"status", 7) + says(b"hello", 6) + says(b"hello", 7, protocol=1)
    reader = FrameReader(Script(data))
    found = reader.read_answer(7, b"hello", time.monotonic() + 5, {6})
    assert (found.ident, found.words, reader.late_answers) == (7, [b"protocol=1"], 1)
    reader = FrameReader(Script(says(b"error", 7, code="verb")))
    assert reader.read_answer(7, b"hello", time.monotonic() + 5).verb == b"error"


def runs(*parts: tuple[int, bytes], count: int = 10) -> bytes | None:
    data = b"".join(says(b"runs", at=at, data=text) for at, text in parts) + says(b"end")
    return FrameReader(Script(data)).read_runs(7, count, 0.05)


def test_a_picture_is_its_runs_of_colours_and_incomplete_ones_are_none():
    assert runs((0, b"A3BC2"), (6, b"D4")) == bytes((0, 0, 0, 1, 2, 2, 3, 3, 3, 3))
    assert runs((0, b"A9B"), (0, b"A9B")) == bytes(9) + b"\x01", "a part that came twice counts once"
    assert runs((0, b"A9")) is None
    assert runs((0, b"A11")) is None
    assert runs((0, b"A9999999")) is None
    assert runs((1, b"A10")) is None


def answer(**fields: bytes) -> Answer:
    return Answer(b"hello", [key.encode() + b"=" + value for key, value in fields.items()])


def test_a_number_is_within_its_limits_or_the_answer_is_refused():
    assert [answer(n=value).number("n", 1, 3) for value in (b"1", b"3")] == [1, 3]
    for value in (b"0", b"4", b"-1", b"", b"x", b"1 "):
        with pytest.raises(ProtocolError, match='"n" cannot be'):
            answer(n=value).number("n", 1, 3)
    assert answer().number("n", default=0) == 0 and answer(n=b"2").number("n", default=0) == 2
    with pytest.raises(ProtocolError, match='"n" is missing'):
        answer().number("n")
    with pytest.raises(ProtocolError, match='"n" is missing'):
        answer().data("n")
    assert answer(n=b"%d" % (1 << 49)).number("n") == 1 << 49
    with pytest.raises(ProtocolError):
        answer(n=b"%d" % ((1 << 49) + 1)).number("n")


def test_a_text_is_one_line_of_at_most_200_characters():
    assert answer(say=b"a%0Ab").text("say") == "a b" and answer().text("say") == ""
    assert len(answer(say=b"x" * 300).text("say")) == 200


@pytest.mark.parametrize("data", [b"", b"[]", b"1", b"{", b"[" * 100_000])
def test_settings_that_are_no_names_with_values_are_refused(data):
    with pytest.raises(ProtocolError, match="Nothing was changed"):
        settings_of(data)
    assert settings_of(b'{"room": "A"}') == {"room": "A"}


GREETING = {"protocol": b"1", "device": b"a1b2c3d4e5f6", "epoch": b"0BADF00D"}


def test_a_greeting_says_how_much_is_not_synced_and_what_cannot_be():
    hello = parse_hello(answer(**GREETING, last=b"9", committed=b"4"))
    assert (hello.unsynced, hello.commits_ahead) == (5, 0)
    hello = parse_hello(answer(**GREETING, last=b"4", committed=b"9"))
    assert (hello.unsynced, hello.commits_ahead) == (0, 5)
    assert (hello.boot, hello.percent, hello.damaged, hello.ms, hello.utc_ms, hello.faults) == (0,) * 6
    devices, epochs = (b"a1b2c3d4e5f67", b"a1b2c3d4e5f"), (b"0badf00d", b"0BADF00D1")
    for change in (*({"device": name} for name in devices), *({"epoch": name} for name in epochs)):
        with pytest.raises(ProtocolError, match="names no device"):
            parse_hello(answer(**(GREETING | change)))


def test_an_unknown_protocol_says_which_side_is_older():
    with pytest.raises(ProtocolError, match="The device is the older one: update it with `clapmark deploy`"):
        parse_hello(answer(**(GREETING | {"protocol": b"0"})))
    with pytest.raises(ProtocolError, match=r"The laptop is the older one: update it with `.*upgrade clapmark"):
        parse_hello(answer(**(GREETING | {"protocol": b"2"})))


def test_versions_are_compared_by_their_numbers():
    assert version_numbers("1.10.0") > version_numbers("1.9.9") and version_numbers("1.25.0-rc.1") == (1, 25, 1)

    def hint(version: bytes) -> str:
        return update_hint(parse_hello(answer(**GREETING, firmware=version)))

    assert hint(VERSION) == hint(VERSION + b".dev") == ""
    assert "older than this clapmark" in hint(b"0.0.9") and "newer than this clapmark" in hint(b"99.0.0")
