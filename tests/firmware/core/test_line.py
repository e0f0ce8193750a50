"""One bounded writer: a text that is too long is cut at a character and marked; a number is decimal digits only."""

from firmware.core.lines import frame_limits
from firmware.core.lines.fields import LineError, decimal, fields, is_crc, is_printable, unescape
from firmware.core.lines.line import TRAILER_BYTES, LineWriter, body_length, seal

GOLDEN = b"1 1 123456 bookmark tag=note *EB1B2EC9\n"  # CRC-32 by zlib


def fails(kind, function, *arguments):
    try:
        function(*arguments)
    except kind:
        return True
    return False


def written(capacity, value, most=0):
    writer = LineWriter(capacity)
    writer.raw(b"1 1 1 fault")
    is_whole = writer.text_field(b"error", value, most)
    line = bytes(writer.line[: writer.seal()])
    assert body_length(line, len(line)) > 0
    return is_whole, unescape(line[: len(line) - 11].split(b"=", 1)[1])


def test_a_text_of_any_length_fits_and_a_cut_one_is_marked():
    for text in (
        b"x" * 300,
        b"%" * 300,
        "ä".encode() * 300,
        "漢字".encode() * 100,
        b"\x80" * 300,
        b"\xff" * 300,
        b" " * 300,
    ):
        for capacity in range(33, 121):
            is_whole, found = written(capacity, text)
            assert not is_whole and found.endswith(b"..."), (text[:3], capacity)
            assert text.startswith(found[:-3])


def test_a_cut_never_splits_a_character():
    for text in ("äöü" * 30, "テンポ" * 30, "🎉" * 30, "a漢b🎉ä" * 20):
        for capacity in range(33, 121):
            found = written(capacity, text.encode())[1].decode()
            assert text.startswith(found[:-3])


def test_a_text_that_just_fits_is_whole():
    for text in (b"note", b"100 %", "ä".encode()):
        escaped = 0
        for byte in text:
            escaped += 1 if 0x21 <= byte <= 0x7E and byte != 0x25 else 3
        assert written(28 + len(b" error=") - 6 + escaped, text + b"")[0] is True
        assert written(120, text, escaped) == (True, text)
        assert written(120, text + b"x", max(escaped, 3))[0] is False


def test_a_limit_leaves_room_for_the_fields_that_follow():
    writer = LineWriter(80)
    writer.raw(b"1 1 1 countdown")
    writer.text_field(b"preset", b"p" * 200, writer.room - len(b" preset=") - len(b" talk=ABC"))
    writer.text_field(b"talk", b"ABC")
    assert bytes(writer.line[: writer.length]).endswith(b"... talk=ABC")


def test_data_is_never_cut():
    writer = LineWriter(60)
    writer.raw(b"!1 runs")
    before = writer.length
    assert fails(IndexError, writer.data_field, b"data", b"x" * 60)
    assert writer.length == before
    writer.data_field(b"data", b"AB")
    assert bytes(writer.line[: writer.length]) == b"!1 runs data=AB"


def test_no_room_for_the_key_leaves_the_line_as_it_was():
    writer = LineWriter(30)
    writer.raw(b"1 1 1 fault")
    assert fails(IndexError, writer.text_field, b"a-very-long-key-indeed", b"x")
    assert bytes(writer.line[: writer.length]) == b"1 1 1 fault"


def test_only_decimal_digits_are_a_number():
    for text, number in ((b"0", 0), (b"007", 7), (b"1778812345678", 1778812345678)):
        assert decimal(text, 0, 1 << 48) == number
    assert decimal(b"-86400", -86400, 86400) == -86400
    for text in (
        b"", b"-", b"+1", b" 1", b"1 ", b"1_0", b"0x10", b"1.0", b"1e3", b"-1", b"-0", b"--1", b"\xb2", b"\xd9\xa1",
        b"1\n", b"1\x00", b"9" * 17, b"9" * 200,
    ):  # fmt: skip
        assert fails(LineError, decimal, text, 0, 1 << 48), text
    assert fails(LineError, decimal, b"+1", -5, 5)
    assert fails(LineError, decimal, b"6", -5, 5)
    assert fails(LineError, decimal, b"-6", -5, 5)


def test_a_field_that_is_no_field_is_refused():
    for words in ([b""], [b"x"], [b"=1"], [b"a=1", b"a=2"], [b"\xff\xfe=1"], [b"a=%"], [b"a=%G1"], [b"a=%1"]):
        assert fails(LineError, fields, words), words


def test_a_crc_is_eight_upper_case_hexadecimal_digits():
    assert is_crc(b"0123ABCF") and is_crc(b"00000000")
    for text in (b"", b"0", b"0123ABC", b"0123ABCDE", b"0123abcd", b"0123ABCG", b"0123 BCD", b"-123ABCD"):
        assert not is_crc(text), text


def test_a_line_is_closed_as_the_page_says():
    writer = LineWriter(40)
    writer.raw(b"1 1 123456 bookmark tag=note")
    assert writer.room == 1 and writer.length == 28
    assert writer.seal() == writer.length == 39
    assert bytes(writer.line[:39]) == GOLDEN
    writer.clear()
    assert writer.length == 0 and writer.room == 29


def test_a_body_is_closed_only_where_its_crc_has_room():
    for length in (0, 1, 28):
        buffer = bytearray(b"x" * (length + TRAILER_BYTES))
        assert seal(buffer, length) == len(buffer) == length + 11
        small = bytearray(b"x" * (length + TRAILER_BYTES - 1))
        assert fails(IndexError, seal, small, length)
        assert small == b"x" * len(small), "the buffer is unchanged"
    kept = bytearray(60)
    kept[:28] = GOLDEN[:28]
    assert seal(kept, 28, memoryview(kept)) == 39 and bytes(kept[:39]) == GOLDEN


def test_a_line_with_any_other_byte_or_length_is_damaged():
    assert body_length(GOLDEN, 39) == 28
    assert body_length(b"?" + GOLDEN[1:], 39) == -1
    for position in range(len(GOLDEN)):
        for change in (1, 0x10, 0x20):
            damaged = bytearray(GOLDEN)
            damaged[position] ^= change
            assert body_length(damaged, 39) == -1, (position, change)
    for end in range(39):
        assert body_length(GOLDEN, end) == -1, end
    assert body_length(GOLDEN + b"\n", 40) == -1
    lower = GOLDEN[:30] + GOLDEN[30:].lower()
    assert body_length(lower, 39) == -1


def test_a_line_needs_a_body_of_at_least_one_byte():
    for length, expected in ((0, -1), (1, 1)):
        buffer = bytearray(b"x" * length) + bytearray(TRAILER_BYTES)
        seal(buffer, length)
        assert body_length(buffer, len(buffer)) == expected


def test_numbers_are_written_in_decimal_digits():
    for value in (
        0,
        1,
        9,
        10,
        11,
        99,
        100,
        101,
        12_345,
        999_999,
        (1 << 30) - 1,
        1_778_812_345_678,
        -1,
        -9,
        -10,
        -86_400,
    ):
        writer = LineWriter(60)
        writer.number(value)
        writer.raw(b"|")
        writer.number_field(b"of", value)
        assert bytes(writer.line[: writer.length]) == b"%d| of=%d" % (value, value)


def test_what_just_fits_is_written_and_one_byte_more_leaves_the_line_as_it_was():
    for capacity, is_written in ((26, True), (25, False)):
        for method, arguments in (
            ("raw", (b"12345 of=1234",)),
            ("number", (1_234_567_890_123,)),
            ("number_field", (b"of", 123_456_789)),
            ("data_field", (b"data", b"1234567")),
        ):
            writer = LineWriter(capacity)
            writer.raw(b"1 ")
            if is_written:
                getattr(writer, method)(*arguments)
                assert writer.length == 15 and writer.room == 0
            else:
                assert fails(IndexError, getattr(writer, method), *arguments), method
                assert writer.length == 2 and bytes(writer.line[:2]) == b"1 "


def expected_text(value, limit):
    """Return (whether it is whole, what is written) of a text in `limit` escaped bytes, by plain search."""

    def escaped(text):
        out = b""
        for byte in text:
            out += bytes([byte]) if 0x21 <= byte <= 0x7E and byte != 0x25 else b"%%%02X" % byte
        return out

    if len(escaped(value)) <= limit:
        return True, escaped(value)
    ends = [end for end in range(len(value)) if value[end] & 0xC0 != 0x80]
    fitting = [escaped(value[:end]) for end in ends if len(escaped(value[:end])) + 3 <= limit]
    return False, fitting[-1] + b"..."


def test_a_text_is_as_long_as_its_room_allows():
    texts = [b"", b"a", b"note", b"100 % sure", b" !~\x7f%", b"\x00\x1f\x20\xff"]
    texts += ["Gr\xfc\xdfe".encode(), "\u6f22\u5b57".encode(), "a\u6f22b\U0001f389".encode(), b"%%%%"]
    for value in texts:
        for room in range(3, 40):
            writer = LineWriter(5 + room + TRAILER_BYTES)
            writer.raw(b"1")
            is_whole = writer.text_field(b"of", value)
            assert (is_whole, bytes(writer.line[5 : writer.length])) == expected_text(value, room), (value, room)
            assert bytes(writer.line[:5]) == b"1 of="
            limited = LineWriter(80)
            limited.raw(b"1")
            is_whole = limited.text_field(b"of", value, room)
            assert (is_whole, bytes(limited.line[5 : limited.length])) == expected_text(value, room), (value, room)


def test_a_limit_above_the_room_of_the_line_changes_nothing():
    for most in (9, 10, 11, 200):
        writer = LineWriter(5 + 10 + TRAILER_BYTES)
        writer.raw(b"1")
        assert writer.text_field(b"of", b"x" * 20, most) is False
        assert bytes(writer.line[5 : writer.length]) == b"x" * (min(most, 10) - 3) + b"..."


def test_fields_are_read_as_they_were_written():
    assert fields([b"tag=a%20b", b"of=12", b"empty="]) == {"tag": b"a b", "of": b"12", "empty": b""}
    assert fields([]) == {}
    assert fields([b"tag=a=b"]) == {"tag": b"a=b"}
    for value in (b"", b"%", b"%%", b"a%", bytes(range(256))):
        writer = LineWriter(800)
        writer.text_field(b"of", value)
        assert unescape(bytes(writer.line[4 : writer.length])) == value
    assert unescape(b"%41%42c%2Fd") == b"ABc/d"


def test_a_number_has_at_most_sixteen_digits_and_lies_within_its_limits():
    assert decimal(b"9999999999999999", 0, 1 << 60) == 9_999_999_999_999_999
    assert fails(LineError, decimal, b"10000000000000000", 0, 1 << 60)
    for text, number in ((b"5", 5), (b"8", 8), (b"-3", -3)):
        assert decimal(text, min(number, 5), 8) == number
    for text in (b"4", b"9", b"-5"):
        assert fails(LineError, decimal, text, 5, 8)
    assert decimal(b"0", 0, 0) == 0
    assert decimal(b"-1", -1, 0) == -1 and fails(LineError, decimal, b"-1", 0, 5)


def test_printable_is_from_the_space_to_the_tilde():
    assert is_printable(b" ~", 2) and is_printable(b"\x00", 0)
    for text in (b"\x1f", b"\x7f", b"\x80", b"a\n"):
        assert not is_printable(text, len(text))
    assert is_printable(b"a\n", 1)


def test_the_limits_of_the_link_are_those_of_its_page():
    assert (frame_limits.REQUEST_BYTES, frame_limits.LONG_REQUEST_BYTES, frame_limits.ANSWER_BYTES) == (200, 256, 480)
    assert (frame_limits.PACKED_BYTES, frame_limits.PACKED_WINDOW_BITS) == (1024, 10)
    assert (frame_limits.SETTING_BYTES, frame_limits.FILE_BYTES) == (2048, 2_097_152)
