"""The ESP32's bootloader at a serial port, through Espressif's esptool: requests, answers and errors as sentences.

esptool's Python API is that of its version 5 ("Embedding into Custom Scripts" in its documentation).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clapmark.base.errors import ClapmarkError, NoDeviceError
from clapmark.base.install import package_command
from clapmark.link.serial_port import PortBusyError, PortPermissionError

_BAUD = 460_800
_SIZES = {f"{size}MB": size << 20 for size in (1, 2, 4, 8, 16, 32, 64, 128)}
# esptool raises one class of error for all of these
_NOT_ALLOWED = re.compile(r"Permission denied|Errno 13|PermissionError")
_BUSY = re.compile(r"exclusively lock|resource busy|Errno 16")
_SILENT = re.compile(r"No serial data received|Wrong boot mode|Failed to connect|No more data to read")
_GONE = re.compile(r"doesn't exist|No such file|could not open port|Errno (5|6|19)\b|returned no data|write failed")
_BLANK = b"\xff"
_SECTOR_BYTES = 4096


class EsptoolError(ClapmarkError):
    """esptool failed; the message contains its reason, and what to do."""


@dataclass(frozen=True)
class Chip:
    """The chip at a port. `kind` is "ESP32", "ESP32-S3", ...; `flash_bytes` is 0 if the size is unknown."""

    kind: str
    description: str
    mac: str
    flash_bytes: int


class Esptool:
    """The bootloader at one port. The first call resets the chip into it; `leave` starts what is in flash.

    All methods raise EsptoolError, NoDeviceError, PortBusyError or PortPermissionError. After an error the port is
    closed, and the next call connects again.
    """

    def __init__(self, port: str) -> None:
        self.port = port
        self._esp: Any = None

    def chip(self) -> Chip:
        """Return the chip at the port."""
        found: Chip = self._do("identify the chip", self._identify)
        return found

    def read(self, offset: int, size: int, target: Path) -> bytes:
        """Read `size` bytes of flash at `offset` into the file `target`; return them."""
        data: bytes = self._do("read the flash", lambda cmds, esp: cmds.read_flash(esp, offset, size, no_progress=True))
        if len(data) != size:
            raise EsptoolError(f"esptool read {len(data)} of {size} bytes from {self.port}. Nothing was written.")
        target.write_bytes(data)
        return data

    def write(self, parts: Sequence[tuple[int, Path]]) -> None:
        """Write files at their offsets; esptool reads the checksum of each back and compares."""
        data = [(offset, path.read_bytes()) for offset, path in parts]
        self._do("write the flash", lambda cmds, esp: cmds.write_flash(esp, data, no_progress=True, compress=True))

    def erase(self, offset: int, size: int) -> None:
        """Erase the sectors of a region."""
        self._do("erase the flash", lambda cmds, esp: cmds.erase_region(esp, offset, size))

    def leave(self) -> None:
        """Reset the chip, so that it starts, and close the port."""
        self._do("reset the chip", lambda cmds, esp: cmds.reset_chip(esp, "hard-reset"))
        self.close()

    def close(self) -> None:
        """Close the port; the chip stays as it is."""
        esp, self._esp = self._esp, None
        if esp is not None:
            with suppress(OSError):
                esp._port.close()

    def _do(self, what: str, action: Callable[[Any, Any], Any]) -> Any:  # noqa: ANN401  esptool is untyped
        try:
            from esptool import cmds  # takes 0.4 s, and only flashing needs it
            from esptool.util import FatalError
        except ImportError as error:
            raise EsptoolError(
                f"esptool cannot be loaded ({error}): `{package_command('esptool')}`, then repeat the command."
            ) from error
        _silence()
        finished = False
        try:
            if self._esp is None:
                self._connect(cmds)
            answer = action(cmds, self._esp)
            finished = True
            return answer
        except (FatalError, OSError) as error:  # pyserial's errors are OSErrors
            raise self._failure(what, str(error)) from error
        finally:
            if not finished:
                self.close()  # also after Ctrl-C

    def _connect(self, cmds: Any) -> None:  # noqa: ANN401  esptool has no types
        self._esp = cmds.detect_chip(self.port)
        self._esp = cmds.run_stub(self._esp)
        self._esp.change_baud(_BAUD)
        cmds.attach_flash(self._esp)

    def _identify(self, cmds: Any, esp: Any) -> Chip:  # noqa: ANN401  esptool has no types
        size = _SIZES.get(cmds.detect_flash_size(esp) or "", 0)
        mac = ":".join(f"{byte:02x}" for byte in esp.read_mac())
        return Chip(esp.CHIP_NAME, esp.get_chip_description(), mac, size)

    def _failure(self, what: str, text: str) -> ClapmarkError:
        if _NOT_ALLOWED.search(text):
            return PortPermissionError(
                f"You may not open {self.port}. On Debian and Ubuntu: sudo usermod -a -G dialout $USER, then log in "
                "again."
            )
        if _BUSY.search(text):
            return PortBusyError(f"Another program uses {self.port}: close it and try again.")
        if _SILENT.search(text):
            return NoDeviceError(
                f"The chip at {self.port} did not enter bootloader mode. Hold the key at GPIO 0 (BOOT), press and "
                "release reset, release the key, and repeat the command."
            )
        if _GONE.search(text):
            return NoDeviceError(f"There is no port {self.port}, or it went away. Plug the board in and try again.")
        last = next((line.strip() for line in text.splitlines() if line.strip()), "no message")
        return EsptoolError(f"esptool could not {what} at {self.port}: {last}")


def _silence() -> None:
    """Suppress esptool's output: it would mix with the command's own data on stdout."""
    from esptool.logger import log

    log.set_verbosity("silent")


def is_blank(data: bytes) -> bool:
    """Return whether these bytes are what an erase leaves, in whole sectors."""
    return len(data) % _SECTOR_BYTES == 0 and data == _BLANK * len(data)
