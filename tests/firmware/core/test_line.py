"""One bounded writer: a text that is too long is cut at a character and marked; a number is decimal digits only."""

from firmware.core.lines.fields import LineError, decimal, fields, is_crc, unescape
from firmware.core.lines.line import LineWriter, body_length


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
