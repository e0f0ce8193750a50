"""The app in the ROM file system of a device whose MicroPython has one (own builds, 1.25 and newer).

The file system keeps the whole app, and the file `rom-app` names the folder in ROM that is the same app (boot.py). The
name is a digest, and the image's first bytes are written last: whenever power fails, either the ROM has exactly that
app, or the one in the file system starts.
"""

import base64
import hashlib
from collections.abc import Callable

from clapmark.deploy.board_repl import BoardRepl
from clapmark.firmware_build.rom_image import RomImage

_BLOCK_BYTES = 4096
_PIECE_BYTES = 1024
# prints the size of the ROM; 0 where there is none, or none that is a block device, as the ESP32's is
_FIND = """
try:
    import vfs
    rom = vfs.rom_ioctl(2, 0) if vfs.rom_ioctl(1) > 0 else None
    print(rom.ioctl(4, 0) * 4096 if rom.ioctl(5, 0) == 4096 else 0)
except (ImportError, AttributeError, OSError):
    print(0)
"""
_HASH = """
h = hashlib.sha256()
b = bytearray(512)
for n in range(0, {size}, 512):
    rom.readblocks(n // 4096, b, n % 4096)
    h.update(memoryview(b)[:{size} - n])
print(binascii.hexlify(h.digest()).decode())
"""
_ERASE = "for n in range({blocks}): rom.ioctl(6, n)\n"
_WRITE = "rom.writeblocks({block}, binascii.a2b_base64('{encoded}'), {offset})\n"


def rom_bytes(repl: BoardRepl) -> int:
    """Return the size of the device's ROM, 0 if it has none."""
    answer = repl.run(_FIND).strip()
    return int(answer) if answer.isdecimal() else 0


def holds(repl: BoardRepl, image: RomImage) -> bool:
    """Return whether the ROM has this image. `rom_bytes` comes first."""
    answer = repl.run(_HASH.format(size=len(image.data)))
    return answer.strip() == hashlib.sha256(image.data).hexdigest()


def write_rom(repl: BoardRepl, image: RomImage, advance: Callable[[int], None]) -> bool:
    """Write the image; return whether the ROM has it then. Nothing may run from the ROM meanwhile."""
    repl.run(_ERASE.format(blocks=-(-len(image.data) // _BLOCK_BYTES)))
    for at in [*range(_PIECE_BYTES, len(image.data), _PIECE_BYTES), 0]:  # without its beginning it is no file system
        piece = image.data[at : at + _PIECE_BYTES]
        encoded = base64.b64encode(piece).decode()
        repl.run(_WRITE.format(block=at // _BLOCK_BYTES, offset=at % _BLOCK_BYTES, encoded=encoded))
        advance(len(piece))
    return holds(repl, image)
