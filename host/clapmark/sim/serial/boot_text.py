"""What the ESP32's mask ROM and bootloader print at 115,200 baud before MicroPython speaks, and how long that takes.

The words are this model's own; their kinds, order and line ends are those of the real ones.
"""

from clapmark.sim.causes import CAUSES, SOFT

BOOT_US = 500_000  # from the chip's start to boot.py: ROM, bootloader, MicroPython's start, file system
ROM_US = 50_000  # of it, until the ROM's first word
SOFT_BOOT_US = 50_000  # the same without ROM and bootloader

_ROM_TEXT = """ets Jan  1 2000 00:00:00

rst:0x{number:x} ({name}_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)
configsip: 0, SPIWP:0x00
clk_drv:0x00,q_drv:0x00,d_drv:0x00,cs0_drv:0x00,hd_drv:0x00,wp_drv:0x00
mode:DIO, clock div:2
load:0x3fff0000,len:4096
load:0x40078000,len:12288
load:0x40080400,len:4
entry 0x40080400
E (103) psram: a virtual chip has none
"""


def boot_us(cause: int) -> int:
    """Return how long the chip takes to boot.py, in microseconds."""
    return SOFT_BOOT_US if cause == SOFT else BOOT_US


def boot_text(cause: int) -> bytes:
    """Return the text on the serial line when the chip starts for `cause`."""
    if cause == SOFT:
        return b"MPY: soft reboot\r\n"
    rom = CAUSES[cause]
    return _ROM_TEXT.format(number=rom.rom_number, name=rom.rom_name).replace("\n", "\r\n").encode()
