"""The SSD1306 behind an OLED of 128 x 64 pixels, on I2C.

Source: Solomon Systech SSD1306 datasheet rev 1.1, chapters 8.1.5, 9 and 10, and its application note (charge pump).
Its memory has the canvas's own form: a byte is eight pixels below each other, bit 0 on top, and 128 bytes are a page.
Nothing can be read back, but every byte is acknowledged: a panel that does not answer makes `init` and `show` raise
OSError. It has no reset line of its own, so `init` leaves nothing to what it finds.
"""

import framebuf
from micropython import const

_DATA = const(0x40)  # control byte: what follows goes into the memory
_DISPLAY_OFF = const(0xAE)
_DISPLAY_ON = const(0xAF)

_ETIMEDOUT = const(116)

_PAGE_PX = const(8)
_WIDTHS_PX = bytes((4, 8, 12, 16, 20, 24, 28, 32, 48, 64, 128))  # of the rows that are sent

_INIT = (
    b"\x00"  # control byte: what follows are commands
    b"\xae"  # display off
    b"\xd5\x80"  # clock: no division, 370 kHz
    b"\xa8\x3f"  # 64 rows
    b"\xd3\x00\x40"  # from the first row on
    b"\x8d\x14"  # charge pump on: the glass needs 7.5 V
    b"\x20\x00"  # horizontal addressing: from page to page inside a window
    b"\xa1\xc8"  # column 127 on the left, rows from below: the connector is on top
    b"\xda\x12"  # how the rows are wired to the glass
    b"\xd9\xf1\xdb\x40"  # precharge and deselect level for the charge pump
    b"\xa4\xa6"  # show the memory; a set bit is lit
    b"\x2e"  # no scrolling
)


class SSD1306:
    """One panel at `address` (0x3C or 0x3D) of an I2C bus, which may run at up to 400 kHz. `lines` are its two pins.

    A bus that something holds low would keep the ESP32 waiting for seconds, so the lines are looked at first.
    """

    width = 128
    height = 64
    format = framebuf.MONO_VLSB  # of the canvas that `show` takes

    def __init__(self, i2c, lines, address=0x3C):
        self._i2c = i2c
        self._lines = lines
        self._address = address
        self._window = bytearray(b"\x00\x21\x00\x7f\x22\x00\x07")  # commands: columns from, to; pages from, to
        self._level = bytearray(b"\x00\x81\xcf\xaf")  # commands: contrast; display on
        row = memoryview(bytearray(1 + self.width))
        row[0] = _DATA
        self._row = framebuf.FrameBuffer(row[1:], self.width, _PAGE_PX, framebuf.MONO_VLSB)
        # a slice would allocate: so here is a view for each width that is ever sent
        self._views = [row[: 1 + count] for count in _WIDTHS_PX]

    def set_palette(self, rgb):
        """Set the palette of the colour numbers: here every number except 0 is lit."""

    def init(self, frame):
        """Wake the controller, which then shows `frame`."""
        self._check()
        self._i2c.writeto(self._address, _INIT)
        self.show(frame, 0, 0, self.width, self.height)  # the controller's memory begins with snow
        self._i2c.writeto(self._address, self._level)

    def light(self, percent):
        """Set the brightness to 0 (dark) to 100 percent."""
        level = self._level
        level[2] = percent * 255 // 100
        level[3] = _DISPLAY_ON if percent else _DISPLAY_OFF
        self._i2c.writeto(self._address, level)

    def show(self, frame, x, y, width, height):
        """Send a rectangle of `frame`, a FrameBuffer as large as the panel; it may grow by some pixels.

        Allocates nothing.
        """
        for view in self._views:
            if len(view) > width:
                break
        width = len(view) - 1
        x = min(x, self.width - width)
        page = y // _PAGE_PX
        end_page = (y + height + _PAGE_PX - 1) // _PAGE_PX
        window = self._window
        window[2] = x
        window[3] = x + width - 1
        window[5] = page
        window[6] = end_page - 1
        self._check()
        self._i2c.writeto(self._address, window)
        while page < end_page:
            self._row.blit(frame, -x, -page * _PAGE_PX)
            self._i2c.writeto(self._address, view)
            page += 1

    def _check(self):
        for line in self._lines:
            if not line.value():
                raise OSError(_ETIMEDOUT)
