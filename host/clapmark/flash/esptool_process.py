"""Espressif's esptool, run as a process of its own: what it is asked, and its answers as values and sentences."""

import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from clapmark.base.errors import ClapmarkError, NoDeviceError
from clapmark.base.install import package_command
from clapmark.link.serial_port import PortBusyError, PortPermissionError

_BAUD = "460800"
_SIZES = {f"{size}MB": size << 20 for size in (1, 2, 4, 8, 16, 32, 64, 128)}
_LONGEST_S = 900
_BLANK = b"\xff"
_SECTOR_BYTES = 4096


class EsptoolError(ClapmarkError):
    """esptool failed; the message has its last words, and what to do."""


@dataclass(frozen=True)
class Chip:
    """What esptool finds at a port. `kind` is "ESP32", "ESP32-S3", ...; `flash_bytes` 0 if it cannot tell."""

    kind: str
    description: str
    mac: str
    flash_bytes: int


class Esptool:
    """esptool on one port. Every call resets the chip into its loader; `leave` starts what is in flash."""

    program: Sequence[str] = (sys.executable, "-m", "esptool")

    def __init__(self, port: str) -> None:
        self.port = port

    def chip(self) -> Chip:
        """Return what is at the port. Raises EsptoolError, NoDeviceError, PortBusyError or PortPermissionError."""
        text = self._run("flash-id")
        kind = _word(r"Connected to (\S+) on", text)
        size = _SIZES.get(_word(r"Detected flash size:\s*(\S+)", text), 0)
        return Chip(kind, _word(r"Chip type:\s*(.+)", text), _word(r"MAC:\s*(\S+)", text), size)

    def read(self, offset: int, size: int, target: Path) -> bytes:
        """Read `size` bytes of flash at `offset` into the file `target`; return them."""
        self._run("read-flash", "--no-progress", hex(offset), hex(size), str(target))
        data = target.read_bytes()
        if len(data) != size:
            raise EsptoolError(f"esptool read {len(data)} of {size} bytes from {self.port}. Nothing was written.")
        return data

    def write(self, parts: Sequence[tuple[int, Path]]) -> None:
        """Write files at their offsets; esptool reads each back and compares."""
        words = [word for offset, path in parts for word in (hex(offset), str(path))]
        keep = ("--flash-mode", "keep", "--flash-freq", "keep", "--flash-size", "keep")
        self._run("write-flash", "--no-progress", *keep, *words)

    def erase(self, offset: int, size: int) -> None:
        """Make the sectors of a region blank."""
        self._run("erase-region", hex(offset), hex(size))

    def leave(self) -> None:
        """Reset the chip, so that it starts."""
        self._run("read-mac", after="hard-reset")

    def _run(self, *words: str, after: str = "no-reset") -> str:
        command = [*self.program, "--port", self.port, "--baud", _BAUD, "--after", after, *words]
        try:
            answer = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_LONGEST_S)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise EsptoolError(f"esptool did not finish: {error}.") from error
        text = answer.stdout + answer.stderr
        if answer.returncode:
            raise self._failure(words[0], text)
        return text

    def _failure(self, verb: str, text: str) -> ClapmarkError:
        if "No module named" in text and "esptool" in text:
            return EsptoolError(f"esptool is missing: `{package_command('esptool')}`, then repeat the command.")
        if "Permission denied" in text:
            return PortPermissionError(
                f"You may not open {self.port}. On Debian and Ubuntu: sudo usermod -a -G dialout $USER, then log in "
                "again."
            )
        if "Could not exclusively lock" in text or "Device or resource busy" in text:
            return PortBusyError(f"Another program uses {self.port}: close it and try again.")
        if "doesn't exist" in text or "No such file or directory" in text or "could not open port" in text:
            return NoDeviceError(f"There is no port {self.port}, or it went away. Plug the board in and try again.")
        if "No serial data received" in text or "Wrong boot mode" in text or "Failed to connect" in text:
            return NoDeviceError(
                f"The chip at {self.port} does not go into its loader. Hold the key at GPIO 0 (BOOT), press reset, let "
                "go, and repeat the command."
            )
        last = next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "no message")
        return EsptoolError(f"esptool {verb} failed at {self.port}: {last}")


def is_blank(data: bytes) -> bool:
    """Return whether these bytes are what an erase leaves, in whole sectors."""
    return len(data) % _SECTOR_BYTES == 0 and data == _BLANK * len(data)


def _word(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    return found.group(1).strip() if found else ""
