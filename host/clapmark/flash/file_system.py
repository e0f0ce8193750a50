"""MicroPython's LittleFS as bytes: made with the files in it, and read back.

MicroPython's VfsLfs2 reads and programs 32 bytes at once, caches 128 (extmod/vfs_lfsx.c), and takes the block size from
the partition, 4096. A file of up to one cache lies inside its directory, so a larger cache would make files that
MicroPython cannot read. Version 2.0 of the format is read by every driver; MicroPython renews it when it writes.
"""

import contextlib

from clapmark.base.errors import ClapmarkError
from clapmark.flash.partition_table import SECTOR_BYTES

_READ_BYTES = 32
_CACHE_BYTES = 128
_LOOKAHEAD_BYTES = 32
_FORMAT = 0x00020000
_ATTRIBUTE = "c"  # a file attribute that only fills a directory's log
_LONG_ATTRIBUTE = 200


class FileSystemError(ClapmarkError):
    """A file system that cannot be made or read."""


def make_file_system(files: dict[str, bytes], size: int) -> bytes:
    """Return a LittleFS of `size` bytes with `files` (paths with "/") in it. Raises FileSystemError if it is full."""
    from littlefs import LittleFS, LittleFSError, UserContext  # only flashing needs it
    from littlefs.lfs import LFSConfig

    class Flash(UserContext):
        """Flash in memory that counts its erases."""

        erases = 0

        def erase(self, cfg: LFSConfig, block: int) -> int:
            self.erases += 1
            return int(super().erase(cfg, block))

    flash = Flash(size)
    system = LittleFS(
        flash,
        block_size=SECTOR_BYTES,
        block_count=size // SECTOR_BYTES,
        read_size=_READ_BYTES,
        prog_size=_READ_BYTES,
        cache_size=_CACHE_BYTES,
        lookahead_size=_LOOKAHEAD_BYTES,
        disk_version=_FORMAT,
    )
    try:
        for path, data in sorted(files.items()):
            folder = path.rpartition("/")[0]
            if folder:
                system.makedirs(folder, exist_ok=True)
            with system.open(path, "wb") as file:
                file.write(data)
    except LittleFSError as error:
        raise FileSystemError(f"The app does not fit into a file system of {size // 1024} KB: {error}.") from error
    # A directory is a log, which is read from its start at each look into it. Fill them, so that they are compacted.
    with contextlib.suppress(LittleFSError):  # a full file system is only slower
        for path in {path.rpartition("/")[0]: path for path in files}.values():
            before = flash.erases
            while flash.erases == before:
                system.setattr(path, _ATTRIBUTE, bytes(_LONG_ATTRIBUTE))
            system.removeattr(path, _ATTRIBUTE)
    system.unmount()
    return bytes(flash.buffer)


def read_file_system(data: bytes) -> dict[str, bytes]:
    """Return the files in the LittleFS that `data` is. Raises FileSystemError if it is none."""
    from littlefs import LittleFS, LittleFSError, UserContext

    context = UserContext(len(data))
    context.buffer = bytearray(data)
    system = LittleFS(context, mount=False, block_size=SECTOR_BYTES, block_count=len(data) // SECTOR_BYTES)
    try:
        system.mount()
        found = {}
        for folder, _, names in system.walk("/"):
            for name in names:
                path = f"{folder.rstrip('/')}/{name}"
                with system.open(path, "rb") as file:
                    found[path[1:]] = bytes(file.read())
    except (LittleFSError, OSError) as error:
        raise FileSystemError(f"There is no LittleFS that can be read: {error}.") from error
    return found
