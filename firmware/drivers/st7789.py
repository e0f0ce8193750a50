"""ST7789V panels on SPI (source: Sitronix ST7789V datasheet V1.4; commands in chapter 9.1, timing in 7.4).

The canvas holds 4-bit colour numbers. A rectangle of it is converted some rows at a time through one small RGB565
buffer, so that a full frame of 16-bit colours is never in memory.
"""

from time import sleep_ms

import framebuf
from micropython import const

_SLPOUT = const(0x11)
_NORON = const(0x13)
_INVON = const(0x21)
_DISPOFF = const(0x28)
_DISPON = const(0x29)
_CASET = const(0x2A)
_RASET = const(0x2B)
_RAMWR = const(0x2C)
_MADCTL = const(0x36)
_COLMOD = const(0x3A)

_MADCTL_MY = const(0x80)  # rows from bottom to top
_MADCTL_MX = const(0x40)  # columns from right to left
_MADCTL_MV = const(0x20)  # rows and columns exchanged
_COLMOD_RGB565 = const(0x55)

_RESET_PULSE_MS = const(1)  # Reset timing: at least 10 us
_RESET_MS = const(120)  # Reset timing: before SLPOUT, if the panel was awake
_AWAKE_MS = const(5)  # SLPOUT: before the next command

_FINE_PX = const(64)  # widths are sent in steps of 4 up to here, in steps of 32 above
_FINE_STEPS = const(16)
_BUFFER_BYTES = const(1024)
_MOST_ROWS = const(8)

_QUARTER_TURNS = (0, _MADCTL_MX | _MADCTL_MV, _MADCTL_MX | _MADCTL_MY, _MADCTL_MY | _MADCTL_MV)


class ST7789:
    """One panel. The defaults are the T-Display's: 135 x 240 of the controller's 240 x 320 pixels, on its side.

    `width` and `height` are as the user sees them, after `rotation` quarter turns. `x_offset` and `y_offset` are the
    controller's address of the top left pixel in that position. `spi` runs in mode 0, at up to 62.5 MHz (a write
    cycle takes 16 ns).
    """

    format = framebuf.GS4_HMSB  # of the canvas that `show` takes

    def __init__(self, spi, cs, dc, reset, width=240, height=135, x_offset=40, y_offset=53, rotation=1):
        self.width = width
        self.height = height
        self._spi = spi
        self._cs = cs
        self._dc = dc
        self._reset = reset
        self._x_offset = x_offset
        self._y_offset = y_offset
        self._rotation = rotation
        self._command = bytearray(1)
        self._parameter = bytearray(1)
        self._window = bytearray(4)
        self._palette_data = bytearray(32)
        self._palette = framebuf.FrameBuffer(self._palette_data, 16, 1, framebuf.RGB565)
        data = bytearray(max(_BUFFER_BYTES, 2 * width))
        view = memoryview(data)
        widths = [min(4 * step, width) for step in range(1, _FINE_STEPS + 1)]
        while widths[-1] < width:
            widths.append(min(widths[-1] + 32, width))
        # SPI.write takes a whole buffer, and a slice would allocate: so for each width that is ever sent a frame of
        # some rows, the view of all of them, and the view of one
        self._frames = []
        self._blocks = []
        self._rows = []
        for count in widths:
            rows = min(_MOST_ROWS, len(data) // (2 * count))
            self._frames.append(framebuf.FrameBuffer(data, count, rows, framebuf.RGB565))
            self._blocks.append(view[: 2 * count * rows])
            self._rows.append(view[: 2 * count])

    def set_palette(self, rgb):
        """Say what the 16 colour numbers look like: `rgb` holds 48 bytes, red, green and blue of each."""
        data = self._palette_data
        for number in range(16):
            red, green, blue = rgb[3 * number], rgb[3 * number + 1], rgb[3 * number + 2]
            # big endian, as the controller wants it (4-line serial, 65K colours); the buffer's pixels are little endian
            data[2 * number] = (red & 0xF8) | green >> 5
            data[2 * number + 1] = (green << 3 & 0xE0) | blue >> 3

    def init(self):
        """Reset and wake the controller; the picture stays dark until `on`. Takes 126 ms."""
        self._cs.value(1)
        self._reset.value(0)
        sleep_ms(_RESET_PULSE_MS)
        self._reset.value(1)
        sleep_ms(_RESET_MS)
        self._write(_SLPOUT)
        sleep_ms(_AWAKE_MS)
        self._write(_COLMOD, _COLMOD_RGB565)
        self._write(_MADCTL, _QUARTER_TURNS[self._rotation])
        self._write(_INVON)  # IPS glass is normally black
        self._write(_NORON)

    def on(self):
        """Show the picture."""
        self._write(_DISPON)

    def off(self):
        """Go dark; the picture stays in the controller."""
        self._write(_DISPOFF)

    def show(self, frame, x, y, width, height):
        """Send a rectangle of `frame`, a FrameBuffer as large as the panel; it may grow by some pixels in width.

        Allocates nothing.
        """
        index = (width + 3 >> 2) - 1 if width <= _FINE_PX else _FINE_STEPS - 1 + (width - _FINE_PX + 31 >> 5)
        pixels = self._frames[index]
        block = self._blocks[index]
        row = self._rows[index]
        width = len(row) >> 1
        x = min(x, self.width - width)
        palette = self._palette
        spi = self._spi
        self._cs.value(0)
        self._set_range(_CASET, x + self._x_offset, width)
        self._set_range(_RASET, y + self._y_offset, height)
        self._command[0] = _RAMWR
        self._dc.value(0)
        spi.write(self._command)
        self._dc.value(1)
        end = y + height
        rows = len(block) // len(row)
        while y < end:
            pixels.blit(frame, -x, -y, -1, palette)
            if y + rows <= end:
                spi.write(block)
                y += rows
            else:
                spi.write(row)
                y += 1
        self._cs.value(1)

    def _set_range(self, command, start, count):
        window = self._window
        end = start + count - 1
        window[0] = start >> 8
        window[1] = start & 255
        window[2] = end >> 8
        window[3] = end & 255
        self._command[0] = command
        self._dc.value(0)
        self._spi.write(self._command)
        self._dc.value(1)
        self._spi.write(window)

    def _write(self, command, parameter=-1):
        self._cs.value(0)
        self._dc.value(0)
        self._command[0] = command
        self._spi.write(self._command)
        if parameter >= 0:
            self._dc.value(1)
            self._parameter[0] = parameter
            self._spi.write(self._parameter)
        self._cs.value(1)
