"""get: records byte for byte as they are in flash, and the damaged places between them."""

import asyncio

from micropython import const

from firmware.core.lines.sector import MAX_SEQ
from firmware.core.lines.sector_reader import DAMAGED, NOTHING, RECORD
from firmware.journal.reader import Cursor
from firmware.link.request import RequestError, mounted, number

_BYTES = const(16384)  # of records in one answer, if the request does not say
_MOST_BYTES = const(65536)
_DAMAGE_BYTES = const(64)  # in one frame, before escaping
_STEPS = const(8)  # of the cursor, without a turn for the others


async def serve(session, values):
    """Answer the verb."""
    journal = mounted(session.context.journal)
    next_seq = number(values, "from", 1, MAX_SEQ)
    limit_bytes = number(values, "bytes", 1, _MOST_BYTES, _BYTES)
    cursor = Cursor(journal)
    cursor.seek(next_seq)
    session.begin(b"get").number_field(b"from", next_seq)
    await session.send()
    sent_bytes = 0
    items = 0
    steps = 0
    is_done = False
    while sent_bytes < limit_bytes:
        try:
            found = cursor.next()
        except OSError:
            raise RequestError(b"flash")
        if found == NOTHING:
            is_done = True
            break
        if found == RECORD:
            next_seq = cursor.seq + 1
            sent_bytes += cursor.length
            items += 1
            await session.send_raw(cursor.line, cursor.length)
        elif found == DAMAGED:
            items += 1
            await _send_damage(session, cursor)
        steps += 1
        if not steps % _STEPS:
            await asyncio.sleep_ms(0)
    session.begin(b"end").raw(
        b" next=%d items=%d done=%d last=%d" % (next_seq, items, 1 if is_done else 0, journal.last_seq)
    )
    await session.send()


async def _send_damage(session, cursor):
    part = 0
    while part < cursor.length:
        writer = session.begin(b"damaged")
        writer.raw(b" sector=%d offset=%d length=%d part=%d" % (cursor.serial, cursor.offset, cursor.length, part))
        writer.data_field(b"data", cursor.line[part : min(part + _DAMAGE_BYTES, cursor.length)])
        await session.send()
        part += _DAMAGE_BYTES
