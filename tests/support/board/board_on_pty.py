"""Keeps the model of a board (board_model.py) on a pty through its resets and power cuts."""

import os
import subprocess
import threading
import tty
from pathlib import Path

from clapmark.deploy.deploy import Result, deploy
from clapmark.firmware_build.micropython import find_micropython
from clapmark.flash.file_system import make_file_system, read_file_system
from clapmark.link.client import LinkClient, SerialTransport
from clapmark.link.hello import Hello

MODEL = Path(__file__).with_name("board_model.py")
RESET, CUT = 42, 9
SIZE = 1280 * 1024


class BoardOnPty:
    """`port` is the laptop's end. `files` are the files on the device when it is new.

    `rom_bytes` is the size of its ROM file system, which is blank (0: it has none).
    """

    def __init__(self, folder: Path, files: dict[str, bytes], size: int = SIZE, rom_bytes: int = 0) -> None:
        self.flash = folder / "board-flash.bin"
        self.flash.write_bytes(make_file_system(files, size))
        self.rom = folder / "board-rom.bin"
        self.rom.write_bytes(b"\xff" * rom_bytes)
        self._has_rom = rom_bytes > 0
        self.master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.port = os.ttyname(self._slave)
        self._ends = [self.master, self._slave]
        self.resets = 0
        self.is_cut = threading.Event()
        self._stopped = False
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread: threading.Thread | None = None

    def power_on(self, cut: int = 0) -> None:
        assert not (self._thread and self._thread.is_alive()), "it is on already"
        self.is_cut.clear()
        self._stopped = False
        self._start(cut)
        self._thread = threading.Thread(target=self._live, daemon=True)
        self._thread.start()

    def power_off(self) -> None:
        with self._lock:
            self._stopped = True
            if self._process:
                self._process.kill()
        if self._thread:
            self._thread.join(10)

    def wait_for_prompt(self) -> None:
        """Return when MicroPython's prompt answers."""
        transport = SerialTransport(self.port)
        heard = b""
        for _ in range(40):
            transport.write(b"\r")
            heard += transport.read(0.5)
            if b">>> " in heard:
                break
        transport.close()
        assert b">>> " in heard

    def deploy(self, files: dict[str, bytes], **words) -> Result:
        """Let `clapmark deploy` put these files on it; `words` are those of `deploy`."""
        transport = SerialTransport(self.port)
        try:
            return deploy(transport, files, **words)
        finally:
            transport.close()

    def hello(self) -> Hello:
        """Return what the running app answers to a `hello`."""
        with LinkClient(SerialTransport(self.port)) as client:
            return client.hello()

    def files(self) -> dict[str, bytes]:
        return read_file_system(self.flash.read_bytes())

    def close(self) -> None:
        self.power_off()
        while self._ends:
            os.close(self._ends.pop())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _start(self, cut: int) -> None:
        self._cut = cut
        command = [*find_micropython(32), "-X", "heapsize=200k", str(MODEL), str(self.flash), str(cut)]
        command += [str(self.rom)] * self._has_rom
        self._process = subprocess.Popen(command, stdin=self.master, stdout=self.master)

    def _live(self) -> None:
        while True:
            code = self._process.wait()
            with self._lock:
                if self._stopped:
                    return
                if code != RESET:
                    self.is_cut.set()
                    return
                self.resets += 1
                self._start(self._cut)
