"""A model of the SSD1306 display controller and its glass (source: Solomon Systech SSD1306 datasheet rev 1.1).

It shares no code with the driver. It takes what one I2C transaction brings after the address (chapter 8.1.5), and
keeps the pixels where the controller keeps them: in 8 pages of 128 columns. What the datasheet forbids, or what a
driver cannot have meant, is put down in `violations`.
"""

from collections.abc import Callable
from random import Random

from PIL import Image

from clapmark.sim.bus_record import BusRecord

COLUMNS = 128
PAGES = 8
ROWS = 64

# how many bytes follow a command (chapter 9, table 9-1); ranges of one-byte commands are in `_range_command`
_PARAMETERS = {
    0x20: 1, 0x21: 2, 0x22: 2, 0x26: 6, 0x27: 6, 0x29: 5, 0x2A: 5, 0x2E: 0, 0x2F: 0, 0x81: 1, 0x8D: 1, 0xA0: 0, 0xA1: 0,
    0xA3: 2, 0xA4: 0, 0xA5: 0, 0xA6: 0, 0xA7: 0, 0xA8: 1, 0xAE: 0, 0xAF: 0, 0xC0: 0, 0xC8: 0, 0xD3: 1, 0xD5: 1, 0xD9: 1,
    0xDA: 1, 0xDB: 1, 0xE3: 0,
}  # fmt: skip
_CONTINUATION = 0x80  # Co: one byte follows, and then another control byte
_DATA = 0x40  # D/C#
_HORIZONTAL, _VERTICAL, _BY_PAGE = range(3)


class SSD1306Model(BusRecord):
    """One controller with the glass of the usual 128 x 64 modules in front of it, as it is after power-up.

    The module is held with its connector on top, so that the first picture column is segment 127 and the first row is
    common 63. The memory begins with snow, as the real one does.
    """

    def __init__(self) -> None:
        super().__init__()
        self.contrast = 0x7F
        self._ram = bytearray(Random(1306).randbytes(COLUMNS * PAGES))  # noqa: S311  # nosec B311
        self._command = 0xE3
        self._missing = 0
        self._parameters = bytearray()
        self._mode = _BY_PAGE
        self._columns = (0, COLUMNS - 1)
        self._pages = (0, PAGES - 1)
        self._column = 0
        self._page = 0
        self._is_full = False
        self._start_row = 0
        self._offset = 0
        self._rows = ROWS
        self._is_on = False
        self._is_pumped = False
        self._is_inverted = False
        self._is_all_lit = False
        self._is_mirrored = False  # segments
        self._is_flipped = False  # commons
        self._common_pins = 0x12

    def feed(self, _dc: int, data: bytes) -> None:
        """Take what came in one transaction after the address; I2C has no data/command line, `_dc` says nothing."""
        self._count(data)
        at = 0
        while at < len(data):
            control = data[at]
            if control & 0x3F:
                self._complain(f"control byte {control:02X}h; its low six bits must be 0")
            piece = data[at + 1 : at + 2] if control & _CONTINUATION else data[at + 1 :]
            take = self._take_pixels if control & _DATA else self._take_commands
            take(piece)
            at += 1 + len(piece)

    def picture(self) -> Image.Image:
        """Return what a person sees, in RGB: lit pixels are white at every contrast."""
        image = Image.new("L", (COLUMNS, ROWS))
        if self._is_on and self._is_pumped:
            pixels = image.load()
            if pixels is None:
                raise TypeError
            for line in range(self._rows):  # lines are the commons in the order in which they are driven
                row = (line + self._start_row) % ROWS
                common = (line + self._offset) % ROWS
                if self._is_flipped:
                    common = self._rows - 1 - common
                for segment in range(COLUMNS):
                    lit = self._ram[row // 8 * COLUMNS + segment] >> row % 8 & 1
                    lit = 1 if self._is_all_lit else lit ^ self._is_inverted
                    pixels[COLUMNS - 1 - segment, ROWS - 1 - common] = 255 * lit
        return image.convert("RGB")

    def _take_commands(self, data: bytes) -> None:
        for byte in data:
            if self._missing:
                self._parameters.append(byte)
                self._missing -= 1
            else:
                self._command = byte
                self._parameters.clear()
                self._missing = _PARAMETERS.get(byte, 0)
            if not self._missing:
                self._perform(self._command, bytes(self._parameters))

    def _perform(self, command: int, values: bytes) -> None:
        if command not in _PARAMETERS:
            self._range_command(command)
            return
        actions: dict[int, Callable[[], None]] = {
            0x20: lambda: self._set_mode(values[0]),
            0x21: lambda: self._set_window("column", values, COLUMNS),
            0x22: lambda: self._set_window("page", values, PAGES),
            0x2F: lambda: self._complain("scrolling is on: the picture runs away"),
            0x81: lambda: setattr(self, "contrast", values[0]),
            0x8D: lambda: setattr(self, "_is_pumped", values[0] & 0x04 != 0),
            0xA8: lambda: self._set_rows(values[0]),
            0xAE: lambda: setattr(self, "_is_on", False),
            0xAF: self._switch_on,
            0xD3: lambda: setattr(self, "_offset", values[0] & 63),
            0xDA: lambda: setattr(self, "_common_pins", values[0]),
        }
        if command in actions:
            actions[command]()
        elif command & 0xFE in {0xA0, 0xA4, 0xA6}:
            name = {0xA0: "_is_mirrored", 0xA4: "_is_all_lit", 0xA6: "_is_inverted"}[command & 0xFE]
            setattr(self, name, bool(command & 1))
        elif command in {0xC0, 0xC8}:
            self._is_flipped = command == 0xC8

    def _range_command(self, command: int) -> None:
        """Perform a command that carries its value in its low bits."""
        if command < 0x20:  # column for page addressing: low nibble, high nibble
            nibble = command & 15
            self._column = (self._column & 0x0F | nibble << 4) if command & 0x10 else (self._column & 0x70 | nibble)
        elif 0x40 <= command <= 0x7F:
            self._start_row = command & 63
        elif 0xB0 <= command <= 0xB7:
            self._page = command & 7
        else:
            self._complain(f"command {command:02X}h is not one that the datasheet knows")

    def _set_mode(self, value: int) -> None:
        if value & 3 == 3:
            self._complain("memory addressing mode 3 does not exist")
            return
        self._mode = value & 3

    def _set_window(self, what: str, values: bytes, limit: int) -> None:
        first, last = values
        if first > last or last >= limit:
            self._complain(f"{what}s {first} to {last} asked for, where 0 to {limit - 1} exist")
            return
        if self._mode == _BY_PAGE:
            self._complain(f"a {what} window while the addressing is by page, which takes no notice of it")
        if what == "column":
            self._columns = (first, last)
            self._column = first
        else:
            self._pages = (first, last)
            self._page = first
        self._is_full = False

    def _set_rows(self, value: int) -> None:
        if value & 63 < 15:
            self._complain(f"multiplex ratio {value:02X}h is below 0Fh")
            return
        self._rows = (value & 63) + 1

    def _switch_on(self) -> None:
        if not self._is_pumped:
            self._complain("display on while the charge pump is off: the glass stays dark")
        if self._common_pins != 0x12:
            self._complain(f"display on with COM pins {self._common_pins:02X}h; the 64 rows of this glass need 12h")
        self._is_on = True

    def _take_pixels(self, data: bytes) -> None:
        for byte in data:
            if self._missing:
                self._complain(f"data in the middle of command {self._command:02X}h")
                self._missing = 0
            if self._is_full:
                self._complain("more data than the window holds")
                self._is_full = False
            segment = COLUMNS - 1 - self._column if self._is_mirrored else self._column
            self._ram[self._page * COLUMNS + segment] = byte
            self._advance()

    def _advance(self) -> None:
        if self._mode == _BY_PAGE:
            self._column = (self._column + 1) % COLUMNS
        elif self._mode == _HORIZONTAL:
            self._column += 1
            if self._column > self._columns[1]:
                self._column = self._columns[0]
                self._page += 1
        else:
            self._page += 1
            if self._page > self._pages[1]:
                self._page = self._pages[0]
                self._column += 1
        if self._page > self._pages[1] or self._column > self._columns[1]:
            self._page, self._column = self._pages[0], self._columns[0]
            self._is_full = True
