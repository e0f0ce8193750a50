"""Builds what a device answers, frame by frame (docs/link.md), for tests that need no device."""

from clapmark.link import frame
from tests.support.archive.journal_text import line


def says(verb: bytes, ident: int = 7, **fields: object) -> bytes:
    """Return an answer to the request `ident`; `from_` stands for the field `from`."""
    writer = frame.FrameWriter(frame.MAX_ANSWER_BYTES)
    writer.begin(frame.ANSWER, ident, verb)
    for key, value in fields.items():
        writer.data_field(key.rstrip("_").encode(), value if isinstance(value, bytes) else str(value).encode())
    return b"\n" + bytes(writer.line[: writer.seal()])


def record(seq: int) -> bytes:
    """Return a bookmark's record."""
    return line(seq, 1, seq, "bookmark", tag="note")


def end(items: int, next_: int, last: int = 9, done: int = 0, ident: int = 7) -> bytes:
    """Return the end of a page."""
    return says(b"end", ident, items=items, next=next_, last=last, done=done)
