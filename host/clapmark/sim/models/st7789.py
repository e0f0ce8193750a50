"""A model of the ST7789V display controller and its glass (source: Sitronix ST7789V datasheet V1.4, chapter 9).

It shares no code with the driver. It takes what is on the bus, byte by byte if need be, and keeps the pixels where the
controller keeps them: in 240 columns of 320 rows, for every direction of the addresses. What the datasheet
forbids, or what a driver cannot have meant, is put down in `violations`.
"""

import sys
from array import array
from collections.abc import Callable
from random import Random

from PIL import Image

from clapmark.sim.bus_record import BusRecord

RAM_COLUMNS = 240
RAM_ROWS = 320

_NOP = 0x00
_SWRESET = 0x01
_SLPIN = 0x10
_SLPOUT = 0x11
_PTLON = 0x12
_NORON = 0x13
_INVOFF = 0x20
_INVON = 0x21
_DISPOFF = 0x28
_DISPON = 0x29
_CASET = 0x2A
_RASET = 0x2B
_RAMWR = 0x2C
_MADCTL = 0x36
_COLMOD = 0x3A
_WRMEMC = 0x3C

_NAMES = {
    _NOP: "NOP", _SWRESET: "SWRESET", _SLPIN: "SLPIN", _SLPOUT: "SLPOUT", _PTLON: "PTLON", _NORON: "NORON",
    _INVOFF: "INVOFF", _INVON: "INVON", _DISPOFF: "DISPOFF", _DISPON: "DISPON", _CASET: "CASET", _RASET: "RASET",
    _RAMWR: "RAMWR", _MADCTL: "MADCTL", _COLMOD: "COLMOD", _WRMEMC: "WRMEMC",
}  # fmt: skip
_PARAMETERS = {_CASET: 4, _RASET: 4, _MADCTL: 1, _COLMOD: 1}

_MY = 0x80
_MX = 0x40
_MV = 0x20
_BGR = 0x08
_RGB565 = 0x05  # COLMOD's low three bits


class ST7789Model(BusRecord):
    """One controller with the glass in front of it, as it is after power-up.

    The glass shows `columns` x `rows` pixels of the RAM from (`first_column`, `first_row`) on; the defaults are those
    of 1.14 inch panels. `quarter_turns` says how the board holds it: anticlockwise turns from upright. `normally_black`
    is IPS glass, which shows every colour as its opposite until INVON. The RAM begins with snow, as the real one does.
    """

    def __init__(
        self,
        columns: int = 135,
        rows: int = 240,
        first_column: int = 52,
        first_row: int = 40,
        quarter_turns: int = 1,
        *,
        normally_black: bool = True,
    ) -> None:
        super().__init__()
        self._columns = columns
        self._rows = rows
        self._first_column = first_column
        self._first_row = first_row
        self._quarter_turns = quarter_turns
        self._normally_black = normally_black
        snow = Random(7789).randbytes(2 * RAM_COLUMNS * RAM_ROWS)  # noqa: S311  # nosec B311
        self._ram = array("H", snow)
        self._actions: dict[int, Callable[[], None]] = {
            _SWRESET: self._reset,
            _SLPIN: lambda: self._set_awake(False),
            _SLPOUT: lambda: self._set_awake(True),
            _INVOFF: lambda: self._set_inverted(False),
            _INVON: lambda: self._set_inverted(True),
            _DISPOFF: lambda: self._set_on(False),
            _DISPON: lambda: self._set_on(True),
            _RAMWR: self._start_writing,
        }
        self._reset()

    def feed(self, dc: int, data: bytes) -> None:
        """Take bytes from the bus, sent with the panel selected: commands while `dc` is 0, else data."""
        self._count(data)
        if dc:
            self._take_data(bytes(data))
        else:
            for command in data:
                self._take_command(command)

    def picture(self) -> Image.Image:
        """Return what a person sees, in RGB, the way the board is held."""
        upright = (self._columns, self._rows)
        is_visible = self._awake and self._on
        image = Image.frombytes("RGB", upright, self._rgb()) if is_visible else Image.new("RGB", upright)
        turns = (None, Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_180, Image.Transpose.ROTATE_270)
        turn = turns[self._quarter_turns % 4]
        return image if turn is None else image.transpose(turn)

    def _rgb(self) -> bytes:
        flip = 0xFFFF if self._normally_black != self._inverted else 0
        shown = bytearray()
        for row in range(self._first_row, self._first_row + self._rows):
            start = row * RAM_COLUMNS + self._first_column
            for stored in self._ram[start : start + self._columns]:
                pixel = stored ^ flip
                red, green, blue = pixel >> 11, pixel >> 5 & 63, pixel & 31
                if self._address_mode & _BGR:
                    red, blue = blue, red
                shown += bytes((red << 3 | red >> 2, green << 2 | green >> 4, blue << 3 | blue >> 2))
        return bytes(shown)

    def _reset(self) -> None:
        self._awake = False
        self._on = False
        self._inverted = False
        self._address_mode = 0
        self._pixel_format = 0x66
        self._window_x = (0, RAM_COLUMNS - 1)
        self._window_y = (0, RAM_ROWS - 1)
        self._command = _NOP
        self._parameters = bytearray()
        self._half_pixel = b""
        self._x = self._y = 0
        self._is_full = False

    def _set_awake(self, awake: bool) -> None:
        self._awake = awake

    def _set_on(self, on: bool) -> None:
        self._on = on

    def _set_inverted(self, inverted: bool) -> None:
        self._inverted = inverted

    def _take_command(self, command: int) -> None:
        self._end_command()
        if command not in _NAMES:
            self._complain(f"command {command:02X}h is not one that this model knows")
        self._command = command
        action = self._actions.get(command)
        if action:
            action()

    def _end_command(self) -> None:
        expected = _PARAMETERS.get(self._command, 0)
        if len(self._parameters) < expected:
            name = _NAMES[self._command]
            self._complain(f"{name} got {len(self._parameters)} parameters instead of {expected}")
        if self._half_pixel:
            self._complain("RAMWR ended in the middle of a pixel")
        self._parameters.clear()
        self._half_pixel = b""

    def _take_data(self, data: bytes) -> None:
        if self._command in (_RAMWR, _WRMEMC):
            self._take_pixels(data)
            return
        expected = _PARAMETERS.get(self._command, 0)
        for byte in data:
            if len(self._parameters) >= expected:
                self._complain(f"data {byte:02X}h that no command asked for")
                continue
            self._parameters.append(byte)
            if len(self._parameters) == expected:
                self._take_parameters()

    def _take_parameters(self) -> None:
        values = self._parameters
        if self._command == _MADCTL:
            self._address_mode = values[0]
        elif self._command == _COLMOD:
            self._pixel_format = values[0]
        else:
            first, last = values[0] << 8 | values[1], values[2] << 8 | values[3]
            is_column = self._command == _CASET
            exchanged = bool(self._address_mode & _MV)
            limit = RAM_ROWS if is_column == exchanged else RAM_COLUMNS
            if first > last or last >= limit:
                name = _NAMES[self._command]
                self._complain(f"{name} asks for {first} to {last}, where 0 to {limit - 1} exist")
                return
            if is_column:
                self._window_x = (first, last)
            else:
                self._window_y = (first, last)

    def _start_writing(self) -> None:
        self._x, self._y = self._window_x[0], self._window_y[0]
        self._is_full = False
        if not self._awake:
            self._complain("RAMWR before SLPOUT")
        if self._pixel_format & 7 != _RGB565:
            self._complain(f"RAMWR while COLMOD is {self._pixel_format:02X}h; this model takes 16 bits per pixel")
        for x, y in ((self._x, self._y), (self._window_x[1], self._window_y[1])):
            row, column = divmod(self._position(x, y), RAM_COLUMNS)
            if not (
                self._first_column <= column < self._first_column + self._columns
                and self._first_row <= row < self._first_row + self._rows
            ):
                self._complain(f"RAMWR to column {column}, row {row} of the RAM, which lies outside the glass")

    def _position(self, x: int, y: int) -> int:
        """Return the position of a pixel of the window in the RAM (datasheet, "Address control")."""
        column, row = (y, x) if self._address_mode & _MV else (x, y)
        if self._address_mode & _MX:
            column = RAM_COLUMNS - 1 - column
        if self._address_mode & _MY:
            row = RAM_ROWS - 1 - row
        # MADCTL may have changed since the window was set
        return min(max(row, 0), RAM_ROWS - 1) * RAM_COLUMNS + min(max(column, 0), RAM_COLUMNS - 1)

    def _take_pixels(self, data: bytes) -> None:
        data = self._half_pixel + data
        whole = len(data) & ~1
        self._half_pixel = data[whole:]
        pixels = array("H", data[:whole])
        if sys.byteorder == "little":
            pixels.byteswap()
        done = 0
        while done < len(pixels):
            if self._is_full:
                self._complain("RAMWR with more pixels than the window holds")
                self._is_full = False  # the controller begins again at the window's start
            count = min(len(pixels) - done, self._window_x[1] + 1 - self._x)
            start = self._position(self._x, self._y)
            step = self._position(self._x + 1, self._y) - start if count > 1 else 1
            for index in range(count):
                self._ram[start + index * step] = pixels[done + index]
            done += count
            self._x += count
            if self._x > self._window_x[1]:
                self._x = self._window_x[0]
                self._y += 1
            if self._y > self._window_y[1]:
                self._y = self._window_y[0]
                self._is_full = True
