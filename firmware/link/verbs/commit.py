"""commit: the laptop has everything up to a record for good."""

from firmware.journal.commit import commit
from firmware.link.request import RequestError, mounted, number, value


async def serve(exchange, values):
    """Answer the verb."""
    journal = mounted(exchange.context.journal)
    reason = commit(journal, value(values, "epoch"), number(values, "seq", 1, 1 << 30), value(values, "crc"))
    if reason:
        raise RequestError(reason)
    exchange.begin(b"commit").number_field(b"committed", journal.committed_seq)
    await exchange.send()
