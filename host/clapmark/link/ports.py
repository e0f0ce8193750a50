"""Which serial ports there are, and what answers on each: our app, MicroPython's prompt, the bootloader, or nothing."""

from dataclasses import asdict, dataclass
from enum import StrEnum

from serial.tools import list_ports

from clapmark.base.errors import ClapmarkError, NoDeviceError
from clapmark.base.words import counted
from clapmark.link.client import Hello, LinkClient, ProtocolError, SerialTransport, Transport
from clapmark.link.serial_port import each_once, find_ports
from clapmark.link.virtual_ports import find_virtual_ports

_HELLO_S = 2.0  # a board that resets when its port is opened says so at once, and is waited for
_SYNC_S = 0.3
_TAIL_BYTES = 4096
# the ROM's bootloader: SLIP frame, command 0x08 (sync), 36 bytes, as in Espressif's "Serial Protocol" page
_SYNC = b"\xc0\x00\x08\x24\x00\x00\x00\x00\x00\x07\x07\x12\x20" + b"\x55" * 32 + b"\xc0"
_SYNC_ANSWER = b"\xc0\x01\x08"


class State(StrEnum):
    """Who answers on a port."""

    CLAPMARK = "clapmark"
    OTHER_PROTOCOL = "clapmark, another protocol"
    PROMPT = "micropython prompt"
    BOOTLOADER = "bootloader"
    NOISE = "something else"
    SILENT = "no answer"
    CLOSED = "cannot be opened"


@dataclass(frozen=True)
class Port:
    """A serial port as the operating system names it; `usb` is "VVVV:PPPP" or ""."""

    name: str
    description: str
    usb: str
    is_board: bool  # its USB chip is one that boards have


@dataclass(frozen=True)
class Probed:
    """A port and who answers there; `note` is the sentence for the person, `hello` what our app says of itself."""

    port: Port
    state: State
    note: str
    hello: Hello | None = None

    def values(self) -> dict[str, object]:
        """Return it as JSON has it."""
        return {
            "port": self.port.name,
            "description": self.port.description,
            "usb": self.port.usb,
            "state": str(self.state),
            "note": self.note,
            "hello": asdict(self.hello) if self.hello else None,
        }


class _Overheard:
    """A transport that keeps what came lately, so that it can be judged."""

    def __init__(self, inner: Transport) -> None:
        self._inner = inner
        self.name = inner.name
        self.tail = b""

    def read(self, timeout_s: float) -> bytes:
        data = self._inner.read(timeout_s)
        self.tail = (self.tail + data)[-_TAIL_BYTES:]
        return data

    def write(self, data: bytes) -> None:
        self._inner.write(data)

    def close(self) -> None:
        self._inner.close()


def ports(names: tuple[str, ...] = ()) -> list[Port]:
    """Return the serial ports on USB, those of running virtual devices and those that `names` lists, by name."""
    boards = set(find_ports())
    found = {
        port.device: Port(port.device, port.description or "", f"{port.vid:04x}:{port.pid:04x}", port.device in boards)
        for port in each_once(list_ports.comports())
    }
    for virtual in find_virtual_ports():
        found[virtual.name] = Port(virtual.name, f"clapmark sim, {virtual.board}, {virtual.state}", "", is_board=True)
    for name in names:
        found.setdefault(name, Port(name, "", "", is_board=True))
    return [found[name] for name in sorted(found) if not names or name in names]


def probe(port: Port) -> Probed:
    """Ask at `port` who is there. Opening it may reset the board; nothing on it is changed."""
    try:
        transport = _Overheard(SerialTransport(port.name))
    except ClapmarkError as error:
        return Probed(port, State.CLOSED, str(error))
    try:
        return _ask(port, transport)
    finally:
        transport.close()


def _ask(port: Port, transport: _Overheard) -> Probed:
    try:
        hello = LinkClient(transport).hello(_HELLO_S)
    except ProtocolError as error:
        return Probed(port, State.OTHER_PROTOCOL, str(error))
    except NoDeviceError as error:
        return _judge(port, transport, str(error))
    except ClapmarkError as error:
        return Probed(port, State.NOISE, str(error))
    note = f"{hello.board} {hello.device}, firmware {hello.firmware}, {counted(hello.unsynced, 'record')} not synced"
    if hello.commits_ahead:
        note += f"; it believes {counted(hello.commits_ahead, 'record')} to be synced that it does not have"
    if hello.problem:
        note += f"; it says: {hello.problem}"
    return Probed(port, State.CLAPMARK, note, hello)


def _judge(port: Port, transport: _Overheard, sentence: str) -> Probed:
    heard = transport.tail
    if b"waiting for download" in heard or _in_bootloader(transport):
        return Probed(
            port,
            State.BOOTLOADER,
            "The chip waits for an upload: `clapmark flash` can write it, a press on its reset key leaves.",
        )
    if b">>> " in heard or b"raw REPL" in heard:
        return Probed(
            port, State.PROMPT, "MicroPython runs, Clapmark does not: reset the board, or run `clapmark deploy`."
        )
    return Probed(port, State.NOISE if heard else State.SILENT, sentence)


def _in_bootloader(transport: _Overheard) -> bool:
    if transport.tail:
        return False  # what speaks by itself is not a bootloader, and need not be confused
    transport.write(_SYNC)
    answer = b""
    while data := transport.read(_SYNC_S):
        answer += data
        if len(answer) > _TAIL_BYTES:
            break
    return _SYNC_ANSWER in answer
