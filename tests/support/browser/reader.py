"""The reader page in a browser, and a real `clapmark sim` behind its serial port."""

import os
import subprocess
import sys
import time
from pathlib import Path

from clapmark.link.client import LinkClient, SerialTransport
from tests.support.browser.serve import FAKE_SERIAL, Site

CLAPMARK = [sys.executable, "-m", "clapmark"]


class Sim:
    """A `clapmark sim` as a process; actions go to its stdin. A context manager."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.link = folder / "port"
        self.state = folder / "device"

    def __enter__(self):
        command = [*CLAPMARK, "sim", "--state", str(self.state), "--link", str(self.link)]
        self._log = (self.folder / "sim.txt").open("wb")
        environment = os.environ | {"XDG_STATE_HOME": str(self.folder / "xdg")}
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=self._log, env=environment)
        end = time.monotonic() + 90
        while not self.link.exists():
            assert self.process.poll() is None and time.monotonic() < end
            time.sleep(0.05)
        with self.client() as client:
            client.hello(30)
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self._log.close()

    def client(self) -> LinkClient:
        return LinkClient(SerialTransport(self.link))

    def act(self, *lines: str, pause_s: float = 0.4) -> None:
        for line in lines:
            self.process.stdin.write(f"{line}\n".encode())
            self.process.stdin.flush()
            time.sleep(pause_s)

    def mark(self, number: int) -> None:
        """Make bookmarks, one of them a passage, one undone."""
        for _ in range(number):
            self._do("press A", b" bookmark ")
        self._do("hold A 1200ms", b" span ")
        self._do("press A", b" bookmark ")
        self._do("hold B 1000ms", b" undo ")
        time.sleep(3.5)  # the tag settles

    def _do(self, action: str, record: bytes) -> None:
        """Do what writes a record of this kind, and wait for it: a busy machine stretches the device's time."""
        flash = self.state / "flash.bin"
        before = flash.read_bytes().count(record)
        self.act(action)
        end = time.monotonic() + 60
        while flash.read_bytes().count(record) == before:
            assert time.monotonic() < end, f"{action} has written no record"
            time.sleep(0.05)
        time.sleep(0.3)  # until the button is up, and has stopped bouncing

    def hello(self):
        with self.client() as client:
            return client.hello(30)

    def records(self) -> bytes:
        """Return all records, byte for byte, as the laptop's own client reads them."""
        with self.client() as client:
            client.hello(30)
            return b"".join(item.data for item in client.records(1))


class ReaderPage:
    """The page in a tab of its own; everything that the browser complains about is kept."""

    def __init__(self, chromium, site: Site, *, has_serial: bool = True, **options) -> None:
        self.context = chromium.new_context(accept_downloads=True, timezone_id="Europe/Berlin", **options)
        if has_serial:
            self.context.add_init_script(FAKE_SERIAL)
        else:
            self.context.add_init_script("delete Navigator.prototype.serial")
        self.site = site
        self.complaints: list[str] = []
        self.page = self.new_tab()

    def new_tab(self):
        page = self.context.new_page()
        page.set_default_timeout(120_000)  # machines that test are slow and busy
        page.on("console", lambda message: message.type == "error" and self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.goto(f"{self.site.address}reader/")
        page.wait_for_selector("html[data-started]", state="attached")
        return page

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.context.close()

    def use(self, name: str, page=None) -> None:
        (page or self.page).evaluate("name => { fakeSerial.name = name }", name)

    def connect(self, page=None, seconds: float = 60) -> str:
        """Press Connect, wait until the page is done, and return what it says."""
        page = page or self.page
        page.evaluate("document.documentElement.dataset.busy = 'yes'")
        page.click("#connect")
        return self.wait(page, seconds)

    def wait(self, page=None, seconds: float = 60) -> str:
        page = page or self.page
        page.wait_for_selector("html[data-busy=no]", state="attached", timeout=seconds * 1000)
        return page.inner_text("#notice")

    def disconnect(self) -> None:
        """Let others read the line: of two readers, each would get a part of what comes."""
        self.page.click("#disconnect")
        self.page.wait_for_selector("#disconnect", state="hidden")

    def rows(self, page=None) -> list[list[str]]:
        rows = (page or self.page).query_selector_all("#talks tbody tr")
        return [[cell.inner_text() for cell in row.query_selector_all("td")] for row in rows]

    def reports(self) -> str:
        return self.page.inner_text("#reports")

    def saved(self, button: str) -> tuple[str, bytes]:
        """Press a button that saves, and return the file's name and content."""
        with self.page.expect_download() as download:
            self.page.click(button)
        return download.value.suggested_filename, Path(download.value.path()).read_bytes()
