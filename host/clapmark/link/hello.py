"""What a device says of itself, and whether laptop and device understand each other."""

from dataclasses import dataclass

from clapmark.base.errors import ClapmarkError
from firmware.version import PROTOCOL, VERSION


class ProtocolError(ClapmarkError):
    """The device speaks another version of the link."""


@dataclass(frozen=True)
class Hello:
    """What the device says of itself. Times in milliseconds, `seq` numbers of records."""

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


def parse_hello(values: dict[str, bytes]) -> Hello:
    """Return what the fields of an answer to `hello` say. Raises ProtocolError if the device speaks another version."""
    protocol = int(values.get("protocol", b"0"))
    if protocol != PROTOCOL:
        firmware = values.get("firmware", b"unknown").decode("ascii", "replace")
        older = "device" if protocol < PROTOCOL else "laptop"
        what = "clapmark deploy" if older == "device" else "pip install --upgrade clapmark"
        raise ProtocolError(
            f"The device (firmware {firmware}) speaks protocol {protocol}, this clapmark speaks {PROTOCOL}. "
            f"The {older} is the older one: update it with {what}. The device keeps its bookmarks meanwhile."
        )

    def text(key: str) -> str:
        return values.get(key, b"").decode("utf-8", "replace")

    def number(key: str) -> int:
        return int(values.get(key, b"0"))

    return Hello(
        protocol=protocol,
        device=text("device"),
        board=text("board"),
        firmware=text("firmware"),
        epoch=text("epoch"),
        boot=number("boot"),
        first_seq=number("first"),
        last_seq=number("last"),
        committed_seq=number("committed"),
        percent=number("percent"),
        damaged=number("damaged"),
        ms=number("ms"),
        utc_ms=number("utc"),
        clock_seq=number("clock"),
        clock_ms=number("clock_ms"),
        faults=number("faults"),
        problem=text("problem"),
    )


def update_hint(hello: Hello) -> str:
    """Return a sentence on how to update whichever side is older, "" if both are of the same version.

    Device and laptop that speak the same protocol work together whatever their versions are.
    """
    here = VERSION.decode()
    if hello.firmware == here:
        return ""
    if version_numbers(hello.firmware) < version_numbers(here):
        return (
            f"The device's firmware is {hello.firmware}, older than this clapmark ({here}); that works. `clapmark "
            "deploy` updates it, and keeps bookmarks and settings."
        )
    return (
        f"The device's firmware is {hello.firmware}, newer than this clapmark ({here}); that works. `pip install "
        "--upgrade clapmark` updates this side."
    )


def version_numbers(version: str) -> tuple[int, ...]:
    """Return the numbers of a version such as 1.25.0, for comparing; what is no number is left out."""
    return tuple(int(part) for part in version.split(".") if part.isdigit())
