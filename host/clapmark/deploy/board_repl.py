"""MicroPython's raw prompt, through mpremote's transport: the one place that knows mpremote.

mpremote calls its transport no stable interface, so what is used of it stands here and in a contract test.
"""

import contextlib
import functools
import io
import struct
import time
from pathlib import Path

import serial
from mpremote.transport import TransportError, TransportExecError
from mpremote.transport_serial import SerialTransport as MpremoteTransport

from clapmark.base.errors import ClapmarkError, NoDeviceError
from clapmark.link.serial_port import LinkLostError

_READ_S = 5.0
_ENTER_S = 5.0
_EXCHANGE_S = 300  # for one piece of code and what it prints
_EXCHANGE_BYTES = 1 << 20
_WORK_S = 30  # between two bytes of an answer: a file system that cleans up takes seconds


class ReplError(ClapmarkError):
    """What was run on the device ended with an exception; `output` is its traceback."""

    def __init__(self, sentence: str, output: str) -> None:
        super().__init__(sentence)
        self.output = output

    @property
    def last_line(self) -> str:
        """The traceback's last line."""
        lines = self.output.strip().splitlines()
        return lines[-1] if lines else ""


class _BoundedPort:
    """A port on which a conversation ends: mpremote reads for as long as bytes come, and a device may never stop."""

    def __init__(self, port: serial.Serial) -> None:
        self._port = port
        self.begin()

    def begin(self) -> None:
        """Start the next exchange."""
        self._bytes = 0
        self._end = time.monotonic() + _EXCHANGE_S

    def read(self, size: int = 1) -> bytes:
        """Read as the port does. Raises SerialException when the exchange has taken too long."""
        data = bytes(self._port.read(size))
        self._bytes += len(data)
        if self._bytes > _EXCHANGE_BYTES or time.monotonic() > self._end:
            raise serial.SerialException("it sends bytes without end")
        return data

    def __getattr__(self, name: str) -> object:
        return getattr(self._port, name)


class BoardRepl:
    """The raw prompt of a board whose port is open already: opening it again might reset the board."""

    def __init__(self, port: serial.Serial, name: str) -> None:
        self._port = port
        self._name = name
        self._before_s = port.timeout
        self._mpremote = mpremote = MpremoteTransport.__new__(MpremoteTransport)
        mpremote.serial = self._bounded = _BoundedPort(port)
        mpremote.device_name = name
        mpremote.in_raw_repl = False
        mpremote.use_raw_paste = True
        mpremote.mounted = False
        # its own patience with a device that has become silent is twice as long
        mpremote.read_until = functools.partial(mpremote.read_until, timeout=_READ_S)
        if hasattr(MpremoteTransport, "_is_pty_device"):  # mpremote 1.27 and newer
            mpremote.is_pty = MpremoteTransport._is_pty_device(str(Path(name).resolve()))

    def enter(self, *, soft_reset: bool = False) -> None:
        """Switch from the prompt to the raw prompt. Raises NoDeviceError or LinkLostError.

        With `soft_reset`, MicroPython starts again; boot.py runs, main.py does not.
        """
        self._port.timeout = _READ_S
        self._bounded.begin()
        try:
            with contextlib.redirect_stdout(io.StringIO()):  # mpremote prints what it does not understand
                self._mpremote.enter_raw_repl(soft_reset=soft_reset, timeout_overall=_ENTER_S)
        except TransportError as error:
            raise NoDeviceError(
                f"MicroPython's prompt at {self._name} has no raw mode, or is not MicroPython's. Nothing was changed. "
                "Reset the device; a virtual device takes no deploy, it always runs the sources as they are."
            ) from error
        except (OSError, serial.SerialException) as error:
            raise self._lost(error) from error

    def run(self, code: str) -> str:
        """Run `code` on the device and return what it printed. Raises ReplError or LinkLostError."""
        self._bounded.begin()
        try:
            output, error_output = self._mpremote.exec_raw(code, timeout=_WORK_S)
        except TransportExecError as error:
            raise ReplError(f"The device failed: {error}.", str(error)) from error
        except (TransportError, OSError, serial.SerialException, struct.error, IndexError) as error:
            raise self._lost(error) from error
        if error_output:
            text = error_output.decode("utf-8", "replace")
            raise ReplError(f"The device failed: {text.strip().splitlines()[-1]}.", text)
        return str(output.decode("utf-8", "replace")).replace("\r\n", "\n")

    def reset(self) -> None:
        """Reset the chip; the port stays open, and is as it was before this prompt."""
        self._bounded.begin()
        try:
            self._mpremote.exec_raw_no_follow("import machine\nmachine.reset()")
        except (TransportError, OSError, serial.SerialException, struct.error) as error:
            raise self._lost(error) from error
        self._port.timeout = self._before_s

    def leave(self) -> None:
        """Switch back to the friendly prompt."""
        self._bounded.begin()
        try:
            self._mpremote.exit_raw_repl()
        except (OSError, serial.SerialException) as error:
            raise self._lost(error) from error
        self._port.timeout = self._before_s

    def _lost(self, error: Exception) -> LinkLostError:
        return LinkLostError(f"The device at {self._name} went away, or its prompt does not answer ({error}).")
