"""Runs on MicroPython: draws every screen through the real driver, and writes what was on the bus to stdout.

The argument is the panel's driver, `st7789` or `ssd1306`. Each message is a letter, the length in three bytes (big
endian) and that many bytes: `c` command, `d` data, `i` an I2C transaction without its address, `n` name of the scene
that is complete, followed by `p`, a byte for each pixel of the canvas, and `q`, the palette.
"""

import sys

from firmware.core import state as shown
from firmware.core.countdown import Countdown
from firmware.ui.display import Display


def send(letter, data):
    out = sys.stdout.buffer
    out.write(letter)
    out.write(len(data).to_bytes(3, "big"))
    out.write(data)


class Level:
    def __init__(self):
        self.level = 1

    def value(self, level):
        self.level = level


class SpiBus:
    def __init__(self, cs, dc):
        self.cs = cs
        self.dc = dc

    def write(self, data):
        assert not self.cs.level, "the panel is not selected"
        send(b"d" if self.dc.level else b"c", data)


class I2cBus:
    def writeto(self, address, data):
        assert address == 0x3C
        send(b"i", data)


def new_panel(name):
    if name == "ssd1306":
        from firmware.drivers.ssd1306 import SSD1306

        return SSD1306(I2cBus(), ())
    from firmware.drivers.st7789 import ST7789

    cs = Level()
    dc = Level()
    return ST7789(SpiBus(cs, dc), cs, dc, Level())


display = Display(new_panel(sys.argv[1]))
state = shown.State()


def show(name):
    display.refresh(state)
    send(b"n", name.encode())
    frame, width, height, palette = display.picture()
    send(b"p", bytes([frame.pixel(x, y) for y in range(height) for x in range(width)]))
    send(b"q", palette)


UTC_S = 1_557_012_600  # 2019-05-04 23:30 UTC
talk = shown.Talk(
    b"42",
    UTC_S - 720,
    UTC_S + 1080,
    b"Grand Ballroom A",
    b"Shipping Python to small machines: what we learned from ten thousand boards in the field",
    b"Elana Hashman",
)
following = shown.Talk(
    b"43",
    UTC_S + 1500,
    UTC_S + 3300,
    b"Room 26A/B/C",
    b"Caf\xe9, na\xefve, \xdcbung: text is hard",
    b"\xc5sa \xd8stergaard",
)
lightning = shown.Talk(b"l7", 0, 0, b"", b"Tests that cannot fail", b"Lynn Root")


def note():
    state.screen = shown.NOTE
    state.now_ms = 5_000
    show("note-first")
    state.tag = b"note"
    show("note-no-talk")
    state.utc_min = UTC_S // 60
    state.utc_offset_s = -4 * 3600
    state.talk = talk
    show("note")
    state.flash = shown.FLASH_SAVED
    state.flash_number = 1
    state.flash_tag = b"quote"
    show("note-saved")
    state.flash = shown.FLASH_RETAGGED
    state.flash_tag = b"question"
    show("note-retagged")
    state.flash_tag = b"@work:to-do (x)"
    show("note-retagged-odd")
    state.flash_tag = b"todo"
    state.flash = shown.FLASH_PASSAGE
    state.flash_number = 23
    show("note-passage")
    state.flash = shown.FLASH_UNDONE
    state.flash_tag = b"idea"
    show("note-undone")
    state.flash = shown.FLASH_NOT_SAVED
    state.flash_reason = b"The journal is full. Sync with the laptop."
    show("note-not-saved")
    state.flash = shown.FLASH_NONE
    state.bookmark_count = 23
    state.tag = b"question"
    show("note-after")
    state.bookmark_count = 24
    state.tag = b"note"
    state.utc_min += 1
    show("note-minute")
    state.talk = following
    state.journal_percent = 93
    show("note-latin-1")
    state.talk = shown.Talk(b"44", UTC_S, UTC_S + 600, b"101", b"Python", b"")
    state.journal_percent = 0
    state.bookmark_count = 1
    show("note-short")


def tick(from_s, to_s, name):
    """Tick once a second, from so many seconds left to so many; `name` is what the last picture is called."""
    left_s = from_s
    while left_s >= to_s:
        state.now_ms = state.countdown._deadline_ms - left_s * 1000
        show(name if left_s == to_s else "tick")
        left_s -= 1


def countdown():
    state.screen = shown.COUNTDOWN
    state.countdown = Countdown()
    state.preset = b"lightning"
    state.talk = lightning
    state.now_ms = 1000
    show("countdown-ready")
    state.countdown.start(1000)
    show("countdown-started")
    tick(299, 228, "countdown-running")
    state.flash = shown.FLASH_SAVED
    state.flash_tag = b"quote"
    state.flash_number = 4
    show("countdown-saved")
    state.flash = shown.FLASH_NOT_SAVED
    show("countdown-not-saved")
    state.flash = shown.FLASH_NONE
    tick(227, 227, "countdown-after-flash")
    state.countdown.pause(state.now_ms)
    show("countdown-paused")
    state.countdown.resume(state.now_ms)
    tick(60, 47, "countdown-one-finger")
    tick(20, 8, "countdown-two-fingers")
    state.flash = shown.FLASH_PASSAGE
    show("countdown-passage")
    state.flash = shown.FLASH_NONE
    tick(0, -3, "countdown-applause")
    tick(-5, -83, "countdown-overtime")
    state.countdown.stop(state.now_ms)
    show("countdown-stopped")
    state.countdown.load(25 * 60_000, 60_000, 20_000, True)
    state.preset = b"25 min"
    state.talk = following
    state.silent = True
    state.countdown.start(state.now_ms)
    tick(1499, 1420, "countdown-long")
    tick(602, 597, "countdown-ten")
    state.countdown.load(120 * 60_000, 60_000, 20_000, True)
    state.preset = b"workshop"
    show("countdown-two-hours")
    state.silent = False


def others():
    state.screen = shown.CLOCK
    state.next_talk = following
    state.unsynced = 37
    state.battery_percent = 84
    show("clock")
    state.battery_percent = 12
    state.next_talk = None
    state.unsynced = 0
    show("clock-last")
    state.utc_min = 0
    state.now_ms = 83 * 60_000
    state.battery_percent = -1
    state.journal_percent = 91
    show("clock-not-set")
    state.screen = shown.MENU
    state.menu_items = (
        b"Take back #3",
        b"Stop",
        b"Next speaker",
        b"+1 min",
        b"Notes",
        b"Talk ...",
        b"Countdown ...",
        b"Silent",
        b"Info",
    )
    state.menu_index = 0
    show("menu")
    state.menu_index = 1
    show("menu-second")
    state.menu_index = 6
    show("menu-far")
    state.menu_items = (b"Shipping Python to small machines: what we learned", b"Python", b"\xdcbung macht Meister")
    state.menu_index = 2
    show("menu-talks")
    state.screen = shown.INFO
    state.info_lines = (
        b"Firmware: 0.1.0, MicroPython 1.25.0",
        b"Board: tdisplay 24:0a:c4:00:01:10",
        b"Journal: 3 % full, 0 damaged",
        b"Not synced: 37",
        b"Heap: 41 KB free",
        b"Up: 1:23, boot 7",
    )
    show("info")
    state.screen = shown.FAULT
    state.fault = b"link: ValueError invalid literal for int() with base 10: 'x', and a good deal more than fits"
    show("fault")


note()
countdown()
others()
