"""A device with the real server and journal on a pty, and a transport that spoils what it says."""

import os
import signal
import subprocess
import tty
from pathlib import Path

from clapmark.firmware_build.micropython import find_micropython
from clapmark.link.client import LinkClient, SerialTransport

ROOT = Path(__file__).parents[3]
DEVICE = ROOT / "tests" / "support" / "device" / "link_device.py"

BOOT_TEXT = (
    b"ets Jul 29 2019 12:21:46\r\n\r\nrst:0x1 (POWERON_RESET),boot:0x12 (SPI_FAST_FLASH_BOOT)\r\n"
    b"configsip: 0, SPIWP:0xee\r\nmode:DIO, clock div:2\r\nload:0x3fff0030,len:4728\r\nentry 0x400805cc\r\n"
)


def micropython():
    prefix = os.environ.get("CLAPMARK_MICROPYTHON")
    return prefix.split() if prefix else list(find_micropython(bits=32))


class Device:
    """A device on a pty: `port` is the laptop's side. It lives on the 32-bit port in a heap of an ESP32's size."""

    def __init__(self, folder):
        self.folder = folder
        self.master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.port = os.ttyname(self._slave)
        self.process = None

    def start(self, saves=0):
        self.process = subprocess.Popen(
            [*micropython(), "-X", "heapsize=140k", str(DEVICE), str(self.folder), str(saves)],
            stdin=self.master,
            stdout=self.master,
            env={"MICROPYPATH": f"{ROOT}:.frozen"},
        )

    def stop(self):
        if self.process:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None

    def close(self):
        self.stop()
        os.close(self.master)
        os.close(self._slave)


class Faulty:
    """A transport that spoils what arrives: `spoil(data)` is called for each piece, in order."""

    def __init__(self, inner, spoil):
        self._inner = inner
        self._spoil = spoil
        self.name = inner.name
        self.read_bytes = 0
        self.written = []

    def read(self, timeout_s):
        data = self._inner.read(timeout_s)
        self.read_bytes += len(data)
        return self._spoil(data)

    def write(self, data):
        self.written.append(data)
        self._inner.write(data)

    def close(self):
        self._inner.close()


def connect(device, spoil=None):
    transport = SerialTransport(device.port)
    return LinkClient(Faulty(transport, spoil) if spoil else transport)
