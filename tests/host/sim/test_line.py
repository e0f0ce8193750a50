"""The virtual device's serial line: text and bytes, boot text, resets when the port is opened, a real line's speed."""

import threading
import time
from pathlib import Path

import pytest
import serial
from hypothesis import given
from hypothesis import strategies as st

from clapmark.link.client import LinkClient, SerialTransport
from clapmark.sim import Event, EventKind, Simulation, parse_script
from clapmark.sim.causes import CAUSES, HARD, POWER_ON, SOFT
from clapmark.sim.serial.boot_text import BOOT_US, boot_text
from clapmark.sim.serial.wire import Wire
from clapmark.sim.timeline import NEVER_US

ECHO = """
import select, sys, time, micropython
micropython.kbd_intr(-1)
poll = select.poll()
poll.register(sys.stdin, select.POLLIN)
out = sys.stdout.buffer
while True:
    for _ in poll.ipoll(20):
        out.write(sys.stdin.buffer.read(1))
"""


class LiveDevice:
    """A device that lives in another thread; its firmware is `main`, or the app where that is ""."""

    def __init__(self, folder: Path, main: str = "", **options) -> None:
        self.link = folder / "port"
        self.events: list[Event] = []
        if main:
            (folder / "app").mkdir()
            (folder / "app" / "main.py").write_text(main)
            options["app"] = folder / "app"
        self.simulation = Simulation(folder / "state", link=self.link, on_event=self.events.append, **options)
        self._plugged = threading.Event()
        self._thread = threading.Thread(target=self.simulation.run)

    def __enter__(self) -> "LiveDevice":
        self._thread.start()
        end = time.monotonic() + 10
        while not self.of(EventKind.PLUGGED) and time.monotonic() < end:
            time.sleep(0.01)
        time.sleep(0.15)  # the boot text of the power-up is over, and lost
        return self

    def __exit__(self, *_) -> None:
        self.simulation.stop()
        self._thread.join(10)
        assert not self._thread.is_alive()

    def of(self, kind: EventKind) -> list[Event]:
        return [event for event in self.events if event.kind == kind]

    def port(self) -> serial.Serial:
        return serial.Serial(str(self.link), 115200, timeout=0.4, exclusive=True)


def read_until(port: serial.Serial, end: bytes) -> bytes:
    data = b""
    deadline = time.monotonic() + 5
    while not data.endswith(end) and time.monotonic() < deadline:
        data += port.read(1)
    assert data.endswith(end), data
    return data


def test_text_gets_crlf_and_bytes_do_not_and_both_keep_their_order(tmp_path) -> None:
    main = """
import sys, time
time.sleep(0.2)
for number in range(50):
    print("text", number)
    sys.stdout.buffer.write(b"bytes\\n")
    sys.stdout.write("a\\r\\n")
try:
    1 / 0
except ZeroDivisionError as error:
    sys.print_exception(error)
sys.stdout.buffer.write(b"end")
time.sleep(100)
"""
    with LiveDevice(tmp_path, main) as device, device.port() as port:
        data = read_until(port, b"end")
    text, _, trace = data.partition(b"Traceback")
    assert text == b"".join(b"text %d\r\nbytes\na\r\r\n" % number for number in range(50))
    assert trace.count(b"\n") == trace.count(b"\r\n") == 3


def test_every_start_of_the_chip_prints_its_boot_text_before_the_firmware_speaks(tmp_path) -> None:
    main = """
import machine, sys, time
sys.stdout.buffer.write(b"ready %d\\n" % time.ticks_ms())
time.sleep(0.1)
if machine.reset_cause() == machine.PWRON_RESET:
    machine.reset()
machine.soft_reset() if machine.reset_cause() == machine.HARD_RESET else time.sleep(100)
"""
    with LiveDevice(tmp_path, main) as device, device.port() as port:
        assert read_until(port, b"ready 500\n").endswith(b"ready 500\n")
        assert read_until(port, b"ready 500\n") == boot_text(HARD) + b"ready 500\n"
        # 650, or a little more where this machine is behind
        assert read_until(port, b"ready 6").startswith(boot_text(SOFT) + b"ready 6")
    booted = device.of(EventKind.BOOTED)
    assert [event.text for event in booted] == ["poweron", "hard", "soft"]
    assert booted[1].at_s >= BOOT_US / 1e6 + 0.1


def test_boot_text_has_the_shape_of_the_roms_and_tells_the_cause() -> None:
    for cause in CAUSES:
        assert boot_text(cause).count(b"\n") == boot_text(cause).count(b"\r\n") > 0
    assert b"rst:0x1 (POWERON_RESET)" in boot_text(POWER_ON)
    assert len({boot_text(cause) for cause in CAUSES}) == len(CAUSES)


def test_hello_survives_a_board_that_resets_when_its_port_is_opened(tmp_path) -> None:
    with LiveDevice(tmp_path, reset_at_open=True) as device:
        boots = []
        for number in range(2):
            with LinkClient(SerialTransport(device.link)) as client:
                boots.append(client.hello().boot)
                assert client.reader.junk_bytes > 300, "the boot text"
                assert client.status()
            while len(device.of(EventKind.CLOSED)) <= number:  # two openings too close to each other look like one
                time.sleep(0.01)
        assert boots[1] == boots[0] + 1
    assert [event.text for event in device.of(EventKind.RESET)] == ["the port was opened"] * 2


def say_until_heard(port, word: bytes) -> None:
    """Write `word` until it comes back, and read until no more bytes arrive."""
    heard = b""
    end = time.monotonic() + 20
    while word not in heard:
        assert time.monotonic() < end, "no echo"
        port.write(word)
        heard += port.read(1)
    while port.read(64):
        pass


def test_bytes_sent_while_the_chip_starts_are_lost(tmp_path) -> None:
    with LiveDevice(tmp_path, ECHO, reset_at_open=True) as device, device.port() as port:
        read_until(port, b"chip has none\r\n")
        port.write(b"lost")
        heard = b""
        while not heard:
            port.write(b"k")
            heard = port.read(2)
        assert heard == b"k"


def test_a_line_of_115200_baud_carries_so_many_bytes_a_second_and_loses_none(tmp_path) -> None:
    sent = bytes(range(256)) * 16
    with LiveDevice(tmp_path, ECHO, baud=115_200) as device, device.port() as port:
        for _ in range(8):
            say_until_heard(port, b"k")
            overruns = len(device.of(EventKind.OVERRUN))
            began = time.monotonic()
            threading.Thread(target=port.write, args=(sent,)).start()
            back = b""
            while len(back) < len(sent) and time.monotonic() - began < 2:
                back += port.read(min(512, len(sent) - len(back)))
            took = time.monotonic() - began
            is_undisturbed = len(device.of(EventKind.OVERRUN)) == overruns
            assert back == sent or not is_undisturbed, "nothing is lost without a word"
            assert len(sent) / 11_520 <= took
            if is_undisturbed and took < 2 * len(sent) / 11_520:
                return
    pytest.fail("this machine stood still for 20 ms in each of eight tries")


@pytest.mark.parametrize(("sent_bytes", "kept_bytes"), [(259, 259), (400, 259)])
def test_the_receive_ring_overflows_silently_while_it_is_not_read(tmp_path, sent_bytes, kept_bytes) -> None:
    main = """
import esp32, select, sys, time
poll = select.poll()
poll.register(sys.stdin, select.POLLIN)
flash = esp32.Partition("journal")
while not any(poll.ipoll(10)):
    sys.stdout.buffer.write(b".")
sys.stdin.buffer.read(1)
for block in range(3):
    flash.ioctl(6, block)  # stops the chip for 50 ms
while True:
    sys.stdout.buffer.write(sys.stdin.buffer.read(1))
"""
    with LiveDevice(tmp_path, main, baud=115_200) as device, device.port() as port:
        read_until(port, b".")  # it has started
        sent = bytes(32 + number % 64 for number in range(sent_bytes))
        port.write(b"!" + sent)
        back = b""
        while piece := port.read(1):
            back += piece
    back = back.lstrip(b".")
    lost = sum(event.number for event in device.of(EventKind.OVERRUN))
    assert len(back) + lost == sent_bytes
    assert len(back) == kept_bytes


@given(st.lists(st.tuples(st.integers(0, 30_000), st.binary(max_size=50)), max_size=30), st.integers(300, 2_000_000))
def test_a_wire_keeps_bytes_order_and_speed(steps: list[tuple[int, bytes]], baud: int) -> None:
    wire = Wire(baud)
    now_us = 0
    sent = arrived = b""
    for wait_us, data in steps:
        now_us += wait_us
        arrived += wire.take(now_us)
        wire.put(data, now_us)
        sent += data
        assert len(arrived) <= now_us * baud // 10_000_000 + 1
    while (next_us := wire.next_us()) != NEVER_US:
        now_us = max(now_us, next_us)
        piece = wire.take(now_us)
        assert piece
        arrived += piece
    assert arrived == sent
    wire.put(b"x", now_us)
    wire.clear()
    assert not wire and wire.take(now_us + 10**9) == b""


def test_a_scripted_plug_works_at_a_real_lines_speed(tmp_path) -> None:
    plugged = threading.Event()
    script = parse_script("5 plug\n20 end")
    events: list[Event] = []

    def on_event(event: Event) -> None:
        events.append(event)
        if event.kind == EventKind.PLUGGED:
            plugged.set()

    simulation = Simulation(
        tmp_path / "state", script=script, link=tmp_path / "port", baud=115_200, reset_at_open=True, on_event=on_event
    )
    thread = threading.Thread(target=simulation.run)
    thread.start()
    try:
        assert plugged.wait(10)
        with LinkClient(SerialTransport(tmp_path / "port")) as client:
            hello = client.hello()
            assert len(list(client.records(hello.first_seq))) == hello.last_seq - hello.first_seq + 1 >= 2
    finally:
        thread.join(10)
    assert not thread.is_alive()
    assert [event.number for event in events if event.kind == EventKind.ENDED] == [0]
    assert not [event for event in events if event.kind == EventKind.OVERRUN]
