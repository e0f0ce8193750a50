"""Sends the panel's picture as run lengths, in text.

A run is a capital letter, A to D for the colours 0 to 3, and the number of pixels in decimal where it is not 1.
Runs end with their row; rows follow each other from the top, pixels from the left.
"""

import asyncio
import binascii

from micropython import const

_RUNS_BYTES = const(160)
_ROWS = const(4)  # without a turn for the others
_LETTER_A = const(0x41)


async def send_picture(session, frame, width, height, palette):
    """Send the FrameBuffer `frame` of `width` times `height` through `session`, colours from `palette` (RGB)."""
    writer = session.begin(b"screen")
    writer.number_field(b"width", width)
    writer.number_field(b"height", height)
    writer.text_field(b"palette", binascii.hexlify(palette))
    await session.send()
    runs = memoryview(bytearray(_RUNS_BYTES))
    used = 0
    first = 0
    for row in range(height):
        column = 0
        while column < width:
            colour = frame.pixel(column, row)
            length = 1
            while column + length < width and frame.pixel(column + length, row) == colour:
                length += 1
            run = b"%c%d" % (_LETTER_A + colour, length) if length > 1 else b"%c" % (_LETTER_A + colour)
            if used + len(run) > _RUNS_BYTES:
                await _send_runs(session, first, runs, used)
                used = 0
                first = row * width + column
            runs[used : used + len(run)] = run
            used += len(run)
            column += length
        if row % _ROWS == _ROWS - 1:
            await asyncio.sleep_ms(0)
    await _send_runs(session, first, runs, used)
    writer = session.begin(b"end")
    writer.number_field(b"pixels", width * height)
    await session.send()


async def _send_runs(session, first, runs, used):
    writer = session.begin(b"runs")
    writer.number_field(b"at", first)
    writer.data_field(b"data", runs[:used])
    await session.send()
