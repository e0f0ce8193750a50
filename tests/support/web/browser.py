"""The device page in a real Chromium, driven by Playwright, from a server in this process."""

import base64
import gzip
import hashlib
import re
import shutil
import threading
import time
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

import uvicorn
from playwright.sync_api import BrowserContext, Page, Request, expect

from clapmark.web.server import HOST, application, listen

WAIT_S = 60  # machines that test are slow and busy
_FINGER_MS = 100  # between two presses of a finger; edges that follow faster are bounces to the device
_PIXELS = """() => {
  const canvas = document.getElementById("panel");
  const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  let text = "";
  for (const byte of data) text += String.fromCharCode(byte);
  return btoa(text);
}"""


def chromium() -> str:
    """Return the path of a Chromium on this machine, "" if there is none."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next((found for name in names if (found := shutil.which(name))), "")


@contextmanager
def serving(files: dict[str, bytes]) -> Iterator[str]:
    """Serve the files of a site as `clapmark play` does; yield the address."""
    with listen(0) as bound:
        port = bound.getsockname()[1]
        config = uvicorn.Config(application(files, port), log_level="error", lifespan="off")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
        thread.start()
        try:
            deadline = time.monotonic() + WAIT_S
            while not server.started and time.monotonic() < deadline:
                time.sleep(0.01)
            yield f"http://{HOST}:{port}/"
        finally:
            server.should_exit = True
            thread.join(10)


def page_requests(context: BrowserContext) -> set[str]:
    """Return the set of files that pages and their workers will have asked for; it grows.

    The service worker, which afterwards fetches the whole site for the time without a network, is left out.
    """
    asked: set[str] = set()

    def note(request: Request) -> None:
        if request.service_worker is None:
            asked.add(urlsplit(request.url).path.lstrip("/") or "index.html")

    context.on("request", note)
    return asked


def gzipped_kb(files: dict[str, bytes], names: Iterable[str]) -> float:
    """Return the size of those of the site's files that `names` has, each gzipped."""
    return sum(len(gzip.compress(files[name], 9)) for name in names if name in files) / 1024


class DevicePage:
    """One open page. `errors` has what its console reported as an error, and exceptions."""

    def __init__(self, context: BrowserContext, address: str, fragment: str = "") -> None:
        self.page: Page = context.new_page()
        self.page.set_default_timeout(WAIT_S * 1000)
        self.errors: list[str] = []
        self.page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("dialog", lambda dialog: dialog.accept())
        self.page.goto(address + fragment)

    def wait_for_help(self, text: str) -> None:
        """Wait until the line of help says `text`."""
        expect(self.page.locator("#help")).to_contain_text(text, timeout=WAIT_S * 1000)

    def wait_until_ready(self) -> None:
        """Wait until the device has started."""
        self.wait_for_help("choose the next tag")

    def wait_for_arrival(self) -> None:
        """Wait until a replay has been played."""
        self.page.locator("html[data-device=arrived]").wait_for(state="attached")

    def press(self, button: str, ms: int = 90, how: str = "keyboard") -> None:
        """Press a button of the device."""
        key = self.page.locator(f".key[data-key={button}]")
        if how == "keyboard":
            self.page.keyboard.down(button.lower())
            self.page.wait_for_timeout(ms)
            self.page.keyboard.up(button.lower())
        elif how == "mouse":
            key.hover()
            self.page.mouse.down()
            self.page.wait_for_timeout(ms)
            self.page.mouse.up()
        else:
            self._touch(key.bounding_box(), ms)
        self.page.wait_for_timeout(_FINGER_MS)

    def journal(self) -> str:
        """Return the journal as the page shows it."""
        self.page.evaluate("document.getElementById('journal-box').open = false")
        self.page.evaluate("document.getElementById('journal').textContent = ''")
        self.page.evaluate("document.getElementById('journal-box').open = true")
        expect(self.page.locator("#journal")).not_to_be_empty(timeout=WAIT_S * 1000)
        return self.page.locator("#journal").inner_text()

    def records(self, kind: str) -> list[str]:
        """Return the journal's records of a kind, each from its kind on."""
        return re.findall(rf"^\d+ \d+ \d+ ({kind} .*) \*[0-9A-F]{{8}}$", self.journal(), re.MULTILINE)

    def wait_for_records(self, kind: str, count: int, seconds: float = WAIT_S) -> list[str]:
        """Wait until the journal has so many records of a kind; return them."""
        deadline = time.monotonic() + seconds
        while len(found := self.records(kind)) < count:
            assert time.monotonic() < deadline, self.journal()
            self.page.wait_for_timeout(100)
        return found

    def picture(self) -> bytes:
        """Return the pixels of the panel, RGBA."""
        return base64.b64decode(self.page.evaluate(_PIXELS))

    def picture_hash(self) -> str:
        """Return the hash of the picture, as tests.support.web.both has it."""
        return hashlib.sha256(self.picture()).hexdigest()

    def copy_link(self) -> str:
        """Return the link to what was done."""
        self.page.evaluate("delete document.documentElement.dataset.link")
        self.page.locator("#copy").click()
        self.page.locator("html[data-link]").wait_for(state="attached")
        return str(self.page.evaluate("document.documentElement.dataset.link"))

    def notice(self) -> str:
        """Return what the page tells."""
        return self.page.locator("#notice").inner_text()

    def wait_for_notice(self, text: str) -> None:
        """Wait until the page tells `text`."""
        expect(self.page.locator("#notice")).to_contain_text(text, timeout=WAIT_S * 1000)

    def _touch(self, box: dict[str, float] | None, ms: int) -> None:
        assert box is not None
        session = self.page.context.new_cdp_session(self.page)
        point = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
        session.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [point]})
        self.page.wait_for_timeout(ms)
        session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def fragment_of(board: str, script: str) -> str:
    """Return the fragment of a link that plays `script` on `board`."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = packer.compress(script.encode()) + packer.flush()
    return f"#board={board}&script={base64.urlsafe_b64encode(packed).decode().rstrip('=')}"


def script_of(link: str) -> tuple[str, str]:
    """Return (board, script) of a replay link."""
    values = parse_qs(urlsplit(link).fragment)
    word = values["script"][0].replace("-", "+").replace("_", "/")
    packed = base64.b64decode(word + "=" * (-len(word) % 4))
    return values["board"][0], zlib.decompress(packed, -zlib.MAX_WBITS).decode()
