"""The virtual device's cable and keys from outside: a real port, and presses while it runs."""

import threading
import time
from datetime import UTC, datetime

import serial

from clapmark.base.environment import Environment
from clapmark.sim import EventKind
from clapmark.sim.script import Press
from tests.support.sim_run import Run

ECHO = """
import asyncio
async def echo():
    out = sys.stdout.buffer
    reader = asyncio.StreamReader(sys.stdin.buffer)
    while True:
        data = await reader.read(1)
        out.write(b"<" + data + b">" if data != b"\\x03" else b"three")
async def tick():
    while True:
        await asyncio.sleep_ms(50)
import micropython
micropython.kbd_intr(-1)
asyncio.run(asyncio.gather(echo(), tick()))
"""


def test_plug_speaks_over_a_real_port_at_life_speed(tmp_path) -> None:
    link = tmp_path / "port"
    run = Run(tmp_path, ECHO, "start 2026-05-15T13:00:00+10:00\n3600 plug\n3601 press A\n7200 end", link=link)
    thread = threading.Thread(target=run.play)
    thread.start()
    try:
        run.wait_for(EventKind.PLUGGED)
        variables = {"CLAPMARK_CLOCK": str(run.state / "clock")}
        with serial.Serial(str(link), 115200, timeout=2, exclusive=True) as port:
            now = Environment(variables=variables).now()
            assert abs((now - datetime(2026, 5, 15, 4, tzinfo=UTC)).total_seconds()) < 1
            began = time.monotonic()
            for byte in b"a\n\r\x00\xff":
                port.write(bytes([byte]))
                assert port.read(3) == b"<" + bytes([byte]) + b">"
            assert time.monotonic() - began < 0.5
            port.write(b"\x03")
            assert port.read(5) == b"three"
    finally:
        thread.join(10)
    assert not thread.is_alive()
    kinds = [event.kind for event in run.events]
    assert kinds == ["booted", "plugged", "opened", "closed", "unplugged", "pressed", "ended"]
    assert 3600 < run.only(EventKind.CLOSED).at_s < 3605
    assert run.only(EventKind.ENDED).number == 0
    assert not link.is_symlink()


def test_an_unplugged_cable_swallows_everything(tmp_path) -> None:
    link = tmp_path / "port"
    run = Run(tmp_path, ECHO, "60 end", link=link, speed=60.0)
    thread = threading.Thread(target=run.play)
    thread.start()
    try:
        run.wait_for(EventKind.BOOTED)
        with serial.Serial(str(link), 115200, timeout=0.3, exclusive=True) as port:
            port.write(b"hello")
            assert port.read(1) == b""
    finally:
        thread.join(10)
    assert EventKind.OPENED not in [event.kind for event in run.events]


def test_a_live_device_takes_presses_from_outside_and_stops_on_request(tmp_path) -> None:
    run = Run(
        tmp_path,
        """
pin = Pin(35, Pin.IN)
pin.irq(lambda pin: say("edge"), Pin.IRQ_FALLING)
while True:
    time.sleep_ms(100)
""",
        None,
        speed=10.0,
    )
    thread = threading.Thread(target=run.play)
    thread.start()
    try:
        run.wait_for(EventKind.PLUGGED)
        time.sleep(0.1)  # ten times as fast as life: it has booted
        run.simulation.post(Press("A"))
        run.wait_for(EventKind.PRESSED)
        time.sleep(0.2)
        run.simulation.stop()
    finally:
        thread.join(5)
    assert run.said[0] == "edge"
    assert 1 < run.only(EventKind.ENDED).at_s < 20


def test_a_stale_link_is_replaced(tmp_path) -> None:
    link = tmp_path / "port"
    link.symlink_to("/dev/pts/99999")
    assert Run(tmp_path, "", "1 end", link=link).play() == 0
    assert not link.is_symlink()
