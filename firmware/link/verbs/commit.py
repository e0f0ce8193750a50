"""commit: the laptop has stored everything up to a record durably."""

from firmware.journal.commit import commit
from firmware.link.request import RequestError, crc, mounted, number, value

_MOST_SEQ = 1 << 30


async def serve(session, values):
    """Answer the verb."""
    journal = mounted(session.context.journal)
    reason = commit(journal, value(values, "epoch"), number(values, "seq", 1, _MOST_SEQ), crc(values))
    if reason:
        raise RequestError(reason)
    session.begin(b"commit").number_field(b"committed", journal.committed_seq)
    await session.send()
