"""Builds the bytes of journals for tests, with the writer that the device uses."""

from firmware.core.lines.line import LineWriter
from firmware.core.lines.sector import MAX_RECORD_BYTES

DEVICE = "a1b2c3d4e5f6"
EPOCH = "0BADF00D"


def line(seq: int, boot: int, ms: int, kind: str, **fields: object) -> bytes:
    """Return one record line; `from_` stands for the field `from`."""
    writer = LineWriter(MAX_RECORD_BYTES)
    writer.raw(b"%d %d %d %s" % (seq, boot, ms, kind.encode()))
    for key, value in fields.items():
        name = key.rstrip("_").encode()
        if isinstance(value, int):
            writer.number_field(name, value)
        else:
            writer.text_field(name, str(value).encode())
    writer.seal()
    return bytes(writer.view[: writer.length])


class JournalText:
    """Counts the records of one journal up as they are added; `data` is what the log file holds."""

    def __init__(self, boot: int = 1) -> None:
        self.seq = 0
        self.boot = boot
        self.lines: list[bytes] = []

    def add(self, ms: int, kind: str, **fields: object) -> int:
        self.seq += 1
        self.lines.append(line(self.seq, self.boot, ms, kind, **fields))
        return self.seq

    def reboot(self) -> None:
        self.boot += 1
        self.add(0, "boot", reset="poweron")

    @property
    def data(self) -> bytes:
        return b"".join(self.lines)
