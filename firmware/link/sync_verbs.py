"""The verbs of a sync: hello, time, get, commit, status. They stay in memory: an import would delay a press's stamp.

docs/link.md describes them. `firmware.link.verbs` has the others.
"""

import asyncio
import gc

from micropython import const

from firmware.core.lines.sector import MAX_SEQ
from firmware.core.lines.sector_reader import DAMAGED, NOTHING, RECORD
from firmware.journal.commit import commit
from firmware.journal.reader import Cursor
from firmware.link.request import RequestError, crc, mounted, number, value
from firmware.version import PROTOCOL, VERSION

_FROM_MS = 946_684_800_000  # 2000-01-01: the ESP32's clock knows no time before
_UNTIL_MS = 4_102_444_800_000  # 2100-01-01
_MOST_ERROR_MS = const(86_400_000)
_MOST_OFFSET_S = const(86_400)

_BYTES = const(16384)  # of records in one answer, if the request does not say
_MOST_BYTES = const(65536)
_DAMAGE_BYTES = const(64)  # in one frame, before escaping
_STEPS = const(8)  # of the cursor, without a turn for the others

_SCREENS = (b"note", b"countdown", b"clock", b"menu", b"info", b"fault")  # by the numbers in core.state
_COUNTDOWNS = (b"ready", b"running", b"paused", b"ended")  # ... and in core.countdown


async def serve_hello(session, _values):
    """Say who this is, and what its journal holds."""
    context = session.context
    journal = context.journal
    now_ms = context.uptime_ms()
    writer = session.begin(b"hello")
    writer.raw(
        b" protocol=%d firmware=%s device=%s board=%s" % (PROTOCOL, VERSION, journal.device_id, context.board.name)
    )
    writer.raw(
        b" epoch=%s boot=%d first=%d last=%d committed=%d percent=%d damaged=%d"
        % (
            journal.epoch,
            journal.boot,
            journal.first_seq,
            journal.last_seq,
            journal.committed_seq,
            journal.percent,
            journal.damaged,
        )
    )
    writer.raw(
        b" ms=%d utc=%d clock=%d clock_ms=%d faults=%d"
        % (now_ms, context.clock.utc_ms(now_ms), context.clock_seq, context.clock_ms, context.state.fault_count)
    )
    problem = journal.problem
    if not problem and not (context.state.panel_answers or context.state.is_safe_mode):
        problem = b"The panel does not answer"
    if not problem and context.state.problems:
        problem = context.state.problems[0].encode()
    if problem:
        writer.text_field(b"problem", problem)
    await session.send()


async def serve_time(session, values):
    """Set the clock, and leave a record of it."""
    context = session.context
    utc_ms = number(values, "utc", _FROM_MS, _UNTIL_MS)
    error_ms = number(values, "err", 0, _MOST_ERROR_MS)
    if not context.set_utc(utc_ms, error_ms, number(values, "offset", -_MOST_OFFSET_S, _MOST_OFFSET_S)):
        raise RequestError("unsaved", context.journal.problem)
    session.begin(b"time").raw(b" seq=%d ms=%d" % (context.clock_seq, context.clock_ms))
    await session.send()


async def serve_get(session, values):
    """Send records byte for byte as they are in flash, and the damaged places between them."""
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
            raise RequestError("flash")
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


async def serve_commit(session, values):
    """Note that the laptop has stored everything up to a record durably."""
    journal = mounted(session.context.journal)
    reason = commit(journal, value(values, "epoch"), number(values, "seq", 1, MAX_SEQ), crc(values))
    if reason:
        raise RequestError(reason.decode())
    session.begin(b"commit").number_field(b"committed", journal.committed_seq)
    await session.send()


async def serve_status(session, _values):
    """Send the live state, for a mirror of the screen."""
    context = session.context
    shown = context.state
    journal = context.journal
    countdown = shown.countdown
    now_ms = context.uptime_ms()
    writer = session.begin(b"status")
    unsynced = journal.last_seq - journal.committed_seq
    writer.raw(b" screen=%s unsynced=%d percent=%d" % (_SCREENS[shown.screen], unsynced, journal.percent))
    writer.raw(
        b" countdown=%s stage=%s left=%d"
        % (
            _COUNTDOWNS[countdown.state],
            countdown.stage_name(now_ms),
            countdown.remaining_ms(now_ms),
        )
    )
    gc.collect()
    writer.number_field(b"heap_free", gc.mem_free())
    writer.number_field(b"heap_used", gc.mem_alloc())
    writer.number_field(b"count", shown.bookmark_count)
    writer.text_field(b"tag", shown.tag)
    if shown.talk is not None:
        writer.text_field(b"talk", shown.talk.id)
        writer.text_field(b"title", shown.talk.title)
    await session.send()
