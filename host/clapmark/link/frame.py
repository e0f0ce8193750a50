r"""The text of a frame: one line of the link. docs/link.md describes every verb.

    ?ID VERB[ KEY=VALUE]... *CRC32\n    a request of the laptop
    !ID VERB[ KEY=VALUE]... *CRC32\n    an answer of the device

This is the laptop's side; the device's side is `firmware.link.session`.

An LF precedes each frame too, so that junk cannot run into it. ID is 0 to 999; the answer repeats it.
"""

from firmware.core.lines.fields import LineError, decimal
from firmware.core.lines.frame_limits import ANSWER_BYTES, LONG_REQUEST_BYTES, REQUEST_BYTES
from firmware.core.lines.line import LineWriter, body_length

__all__ = ["LONG_REQUEST_BYTES"]

REQUEST = b"?"
ANSWER = b"!"
IDS = 1000
MAX_REQUEST_BYTES = REQUEST_BYTES
MAX_ANSWER_BYTES = ANSWER_BYTES

ERROR = b"error"  # the verb of an answer that says why there is no other one
END = b"end"  # the verb of the last frame of an answer that has several


class FrameWriter(LineWriter):
    """Writes frames, without the LF before them, into one kept buffer."""

    def begin(self, mark: bytes, ident: int, verb: bytes) -> None:
        """Start a frame: `mark` is REQUEST or ANSWER, `ident` its number, `verb` bytes."""
        self.clear()
        self.raw(mark)
        self.number(ident)
        self.raw(b" ")
        self.raw(verb)


class Frame:
    """One frame as read: `ident`, `verb` (bytes) and `words`, the `key=value` fields, still escaped (`core.fields`)."""

    def __init__(self, ident: int, verb: bytes, words: list[bytes]) -> None:
        self.ident = ident
        self.verb = verb
        self.words = words


def parse(line: bytes | bytearray | memoryview, mark: bytes) -> Frame:
    """Return the Frame in `line` (bytes-like, LF included). Raises LineError if it is damaged or no frame of `mark`."""
    length = len(line)
    end = body_length(line, length)
    if end == -1:
        raise LineError("the CRC does not fit")
    words = bytes(line[:end]).split(b" ")
    if len(words) < 2 or words[0][:1] != mark or not words[1]:
        raise LineError("no frame")
    ident = decimal(words[0][1:], 0, IDS - 1)
    return Frame(ident, words[1], words[2:])
