"""commit: the laptop has stored everything up to a record durably."""

from firmware.core.lines.sector import MAX_SEQ
from firmware.journal.commit import commit
from firmware.link.request import RequestError, crc, mounted, number, value


async def serve(session, values):
    """Answer the verb."""
    journal = mounted(session.context.journal)
    reason = commit(journal, value(values, "epoch"), number(values, "seq", 1, MAX_SEQ), crc(values))
    if reason:
        raise RequestError(reason)
    session.begin(b"commit").number_field(b"committed", journal.committed_seq)
    await session.send()
