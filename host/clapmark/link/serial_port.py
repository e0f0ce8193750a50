"""The serial port below the link, and the sentences for everything that can be wrong with it."""

import errno
import os
import select
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

import serial
from serial.tools import list_ports
from serial.tools.list_ports_common import ListPortInfo

from clapmark.base.errors import ClapmarkError, NoDeviceError

BAUD = 115_200

_OPEN_AGAIN = 4  # times
_OPEN_AGAIN_S = 0.1
_READ_BYTES = 65536
_WRITE_S = 5
_POLL_S = 0.005  # where a port cannot be waited for (Windows)

# how the makers' drivers for macOS call their ports: WCH and Silicon Labs
_MAKERS_NAMES = ("cu.wchusbserial", "tty.wchusbserial", "cu.SLAB_USBtoUART", "tty.SLAB_USBtoUART")
# USB makers of the chips between the boards and the cable: Silicon Labs, WCH, FTDI, Espressif
_BOARD_VENDORS = frozenset((0x10C4, 0x1A86, 0x0403, 0x303A))


class PortBusyError(ClapmarkError):
    """Another program holds the port."""


class PortPermissionError(ClapmarkError):
    """The user may not open the port."""


class LinkLostError(NoDeviceError):
    """The device went away in the middle."""


class Transport(Protocol):
    """Carries the bytes of the link."""

    @property
    def name(self) -> str:
        """Its name in a sentence."""

    def read(self, timeout_s: float) -> bytes:
        """Return what has arrived, waiting up to `timeout_s` for the first byte; b"" if nothing came."""

    def write(self, data: bytes) -> None:
        """Send all of `data`."""

    def close(self) -> None:
        """Close it; harmless if done before."""


class SerialTransport:
    """A serial port, or a pty in its place, opened for this program alone."""

    def __init__(self, port: str | Path) -> None:
        """Open `port` at 115,200 baud: a path, or an address that pyserial knows, such as socket://HOST:PORT.

        Raises NoDeviceError, PortBusyError or PortPermissionError with a sentence.
        """
        self.name = str(port)
        try:
            self._serial = serial.serial_for_url(
                self.name, do_not_open=True, baudrate=BAUD, timeout=0, write_timeout=_WRITE_S
            )
        except ValueError as error:
            raise NoDeviceError(f"{self.name} is not a port: {error}.") from error
        self._is_windows = os.name == "nt"
        if self._is_windows:
            # with a CP210x the two lines must never differ in the wrong order, or the board resets into its loader
            self._serial.dtr = False
            self._serial.rts = False
        else:
            self._serial.exclusive = True
        self._open()
        if self._is_windows:
            self._serial.dtr = True
            self._serial.rts = True

    @property
    def serial(self) -> serial.Serial:
        """The open port itself, for MicroPython's prompt: a second opening might reset the board."""
        return self._serial

    def _open(self) -> None:
        for is_last in (*[False] * _OPEN_AGAIN, True):
            try:
                self._serial.open()
            except serial.SerialException as error:
                failure = _open_error(self.name, error)
                if is_last or not isinstance(failure, PortBusyError):
                    raise failure from error
                time.sleep(_OPEN_AGAIN_S)  # a program that is just closing it may need a moment
            else:
                return

    def read(self, timeout_s: float) -> bytes:
        """Return what has arrived, waiting up to `timeout_s` for the first byte. Raises LinkLostError."""
        try:
            if self._is_windows:
                return self._read_polling(timeout_s)
            if not select.select((self._serial.fileno(),), (), (), max(0.0, timeout_s))[0]:
                return b""
            return bytes(self._serial.read(_READ_BYTES))
        except (serial.SerialException, OSError) as error:
            raise self._lost(error) from error

    def write(self, data: bytes) -> None:
        """Send all of `data`. Raises LinkLostError."""
        try:
            self._serial.write(data)
        except (serial.SerialException, OSError) as error:
            raise self._lost(error) from error

    def close(self) -> None:
        """Close the port."""
        if self._is_windows and self._serial.is_open:
            self._serial.rts = False
        self._serial.close()

    def _read_polling(self, timeout_s: float) -> bytes:
        end = time.monotonic() + timeout_s
        while not (data := bytes(self._serial.read(_READ_BYTES))) and time.monotonic() < end:
            time.sleep(_POLL_S)
        return data

    def _lost(self, error: Exception) -> LinkLostError:
        return LinkLostError(
            f"The device at {self.name} went away ({error}). What was fetched is safe, and the device still has what "
            "was not. Plug it in again and repeat the command."
        )


def find_ports() -> list[str]:
    """Return the serial ports that look like a board on USB, sorted; the device need not be one of ours."""
    return sorted(port.device for port in each_once(list_ports.comports()) if port.vid in _BOARD_VENDORS)


def each_once(listed: Iterable[ListPortInfo]) -> list[ListPortInfo]:
    """Return those of the `listed` serial ports that are on USB, each board once.

    On macOS a board has two ports if its maker's driver is installed next to Apple's. They have the same chip, serial
    number and place on the bus, and only the maker's works (WCHSoftGroup/ch34xser_macos, issue 9).
    """
    found = [port for port in listed if port.vid is not None]
    best: dict[tuple[object, ...], int] = {}
    for port in found:
        best[_chip(port)] = max(best.get(_chip(port), 0), _is_makers(port))
    return [port for port in found if _is_makers(port) == best[_chip(port)]]


def _chip(port: ListPortInfo) -> tuple[object, ...]:
    """Return what two ports of the same chip have in common; a port without place and serial number is alone."""
    serial_number, location = getattr(port, "serial_number", None), getattr(port, "location", None)
    return (port.vid, port.pid, serial_number, location) if serial_number or location else (port.device,)


def _is_makers(port: ListPortInfo) -> bool:
    return any(name in port.device for name in _MAKERS_NAMES)


def _open_error(name: str, error: serial.SerialException) -> ClapmarkError:
    number = error.errno
    text = str(error)
    if number == errno.ENOENT or "FileNotFoundError" in text:
        return NoDeviceError(
            f"There is no port {name}. Is the device plugged in, with a cable that carries data and not only power?"
        )
    if number in (errno.EACCES, errno.EPERM) and os.name != "nt":
        return PortPermissionError(
            f"You may not open {name}. On Debian and Ubuntu: sudo usermod -a -G dialout $USER, then log in again."
        )
    if number in (errno.EBUSY, errno.EAGAIN) or "exclusively lock" in text or "PermissionError" in text:
        return PortBusyError(
            f"Another program uses {name}: a second clapmark, mpremote, a serial monitor or ModemManager. "
            "Close it and try again."
        )
    return NoDeviceError(f"{name} cannot be opened as a serial port: {error}.")
