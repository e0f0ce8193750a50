"""hello: who this is, and what its journal holds."""

from firmware.version import PROTOCOL, VERSION


async def serve(session, _values):
    """Answer the verb."""
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
