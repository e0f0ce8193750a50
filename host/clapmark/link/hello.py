"""What a device says about itself, and whether laptop and device understand each other."""

import re
from dataclasses import dataclass

from clapmark.base.install import upgrade_command
from clapmark.link.answer import Answer, ProtocolError
from firmware.core.lines.sector import MAX_SEQ
from firmware.version import PROTOCOL, VERSION

__all__ = ["Hello", "ProtocolError", "parse_hello", "update_hint", "version_numbers"]

_DEVICE = re.compile(r"[0-9a-f]{12}")
_EPOCH = re.compile(r"[0-9A-F]{8}")
_MOST_NAME = 24  # characters of a board's name, or of a version


@dataclass(frozen=True)
class Hello:
    """What the device says about itself. Times in milliseconds, `seq` numbers of records."""

    protocol: int
    device: str
    board: str
    firmware: str
    epoch: str
    boot: int
    first_seq: int
    last_seq: int
    committed_seq: int
    percent: int
    damaged: int
    ms: int
    utc_ms: int
    clock_seq: int  # this boot's last clock record that a laptop has set, or 0
    clock_ms: int  # its uptime
    faults: int
    problem: str  # a sentence: why the last record could not be saved, what of the board does not work; or ""

    @property
    def unsynced(self) -> int:
        """How many of the newest records no laptop has committed."""
        return max(0, self.last_seq - self.committed_seq)

    @property
    def commits_ahead(self) -> int:
        """By how many numbers the device believes more to be synced than it has; 0 in a device that works."""
        return max(0, self.committed_seq - self.last_seq)


def parse_hello(answer: Answer) -> Hello:
    """Return what the fields of an answer to `hello` say.

    Raises ProtocolError if the device speaks another version, or says what cannot be.
    """
    protocol = answer.number("protocol", default=0)
    firmware = answer.text("firmware", _MOST_NAME)
    if protocol != PROTOCOL:
        older, what = ("device", "clapmark deploy") if protocol < PROTOCOL else ("laptop", upgrade_command())
        raise ProtocolError(
            f"The device (firmware {firmware or 'unknown'}) speaks protocol {protocol}, this clapmark speaks "
            f"{PROTOCOL}. The {older} is the older one: update it with `{what}`. The device keeps its bookmarks "
            "meanwhile."
        )
    device, epoch = answer.text("device"), answer.text("epoch")
    if not _DEVICE.fullmatch(device) or not _EPOCH.fullmatch(epoch):
        raise answer.wrong("it names no device and journal (12 and 8 hexadecimal digits)")
    return Hello(
        protocol=protocol,
        device=device,
        board=answer.text("board", _MOST_NAME),
        firmware=firmware,
        epoch=epoch,
        boot=answer.number("boot", default=0),
        first_seq=answer.number("first", 0, MAX_SEQ, default=0),
        last_seq=answer.number("last", 0, MAX_SEQ, default=0),
        committed_seq=answer.number("committed", 0, MAX_SEQ, default=0),
        percent=answer.number("percent", default=0),
        damaged=answer.number("damaged", default=0),
        ms=answer.number("ms", default=0),
        utc_ms=answer.number("utc", default=0),
        clock_seq=answer.number("clock", 0, MAX_SEQ, default=0),
        clock_ms=answer.number("clock_ms", default=0),
        faults=answer.number("faults", default=0),
        problem=answer.text("problem"),
    )


def update_hint(hello: Hello) -> str:
    """Return a sentence on how to update whichever side is older, "" if both are of the same version.

    Device and laptop with the same protocol version work together; the app's version does not matter.
    """
    here = VERSION.decode()
    if version_numbers(hello.firmware) < version_numbers(here):
        return (
            f"The device's firmware is {hello.firmware}, older than this clapmark ({here}); that works. `clapmark "
            "deploy` updates it, and keeps bookmarks and settings."
        )
    if version_numbers(hello.firmware) > version_numbers(here):
        return (
            f"The device's firmware is {hello.firmware}, newer than this clapmark ({here}); that works. "
            f"`{upgrade_command()}` updates this side."
        )
    return ""


def version_numbers(version: str) -> tuple[int, ...]:
    """Return the numbers of a version such as 1.25.0, for comparison; parts that are no numbers are left out."""
    return tuple(int(part) for part in version.split(".") if part.isascii() and part.isdigit())
