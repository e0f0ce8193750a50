"""`clapmark devices` reports what answers on a port: our app, the prompt, the bootloader, noise, nothing."""

import json
import os
import threading
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from clapmark.link.client import frame
from clapmark.link.ports import Port, Probed, State, ports, probe
from clapmark.link.virtual_ports import VirtualPort
from tests.support.command_line import type_
from tests.support.desk import Device
from tests.support.link.answers import says
from tests.support.link.virtual_line import VirtualLine, laptop_at


@contextmanager
def somebody(answer: Callable[[bytes], bytes], first: bytes = b"") -> Iterator[str]:
    """Be who answers on a pty with what `answer` makes of each piece that comes; before that, says `first`."""
    master, slave = os.openpty()
    tty.setraw(slave)

    def speak() -> None:
        said = first
        while True:
            try:
                os.write(master, answer(os.read(master, 1024)) or said)
            except OSError:
                return
            said = b""

    thread = threading.Thread(target=speak, daemon=True)
    thread.start()
    try:
        yield os.ttyname(slave)
    finally:
        os.close(slave)
        os.close(master)
        thread.join(5)


def asked(port: str) -> State:
    return probe(Port(port, "", "", is_board=True)).state


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing on these ports needs the seconds that a board takes to start."""
    monkeypatch.setattr("clapmark.link.ports._HELLO_S", 0.3)
    monkeypatch.setattr("clapmark.link.client._HELLO_ANSWER_S", 0.15)


def test_the_app_is_reported_with_its_name_and_version(tmp_path) -> None:
    with Device(tmp_path) as device:
        code, out, _ = type_("devices", "--json", "--port", device.port)
        found = json.loads(out)
        assert (code, found[0]["state"], found[0]["hello"]["board"]) == (0, "clapmark", "sim")
        assert "not synced" in type_("devices", "--port", device.port)[1]


def test_the_prompt_is_reported(impatient) -> None:
    with somebody(lambda data: b"\r\n>>> " if b"\n" in data or b"\r" in data else b"") as port:
        assert asked(port) == State.PROMPT


def test_the_bootloader_is_recognised_by_its_words_or_its_answer(impatient) -> None:
    with somebody(
        lambda _: b"", b"rst:0x1 (POWERON_RESET),boot:0x3 (DOWNLOAD_BOOT)\r\nwaiting for download\r\n"
    ) as port:
        assert asked(port) == State.BOOTLOADER

    def rom(data: bytes) -> bytes:
        return b"\xc0\x01\x08\x04\x00\x07\x07\x12\x20\x00\x00\x00\x00\xc0" if data.startswith(b"\xc0\x00\x08") else b""

    with somebody(rom) as port:
        assert asked(port) == State.BOOTLOADER


def test_another_protocol_is_reported_with_how_to_update(impatient) -> None:
    def other(data: bytes) -> bytes:
        ident = int(data.split(b"?")[1].split()[0])
        writer = frame.FrameWriter(300)
        writer.begin(frame.ANSWER, ident, b"hello")
        writer.raw(b" protocol=99 firmware=9.9.9")
        return b"\n" + bytes(writer.line[: writer.seal()])

    with somebody(other) as port:
        probed = probe(Port(port, "", "", is_board=True))
    assert probed.state == State.OTHER_PROTOCOL
    assert "pip install --upgrade clapmark" in probed.note


def test_an_older_firmware_works_and_the_message_says_how_to_update_it() -> None:
    def older(data: bytes) -> bytes:
        writer = frame.FrameWriter(300)
        for line in data.split(b"\n"):
            if line.startswith(b"?"):
                ident, verb = line[1:].split()[:2]
                writer.begin(frame.ANSWER, int(ident), verb)
                if verb == b"hello":
                    writer.raw(b" protocol=1 firmware=0.0.1 device=a1b2c3d4e5f6 board=sim epoch=9ACE8F55")
                else:
                    writer.raw(b" key= size=17 at=0 value=%7B%22brightness%22:50%7D")
                return b"\n" + bytes(writer.line[: writer.seal()])
        return b""

    with somebody(older) as port:
        code, out, err = type_("settings", "get", "brightness", "--port", port)
    assert (code, out) == (0, "50\n")
    assert "firmware is 0.0.1, older" in err
    assert "`clapmark deploy` updates it" in err


def test_noise_silence_and_a_missing_port_are_reported(impatient) -> None:
    with somebody(lambda _: b"temperature 21.5\r\n") as port:
        assert asked(port) == State.NOISE
    with somebody(lambda _: b"") as port:
        assert asked(port) == State.SILENT
    code, out, _ = type_("devices", "--port", "/nowhere/ttyUSB9")
    assert code == 3
    assert "cannot be opened" in out


def test_only_usb_ports_are_listed_unless_named(monkeypatch: pytest.MonkeyPatch) -> None:
    class Listed:
        def __init__(self, device: str, vid: int | None) -> None:
            self.device, self.vid, self.pid, self.description = device, vid, 0xEA60, "CP2104"

    listed = [Listed("/dev/ttyUSB0", 0x10C4), Listed("/dev/ttyS0", None), Listed("/dev/ttyACM0", 0x1234)]
    monkeypatch.setattr("clapmark.link.ports.list_ports.comports", lambda: listed)
    monkeypatch.setattr("clapmark.link.ports.find_ports", lambda: ["/dev/ttyUSB0"])
    assert [(port.name, port.is_board) for port in ports()] == [("/dev/ttyACM0", False), ("/dev/ttyUSB0", True)]
    assert [port.name for port in ports(("/dev/ttyS7",))] == ["/dev/ttyS7"]


SYNC = bytes.fromhex("c0 00 08 24 00 00 00 00 00 07 07 12 20") + b"U" * 32 + b"\xc0"  # esptool sends the same


@pytest.fixture
def probed(monkeypatch: pytest.MonkeyPatch) -> Callable[[VirtualLine], Probed]:
    """Return a function that probes what is at a line in virtual time, which is closed again in any case."""

    def made(line: VirtualLine) -> Probed:
        laptop_at(line, monkeypatch)
        monkeypatch.setattr("clapmark.link.ports.SerialTransport", lambda name: line)
        found = probe(Port("line", "", "", is_board=True))
        assert line.is_closed
        return found

    return made


def greets(**fields: object) -> VirtualLine:
    values = {"protocol": 1, "device": "a1b2c3d4e5f6", "board": "oled", "firmware": "0.2.0", "epoch": "0BADF00D"}
    return VirtualLine(lambda request: says(b"hello", request.ident, **(values | fields)))


def test_the_note_says_who_it_is_what_is_not_synced_and_what_is_wrong(probed) -> None:
    assert probed(greets(last=1)).note == "oled a1b2c3d4e5f6, firmware 0.2.0, 1 record not synced"
    note = probed(greets(last=4, committed=6, problem="The panel does not answer")).note
    assert "0 records not synced; it believes 2 records to be synced that it does not have; it says: The panel" in note
    assert probed(greets(last=4, committed=5)).note.count("it believes 1 record ") == 1
    found = probed(greets())
    assert found.hello is not None and found.values()["hello"]["epoch"] == "0BADF00D"
    assert found.values()["state"] == "clapmark" and found.values()["port"] == "line"


def test_a_silent_port_is_given_two_seconds_and_then_asked_as_a_bootloader(probed) -> None:
    line = VirtualLine()
    found = probed(line)
    assert (found.state, found.values()["hello"]) == (State.SILENT, None)
    assert line.other_bytes.endswith(SYNC) and line.other_bytes.count(SYNC) == 1
    assert line.now_s == pytest.approx(2.3, abs=0.5)


def test_a_bootloaders_answer_is_found_in_any_pieces(probed) -> None:
    line = VirtualLine()

    def rom(data: bytes) -> bytes:
        if data == SYNC:
            for place, piece in enumerate((b"\x00\xc0", b"\x01\x08\x04\x00\x07\x07\x12\x20\x00\x00\x00\x00\xc0")):
                line.arrive(0.25 * (place + 1), piece)
        return b""

    line.answer_others = rom
    found = probed(line)
    assert found.state == State.BOOTLOADER and "`clapmark flash` can write it" in found.note


@pytest.mark.parametrize(("size", "pieces"), [(1024, 5), (4097, 1), (4096, 2)])
def test_a_stranger_that_answers_a_bootloaders_request_without_end_is_left_after_4_kilobytes(size, pieces, probed):
    line = VirtualLine()

    def stranger(data: bytes) -> bytes:
        if data == SYNC:
            for _ in range(20):
                line.arrive(0, b"x" * size)
        return b""

    line.answer_others = stranger
    assert probed(line).state == State.SILENT
    assert len(line._arriving) == 20 - pieces


def test_what_speaks_by_itself_is_not_asked_as_a_bootloader(probed) -> None:
    line = VirtualLine()
    line.arrive(0.1, b"temperature 21.5\r\n")
    assert probed(line).state == State.NOISE
    assert SYNC not in line.other_bytes


@pytest.mark.parametrize(("words", "state"), [(b"raw REPL; CTRL-B to exit\r\n>", State.PROMPT), (b"> ", State.NOISE)])
def test_the_raw_prompt_is_a_prompt_too(words, state, probed) -> None:
    line = VirtualLine()
    line.arrive(0.1, words)
    assert probed(line).state == state


def test_what_a_board_said_long_ago_is_not_judged(probed) -> None:
    for noise, state in ((4096 - len(b"waiting for download"), State.BOOTLOADER), (4096, State.NOISE)):
        line = VirtualLine()
        line.arrive(0.1, b"waiting for download")
        line.arrive(0.2, b"x" * noise)
        assert probed(line).state == state


def test_a_device_that_refuses_its_greeting_is_something_else_with_its_reason(probed) -> None:
    line = VirtualLine(lambda request: says(b"error", request.ident, code="journal", say="broken"))
    found = probed(line)
    assert found.state == State.NOISE and "no journal to read: broken" in found.note


def test_a_port_is_listed_with_its_words_and_its_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    class Listed:
        device, vid, pid, description = "/dev/ttyUSB0", 0x10C4, 0x00EA, None

    monkeypatch.setattr("clapmark.link.ports.list_ports.comports", lambda: [Listed()])
    monkeypatch.setattr("clapmark.link.ports.find_virtual_ports", lambda: [VirtualPort("/dev/pts/9", "oled", "/home")])
    assert ports(("/dev/ttyUSB0", "/dev/ttyS7", "/dev/pts/9")) == [
        Port("/dev/pts/9", "clapmark sim, oled, /home", "", is_board=True),
        Port("/dev/ttyS7", "", "", is_board=True),
        Port("/dev/ttyUSB0", "", "10c4:00ea", is_board=True),
    ]
