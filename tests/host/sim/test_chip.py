"""The virtual chip, with real MicroPython on it: pins, buses, flash, resets, heap."""

from PIL import Image

from clapmark.sim import HEAP_BYTES, MODELS_HEAP_BYTES, EventKind
from tests.support.sim_run import RecordingPanel, Run


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


def test_the_models_leave_the_heap_to_the_firmware(tmp_path) -> None:
    run = Run(
        tmp_path, "import gc, machine, esp32, select, asyncio, os\ngc.collect()\nsay(gc.mem_alloc(), gc.mem_free())\n"
    )
    assert run.play() == 0
    taken, free = (int(word) for word in run.said[0].split())
    bare_bytes = 2880  # the interpreter and asyncio alone, measured on 1.25 with 32 bits
    assert 0 < taken - bare_bytes < MODELS_HEAP_BYTES
    whole = HEAP_BYTES + MODELS_HEAP_BYTES
    assert 0.97 * whole < taken + free <= whole
