"""hello: who this is, and what its journal holds."""

import os

from firmware.version import PROTOCOL, VERSION


async def serve(exchange, _values):
    """Answer the verb."""
    try:
        os.remove("deploy-undo.py")  # this app runs: the one before it is not wanted back (docs/flashing.md)
    except OSError:
        pass  # there was no deploy
    app = exchange.app
    journal = app.journal
    now_ms = app.uptime_ms()
    writer = exchange.begin(b"hello")
    writer.raw(b" protocol=%d firmware=%s device=%s board=%s" % (PROTOCOL, VERSION, journal.device_id, app.board.name))
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
        % (now_ms, app.clock.utc_ms(now_ms), app.clock_seq, app.clock_ms, app.state.fault_count)
    )
    problem = journal.problem
    if not problem and not (app.state.panel_answers or app.state.is_safe_mode):
        problem = b"The panel does not answer"
    if not problem and app.state.problems:
        problem = app.state.problems[0].encode()
    if problem:
        writer.text_field(b"problem", problem)
    await exchange.send()
