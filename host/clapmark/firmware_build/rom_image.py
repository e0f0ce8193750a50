"""The compiled app as a MicroPython ROM file system: bytecode runs from it in place and takes no heap.

Format: MicroPython's docs/reference/romfs.rst; mpremote writes it.
"""

import hashlib
from dataclasses import dataclass

from mpremote.romfs import VfsRomWriter

APP_FILE = "rom-app"  # in the device's file system: the name of the folder in ROM that has the same app
_PACKAGE = "firmware/"
_NAME_DIGITS = 16


@dataclass(frozen=True)
class RomImage:
    """`data` has one folder `name`, which contains firmware/. The name is a digest of the app's files."""

    name: str
    data: bytes


def rom_image(files: dict[str, bytes]) -> RomImage | None:
    """Return the image of the compiled app in `files` (path, content), None if these are sources."""
    modules = {path: data for path, data in files.items() if path.startswith(_PACKAGE) and path.endswith(".mpy")}
    if len(modules) < sum(path.startswith(_PACKAGE) for path in files) or not modules:
        return None
    digest = hashlib.sha256()
    for path, data in sorted(modules.items()):
        digest.update(f"{path} {len(data)}\n".encode() + data)
    name = digest.hexdigest()[:_NAME_DIGITS]
    rom = VfsRomWriter()
    rom.opendir(name)
    _add_folder(rom, _PACKAGE, modules)
    rom.closedir()
    return RomImage(name, bytes(rom.finalise()))


def _add_folder(rom: VfsRomWriter, folder: str, modules: dict[str, bytes]) -> None:
    """Add the modules below `folder`, a path with its slash."""
    rom.opendir(folder.split("/")[-2])
    inside = {path: path.removeprefix(folder) for path in sorted(modules) if path.startswith(folder)}
    for path, rest in inside.items():
        if "/" not in rest:
            rom.mkfile(rest, modules[path])
    for name in sorted({rest.split("/")[0] for rest in inside.values() if "/" in rest}):
        _add_folder(rom, f"{folder}{name}/", modules)
    rom.closedir()
