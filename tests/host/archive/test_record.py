"""The text of a line and of a record: what is written is read back, and damage never passes."""

from clapmark.archive import record
from firmware.core.lines import line as lines
from firmware.core.lines.fields import LineError, unescape
from firmware.core.lines.sector import MAX_RECORD_BYTES
from firmware.core.lines.sector_reader import leading_seq


def fails(error, function, *arguments):
    try:
        function(*arguments)
    except error:
        return True
    return False


def written(seq=12, boot=3, ms=123456, kind=record.BOOKMARK, **texts):
    writer = lines.LineWriter(MAX_RECORD_BYTES)
    for word in (seq, boot, ms):
        writer.number(word)
        writer.raw(b" ")
    writer.raw(kind)
    for key in sorted(texts):
        writer.text_field(key.encode(), texts[key])
    return bytes(writer.line[: writer.seal()])


def test_the_crc_is_that_of_zlib():
    writer = lines.LineWriter(40)
    writer.raw(b"123456789")
    assert bytes(writer.line[: writer.seal()]) == b"123456789 *CBF43926\n"


def test_a_record_reads_back_as_it_was_written():
    line = written(tag=b"note", talk=b"PQ3XYZ")
    assert line == b"12 3 123456 bookmark tag=note talk=PQ3XYZ *9020CABD\n", line
    found = record.parse(line)
    assert (found.seq, found.boot, found.ms, found.kind) == (12, 3, 123456, record.BOOKMARK)
    assert found.fields == {"tag": b"note", "talk": b"PQ3XYZ"}
    assert found.line == line and found.crc == line[-9:-1]


def test_every_byte_value_survives_escaping():
    for start in range(0, 256, 16):
        value = bytes(range(start, start + 16))
        line = written(text=value)
        assert record.parse(line).fields["text"] == value
        assert all(0x20 <= byte < 0x7F for byte in line[:-1])
    assert unescape(b"%25%0a%0Ax") == b"%\n\nx"
    for value in (b"%", b"a%4", b"%4G", b"%%41", b"% 41"):
        assert fails(LineError, unescape, value), value


def test_negative_and_large_numbers_are_written_in_full():
    writer = lines.LineWriter(MAX_RECORD_BYTES)
    writer.raw(b"999999999 100000 ")
    writer.number(1 << 40)
    writer.raw(b" countdown")
    writer.number_field(b"left", -12345)
    writer.number_field(b"zero", 0)
    found = record.parse(bytes(writer.line[: writer.seal()]))
    assert found.ms == 1 << 40
    assert (found.number("left"), found.number("zero"), found.number("none", 7)) == (-12345, 0, 7)


def test_no_single_flipped_bit_passes():
    line = written(tag=b"note")
    for place in range(len(line)):
        for bit in range(8):
            damaged = bytearray(line)
            damaged[place] ^= 1 << bit
            assert fails(LineError, record.parse, bytes(damaged)), (place, bit)


def test_no_cut_passes():
    line = written(tag=b"note")
    for length in range(len(line)):
        assert lines.body_length(line, length) == -1
        assert fails(LineError, record.parse, line[:length])


def test_a_text_that_does_not_fit_is_cut_and_the_record_stays_whole():
    for error in (b"%" * 40, b"x" * 120, "ä".encode() * 60):
        writer = lines.LineWriter(MAX_RECORD_BYTES)
        writer.raw(b"1 1 1 fault")
        writer.text_field(b"task", b"screen")
        writer.text_field(b"error", error)
        length = writer.seal()
        assert length <= MAX_RECORD_BYTES
        found = record.parse(bytes(writer.line[:length])).fields
        assert found["task"] == b"screen"
        assert found["error"].endswith(b"...") and error.startswith(found["error"][:-3])


def test_an_unknown_kind_is_kept():
    assert record.parse(written(kind=b"weather", sky=b"blue")).kind == b"weather"


def test_lines_that_are_no_records_are_refused():
    for body in (b"1 1 bookmark", b"a 1 1 boot", b"0 1 1 boot", b"1 1 1", b"1 1 1 boot tag", b"1 1 1 boot a=1 a=2"):
        writer = lines.LineWriter(MAX_RECORD_BYTES)
        writer.raw(body)
        assert fails(LineError, record.parse, bytes(writer.line[: writer.seal()])), body


def test_the_leading_number_is_read_without_the_rest():
    assert leading_seq(b"123 4 5", 7) == 123
    assert leading_seq(b"123", 3) == -1
    assert leading_seq(b" 123 ", 5) == -1
    assert leading_seq(b"=commit ", 8) == -1
