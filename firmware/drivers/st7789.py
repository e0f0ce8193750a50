"""The ST7789V behind glass of 135 x 240 pixels, on SPI (source: Sitronix ST7789V datasheet V1.4, chapters 7.4 and 9.1).

The canvas holds 2-bit colour numbers. A rectangle of it is converted row by row through one small RGB565 buffer, so
that a full frame of 16-bit colours is never in memory.
"""

from time import sleep_ms

import framebuf
from micropython import const

_SLPOUT = const(0x11)
_INVON = const(0x21)
_DISPON = const(0x29)
_CASET = const(0x2A)
_RASET = const(0x2B)
_RAMWR = const(0x2C)
_MADCTL = const(0x36)
_COLMOD = const(0x3A)

_RESET_PULSE_MS = const(1)  # Reset timing: at least 10 us
_RESET_MS = const(120)  # Reset timing: before SLPOUT, if the panel was awake
_AWAKE_MS = const(5)  # SLPOUT: before the next command

# the controller's address of the top left pixel: the glass is in the middle of its 240 x 320 pixels
_X_OFFSET = const(40)
_Y_OFFSET = const(53)
# of the rows that are sent: what is drawn is rarely wider than a digit, or as wide as the panel
_WIDTHS_PX = bytes((8, 16, 24, 32, 40, 48, 64, 96, 128, 240))


class ST7789:
    """One panel, on its side: 240 x 135. `spi` runs in mode 0, at up to 62.5 MHz (a write cycle takes 16 ns)."""

    width = 240
    height = 135
    format = framebuf.GS2_HMSB  # of the canvas that `show` takes

    def __init__(self, spi, cs, dc, reset):
        self._spi = spi
        self._cs = cs
        self._dc = dc
        self._reset = reset
        self._command = bytearray(1)
        self._range = bytearray(4)
        self._colours = bytearray(8)
        self._palette = framebuf.FrameBuffer(self._colours, 4, 1, framebuf.RGB565)
        row = memoryview(bytearray(2 * self.width))
        self._row = framebuf.FrameBuffer(row, self.width, 1, framebuf.RGB565)
        # SPI.write takes a whole buffer, and a slice would allocate: so here is a view for each width that is ever sent
        self._views = [row[: 2 * count] for count in _WIDTHS_PX]

    def set_palette(self, rgb):
        """Set the palette of the four colour numbers: `rgb` holds 12 bytes, red, green and blue of each."""
        for number in range(4):
            green = rgb[3 * number + 1]
            # big endian, as the controller wants it (4-line serial, 65K colours)
            self._colours[2 * number] = rgb[3 * number] & 0xF8 | green >> 5
            self._colours[2 * number + 1] = green << 3 & 0xE0 | rgb[3 * number + 2] >> 3

    def init(self, frame):
        """Reset and wake the controller, which then shows `frame`. Takes 126 ms and what the frame takes."""
        self._reset.value(0)
        sleep_ms(_RESET_PULSE_MS)
        self._reset.value(1)
        sleep_ms(_RESET_MS)
        self._cs.value(0)
        self._send(_SLPOUT)
        sleep_ms(_AWAKE_MS)
        self._send(_COLMOD, b"\x55")  # RGB565
        self._send(_MADCTL, b"\x60")  # rows and columns exchanged, columns from right to left
        self._send(_INVON)  # IPS glass is normally black
        self.show(frame, 0, 0, self.width, self.height)  # the controller's memory begins with snow
        self._cs.value(0)
        self._send(_DISPON)
        self._cs.value(1)

    def show(self, frame, x, y, width, height):
        """Send a rectangle of `frame`, a FrameBuffer as large as the panel; it may grow by some pixels in width.

        Allocates nothing.
        """
        for view in self._views:
            if len(view) >= 2 * width:
                break
        width = len(view) // 2
        x = min(x, self.width - width)
        self._cs.value(0)
        self._set_range(_CASET, x + _X_OFFSET, width)
        self._set_range(_RASET, y + _Y_OFFSET, height)
        self._send(_RAMWR)
        while height:
            self._row.blit(frame, -x, -y, -1, self._palette)
            self._spi.write(view)
            y += 1
            height -= 1
        self._cs.value(1)

    def _set_range(self, command, start, count):
        window = self._range
        window[0] = start >> 8
        window[1] = start & 255
        start += count - 1
        window[2] = start >> 8
        window[3] = start & 255
        self._send(command, window)

    def _send(self, command, data=None):
        self._command[0] = command
        self._dc.value(0)
        self._spi.write(self._command)
        self._dc.value(1)
        if data:
            self._spi.write(data)
