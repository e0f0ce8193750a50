"""Builds the device's schedule file for tests: rows as docs and `core.schedule` describe them, on any Python."""

from firmware.core.lines import line
from firmware.core.schedule import ROW_BYTES


def sealed(body):
    buffer = bytearray(ROW_BYTES)
    for position in range(ROW_BYTES - line.TRAILER_BYTES):
        buffer[position] = body[position] if position < len(body) else 0x20
    line.seal(buffer, ROW_BYTES - line.TRAILER_BYTES)
    return bytes(buffer)


def schedule_file(talks, head=b"clapmark-schedule 1"):
    """Return the file for `talks`: tuples of (start, room, id, end, title, speaker), sorted."""
    by_id = sorted(range(len(talks)), key=lambda index: talks[index][2])
    longest = max([talk[3] - talk[0] for talk in talks] + [0])
    out = sealed(head + b" %d -14400 %d camp-2019" % (len(talks), longest))
    for number, talk in enumerate(talks):
        start, room, talk_id, end, title, speaker = talk
        numbers = b"%d\t%d\t%d" % (start, end, by_id[number])
        out += sealed(b"\t".join((talk_id, numbers, room, title, speaker)))
    return out
