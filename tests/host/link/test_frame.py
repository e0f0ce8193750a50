"""The text of a frame: requests and answers read back, everything else is refused."""

from clapmark.link import frame
from firmware.core.lines.fields import LineError, fields


def written(mark, ident, verb, **texts):
    writer = frame.FrameWriter(frame.MAX_ANSWER_BYTES)
    writer.begin(mark, ident, verb)
    for key in sorted(texts):
        writer.text_field(key.encode(), texts[key])
    return bytes(writer.line[: writer.seal()])


def is_refused(line, mark):
    try:
        frame.parse(line, mark)
    except LineError:
        return True
    return False


def test_a_request_reads_back():
    line = written(frame.REQUEST, 7, b"hello", protocol=b"1")
    assert line == b"?7 hello protocol=1 *C29723C5\n", line
    found = frame.parse(line, frame.REQUEST)
    assert (found.ident, found.verb) == (7, b"hello")
    assert fields(found.words) == {"protocol": b"1"}


def test_an_answer_is_no_request():
    line = written(frame.ANSWER, 7, b"hello")
    assert frame.parse(line, frame.ANSWER).ident == 7
    assert is_refused(line, frame.REQUEST)


def test_damage_records_and_boot_messages_are_refused():
    line = written(frame.REQUEST, 7, b"hello")
    for place in range(len(line)):
        damaged = bytearray(line)
        damaged[place] ^= 4
        assert is_refused(bytes(damaged), frame.REQUEST), place
    for junk in (b"\n", b"", b"rst:0x1 (POWERON_RESET),boot:0x12\n", b"?7 hello\n", b">>> \n", line[:-1], line[1:]):
        assert is_refused(junk, frame.REQUEST)


def test_a_number_out_of_range_or_a_missing_verb_is_refused():
    for body in (b"?1000 hello", b"?-1 hello", b"? hello", b"?x hello", b"?7", b"?7 "):
        writer = frame.FrameWriter(60)
        writer.raw(body)
        assert is_refused(bytes(writer.line[: writer.seal()]), frame.REQUEST), body


def test_a_memoryview_of_a_larger_buffer_is_enough():
    line = written(frame.REQUEST, 1, b"get")
    buffer = bytearray(256)
    buffer[: len(line)] = line
    assert frame.parse(memoryview(buffer)[: len(line)], frame.REQUEST).verb == b"get"
