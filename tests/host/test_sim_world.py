"""The virtual device, with real MicroPython in it: time, pins, buses, flash, resets, cable."""

import os
import signal
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

import pytest
import serial
from PIL import Image

from clapmark.environment import Environment
from clapmark.errors import ClapmarkError, ConflictError, UsageError
from clapmark.sim import HEAP_BYTES, MODELS_HEAP_BYTES, Event, EventKind, Simulation, parse_script
from clapmark.sim.script import Press


class RecordingPanel:
    """Stands where the panel's controller is, and keeps what comes over the bus."""

    written: ClassVar[list[tuple[int, bytes]]] = []

    def __init__(self) -> None:
        RecordingPanel.written = []

    def feed(self, dc: int, data: bytes) -> None:
        self.written.append((dc, data))

    def picture(self) -> Image.Image:
        return Image.new("RGB", (2, 1), (len(self.written), 0, 0))


class Run:
    """One run of a firmware given as text. `said` holds what it wrote with say()."""

    def __init__(self, folder: Path, firmware: str, script: str | None = "10 end", **options) -> None:
        app = folder / "app"
        app.mkdir(exist_ok=True)
        (app / "main.py").write_text(PRELUDE + firmware, encoding="utf-8")
        self.state = folder / "state"
        self.events: list[Event] = []
        self.changed = threading.Condition()
        self.simulation = Simulation(
            self.state,
            script=parse_script(script) if script else None,
            app=app,
            new_panel=RecordingPanel,
            on_event=self._on_event,
            **options,
        )

    def play(self) -> int:
        return self.simulation.run()

    def _on_event(self, event: Event) -> None:
        with self.changed:
            self.events.append(event)
            self.changed.notify_all()

    def wait_for(self, kind: EventKind) -> Event:
        with self.changed:
            assert self.changed.wait_for(lambda: any(event.kind == kind for event in self.events), 10), self.events
        return self.only(kind)

    def only(self, kind: EventKind) -> Event:
        (event,) = (event for event in self.events if event.kind == kind)
        return event

    @property
    def said(self) -> list[str]:
        return (self.state / "files" / "said.txt").read_text(encoding="utf-8").splitlines()


PRELUDE = """
import time, sys
from machine import Pin

def say(*words):
    with open("said.txt", "a") as file:
        print(*words, file=file)

"""


@pytest.mark.parametrize("bits", [32, 64])
def test_asyncio_sleeps_jump(tmp_path, bits) -> None:
    run = Run(
        tmp_path,
        """
import asyncio
async def tick(ms, count):
    for _ in range(count):
        await asyncio.sleep_ms(ms)
    say(ms, time.ticks_ms())
async def cancelled():
    task = asyncio.create_task(tick(1000, 99999))
    await asyncio.sleep(5)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        say("cancelled", time.ticks_ms())
    try:
        await asyncio.wait_for(asyncio.Event().wait(), 2)
    except asyncio.TimeoutError:
        say("timeout", time.ticks_ms(), time.ticks_us(), time.ticks_add(0x3FFFFFFF, 2), time.ticks_diff(3, 0x3FFFFFFF))
asyncio.run(asyncio.gather(tick(50, 60000), tick(1000, 3000), cancelled()))
""",
        "4000 end",
        bits=bits,
    )
    began = time.monotonic()
    assert run.play() == 0
    assert time.monotonic() - began < 5
    assert run.said == ["cancelled 5500", "timeout 7500 7500000 1 4", "1000 3000500", "50 3000500"]


def test_a_device_that_is_behind_the_pace_goes_on(tmp_path) -> None:
    run = Run(
        tmp_path,
        """
import asyncio
async def naps():
    count = 0
    while time.ticks_ms() < 60_000:
        await asyncio.sleep_ms(1)
        count += 1
    say(count > 100)
asyncio.run(naps())
""",
        "70 end",
        speed=100.0,
    )
    assert run.play() == 0
    assert run.said == ["True"]


def test_edges_come_at_their_time_with_bounce_and_the_same_in_every_run(tmp_path) -> None:
    firmware = """
pin = Pin(35, Pin.IN)
say("begin", pin.value())
pin.irq(lambda pin: say(time.ticks_us(), pin.value()), Pin.IRQ_FALLING | Pin.IRQ_RISING)
time.sleep(5)
"""
    first = Run(tmp_path, firmware, "seed 3\n1 press A 100ms\n3 press A 100ms\n4 end")
    assert first.play() == 0
    begin, *edges = [line.split() for line in first.said]
    assert begin == ["begin", "1"]
    moments = [int(us) for us, _ in edges]
    assert moments[0] == 1_000_000 and 1_100_000 in moments and 3_000_000 in moments and 3_100_000 in moments
    assert len(moments) > 4, "seed 3 should bounce"
    assert [level for _, level in edges] == ["0", "1"] * (len(edges) // 2)
    said = first.said
    (first.state / "files" / "said.txt").unlink()
    assert Run(tmp_path, firmware, "seed 3\n1 press A 100ms\n3 press A 100ms\n4 end").play() == 0
    assert first.said == said


def test_an_edge_in_a_busy_time_waits_for_its_end_and_a_full_queue_drops(tmp_path) -> None:
    run = Run(
        tmp_path,
        """
import esp32
pin = Pin(35, Pin.IN)
stamps = []
pin.irq(lambda pin: stamps.append(time.ticks_ms()), Pin.IRQ_FALLING | Pin.IRQ_RISING)
flash = esp32.Partition.find(0x40, label="journal")[0]
time.sleep_ms(499)  # and 500 of the boot
for block in range(20):
    flash.ioctl(6, block)      # 50 ms each, and the presses come at 1000, 1200, ...
say(stamps)
""",
        "seed 3\n" + "\n".join(f"{1 + i * 0.2} press A 20ms" for i in range(4)) + "\n3 end",
    )
    assert run.play() == 0
    stamps = [int(word) for word in run.said[0].strip("[]").split(", ")]
    assert set(stamps) == {1049, 1249, 1449, 1649}
    for stamp in set(stamps):
        assert stamps.count(stamp) <= 8
    dropped = [event for event in run.events if event.kind == EventKind.DROPPED_EDGE]
    assert dropped and all(event.number == 35 for event in dropped)


def test_bytes_on_the_bus_come_with_the_level_of_dc_and_take_their_time(tmp_path) -> None:
    run = Run(
        tmp_path,
        """
from machine import SPI
spi = SPI(1, baudrate=26_000_000, sck=Pin(18), mosi=Pin(19))
cs, dc = Pin(5, Pin.OUT, value=1), Pin(16, Pin.OUT, value=0)
spi.write(b"not for the panel")
cs(0)
spi.write(b"\\x2c")
dc.on()
began = time.ticks_us()
spi.write(bytearray(64800))
say(time.ticks_diff(time.ticks_us(), began))
cs(1)
""",
        "1 screenshot shots/one.png\n2 end",
    )
    assert run.play() == 0
    assert [(dc, len(data)) for dc, data in RecordingPanel.written] == [(0, 1), (1, 64800)]
    assert RecordingPanel.written[0][1] == b"\x2c"
    assert 19_000 < int(run.said[0]) < 26_000  # 80 MHz / 4 = 20 MHz is what the ESP32 makes of 26: 25.9 ms
    with Image.open(run.state / "shots" / "one.png") as picture:
        assert picture.getpixel((0, 0)) == (2, 0, 0)


def test_nor_flash_refuses_what_needs_an_erase(tmp_path) -> None:
    run = Run(
        tmp_path,
        """
import esp32
flash = esp32.Partition.find(0x40, label="journal")[0]
say(flash.ioctl(4, 0), flash.ioctl(5, 0), esp32.Partition.find(1))
def attempt(data, offset):
    try:
        flash.writeblocks(1, data, offset)
    except OSError as error:
        say(error.args[0])
began = time.ticks_us()
flash.writeblocks(1, b"x" * 120, 8)
say(time.ticks_diff(time.ticks_us(), began))
attempt(b"\\x00", 8)    # clears bits only, and yet twice
attempt(b"\\xff", 9)    # sets bits
attempt(b"p" * 9, 0)
back = bytearray(4)
flash.readblocks(1, back, 6)
say(bytes(back))
flash.ioctl(6, 1)
flash.readblocks(1, back, 6)
say(bytes(back))
attempt(b"fresh", 8)
attempt(bytes(8), 4090)
""",
    )
    assert run.play() == 1, "a broken rule of the flash ends in exit code 1"
    size, took, *rest = run.said
    assert size == "64 4096 []" and took == "1000"
    assert rest == ["5", "5", "5", "b'\\xff\\xffxx'", "b'\\xff\\xff\\xff\\xff'"]
    told = [event.text for event in run.events if event.kind == EventKind.FLASH_VIOLATION]
    assert told == [
        "a byte programmed twice at byte 4104 of flash.bin",
        "a bit set without an erase at byte 4105 of flash.bin",
        "a byte programmed twice at byte 4104 of flash.bin",
    ]
    flash = (run.state / "flash.bin").read_bytes()
    assert len(flash) == 256 * 1024 and flash[4104:4109] == b"fresh" and flash[8186:8194] == bytes(8)


def test_a_power_cut_inside_an_operation_leaves_a_part_of_it(tmp_path) -> None:
    run = Run(
        tmp_path,
        """
import esp32
flash = esp32.Partition("journal")
back = bytearray(120)
flash.readblocks(0, back)
if back[0] == 0xFF:
    time.sleep_us(500_000 - 12)  # reading took 12 us, the boot 0.5 s
    flash.writeblocks(0, b"z" * 120, 0)
    say("not reached")
say(bytes(back).rstrip(b"\\xff"))
""",
        "1.0007 power-cut\n2 end",
    )
    assert run.play() == 0
    assert run.said == ["b'" + "z" * 60 + "'"]
    assert [event.text for event in run.events if event.kind == EventKind.BOOTED] == ["poweron", "poweron"]


def test_a_reset_keeps_rtc_and_its_memory_and_a_power_cut_loses_both(tmp_path) -> None:
    run = Run(
        tmp_path,
        """
import machine
rtc = machine.RTC()
say(machine.reset_cause(), time.ticks_ms(), rtc.datetime()[:7], rtc.memory())
time.sleep(1)
rtc.datetime((2026, 5, 15, 4, 13, 0, 0, 0))
rtc.memory(b"left=42")
assert time.mktime(time.gmtime()) == time.time(), (time.gmtime(), time.time())
time.sleep(100)
""",
        "10 reset\n20 power-cut\n30 end",
    )
    assert run.play() == 0
    assert run.said == [
        "1 500 (2000, 1, 1, 5, 0, 0, 0) b''",
        "2 500 (2026, 5, 15, 4, 13, 0, 9) b'left=42'",
        "1 500 (2000, 1, 1, 5, 0, 0, 0) b''",
    ]


def test_the_chip_resets_itself(tmp_path) -> None:
    run = Run(
        tmp_path,
        """
import machine
say(machine.reset_cause(), time.ticks_ms(), machine.unique_id())
if machine.reset_cause() == machine.PWRON_RESET:
    time.sleep(1)
    machine.reset()
if machine.reset_cause() == machine.HARD_RESET:
    time.sleep(1)
    machine.soft_reset()
if machine.reset_cause() == machine.SOFT_RESET:
    dog = machine.WDT(timeout=500)
    for _ in range(10):
        time.sleep_ms(400)
        dog.feed()
    time.sleep(10)
""",
        "20 end",
    )
    assert run.play() == 0
    device = "b'\\x02\\xc1\\xa9\\x00\\x00\\x01'"
    assert run.said == [f"1 500 {device}", f"2 500 {device}", f"5 1550 {device}", f"3 500 {device}"]
    resets = [(round(event.at_s, 3), event.text) for event in run.events if event.kind == EventKind.RESET]
    assert resets == [(1.5, "by itself, hard"), (3, "by itself, soft"), (7.55, "by itself, watchdog")]


def test_a_loop_that_only_looks_does_not_stop_the_time(tmp_path) -> None:
    run = Run(
        tmp_path,
        """
while time.ticks_ms() < 100:
    pass
pin = Pin(0, Pin.IN, Pin.PULL_UP)
while pin.value():
    pass
say(time.ticks_ms() // 10)
""",
        "2 press B 1s\n4 end",
    )
    assert run.play() == 0
    assert run.said == ["200"]


def test_nothing_on_the_hot_path_allocates(tmp_path) -> None:
    run = Run(
        tmp_path,
        """
import esp32, select, asyncio, micropython
from machine import SPI
pin = Pin(35, Pin.IN)
count = 0
flag = asyncio.ThreadSafeFlag()
def edge(_pin):
    global count
    count += 1
    flag.set()
pin.irq(edge, Pin.IRQ_FALLING | Pin.IRQ_RISING)
spi, dc = SPI(1, baudrate=20_000_000), Pin(16, Pin.OUT)
flash = esp32.Partition("journal")
line = bytearray(b"z" * 120)
picture = bytearray(2000)
poll = select.poll()
poll.register(sys.stdin, select.POLLIN)
poll.ipoll(0)  # the first call makes what it keeps
task_queue = asyncio.core._task_queue
def work():
    dc.on()
    spi.write(picture)
    flash.writeblocks(0, line, 0)
    flash.readblocks(0, line, 0)
    flash.ioctl(6, 5)
    for _ in poll.ipoll(1500):
        pass
    time.ticks_diff(time.ticks_ms(), time.ticks_us())
    time.time()
    time.sleep_ms(3000)
asyncio.sleep_ms(0)
micropython.heap_lock()
work()
micropython.heap_unlock()
say(count > 1)
""",
        "1 press A\n6 end",
    )
    assert run.play() == 0, run.events
    assert run.said == ["True"]


def test_an_exception_that_escapes_ends_the_run_with_its_traceback(tmp_path) -> None:
    run = Run(tmp_path, 'time.sleep(1)\nraise ValueError("the battery is flat")\n')
    assert run.play() == 1
    crash = run.only(EventKind.CRASHED)
    assert crash.at_s == 1.5
    assert "ValueError: the battery is flat" in crash.text and "main.py" in crash.text


def test_a_process_that_dies_ends_the_run(tmp_path) -> None:
    run = Run(tmp_path, "import os\nos.system('kill -9 $PPID')\ntime.sleep(1)\n")
    assert run.play() == 1
    assert "process ended" in run.only(EventKind.CRASHED).text


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


def test_a_live_device_takes_presses_from_outside_and_stops_when_told(tmp_path) -> None:
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


def test_a_second_run_finds_the_same_device(tmp_path) -> None:
    firmware = """
import esp32, machine, os
flash, back = esp32.Partition("journal"), bytearray(3)
flash.readblocks(0, back, 0)
say(bytes(back), machine.reset_cause(), machine.RTC().memory(), machine.unique_id(), open("board.json").read().strip())
flash.writeblocks(0, b"one", 0) if back[0] == 255 else None
machine.RTC().memory(b"lost")
say(os.urandom(4))
"""
    assert Run(tmp_path, firmware, "seed 5\n1 end").play() == 0
    run = Run(tmp_path, firmware, "seed 6\n1 end")
    assert run.play() == 0
    first, random, second, other = run.said
    assert first == "b'\\xff\\xff\\xff' 1 b'' b'\\x02\\xc1\\xa9\\x00\\x00\\x05' {\"board\": \"sim\"}"
    assert second == "b'one' 1 b'' b'\\x02\\xc1\\xa9\\x00\\x00\\x05' {\"board\": \"sim\"}"
    assert random != other


def test_what_stands_in_the_way_is_left_and_told(tmp_path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("words")
    with pytest.raises(ConflictError, match="left as it is"):
        Run(tmp_path, "", link=precious).play()
    assert precious.read_text() == "words"
    with pytest.raises(UsageError, match="no virtual board"):
        Run(tmp_path, "", board="toaster")
    with pytest.raises(UsageError, match="--board sim"):
        Run(tmp_path, "", board="tdisplay").play()
    with pytest.raises(UsageError, match="cannot be a state folder"):
        Simulation(precious, script=parse_script("1 end"), new_panel=RecordingPanel).run()


def test_two_devices_do_not_share_a_folder(tmp_path) -> None:
    run = Run(tmp_path, "", None)
    thread = threading.Thread(target=run.play)
    thread.start()
    try:
        run.wait_for(EventKind.PLUGGED)
        with pytest.raises(ClapmarkError, match="Another virtual device"):
            Run(tmp_path, "").play()
    finally:
        run.simulation.stop()
        thread.join(5)


def test_a_stale_link_is_replaced(tmp_path) -> None:
    link = tmp_path / "port"
    link.symlink_to("/dev/pts/99999")
    assert Run(tmp_path, "", "1 end", link=link).play() == 0
    assert not link.is_symlink()


def test_no_descriptor_is_left_open(tmp_path) -> None:
    Run(tmp_path, "", "1 reset\n2 end").play()
    before = len(os.listdir("/proc/self/fd"))
    Run(tmp_path, "", "1 reset\n2 power-cut\n3 end").play()
    assert len(os.listdir("/proc/self/fd")) == before


def test_the_models_leave_the_heap_to_the_firmware(tmp_path) -> None:
    run = Run(
        tmp_path, "import gc, machine, esp32, select, asyncio, os\ngc.collect()\nsay(gc.mem_alloc(), gc.mem_free())\n"
    )
    assert run.play() == 0
    taken, free = (int(word) for word in run.said[0].split())
    bare_bytes = 2880  # the interpreter and asyncio alone, measured on 1.25 with 32 bits
    assert 0 < taken - bare_bytes < MODELS_HEAP_BYTES
    assert 0.97 * HEAP_BYTES < taken + free <= HEAP_BYTES


def test_ctrl_c_ends_the_run_with_130_and_leaves_nothing_behind(tmp_path) -> None:
    run = Run(tmp_path, "time.sleep(1000)\n", None, link=tmp_path / "port")
    children = Path(f"/proc/self/task/{threading.get_native_id()}/children")
    earlier = set(children.read_text().split())  # another test's resource tracker lives as long as the test run
    # a program that was started in the background by a shell ignores the signal, and so would this one
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        interrupt = threading.Timer(1.0, lambda: os.kill(os.getpid(), signal.SIGINT))
        interrupt.start()
        assert run.play() == 130
        interrupt.join()
    finally:
        signal.signal(signal.SIGINT, before)
    assert not (tmp_path / "port").is_symlink()
    assert set(children.read_text().split()) == earlier
