"""How long the reader page takes for 1,000 bookmarks of a device at 115,200 baud, from Connect to the table."""

import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser

from tests.bench.link_figures import Presses, blank, device
from tests.support.browser.reader import ReaderPage
from tests.support.browser.serve import Port, Site

COUNT = 1000
_SECTORS = 32
_RECORD_BYTES = 55  # of a bookmark with a talk
LINE_S = round(COUNT * _RECORD_BYTES * 10 / 115_200, 1)


def read_1000_s(browser: Browser) -> float:
    """Return the seconds until the page shows them; the device has started before."""
    flash = blank(_SECTORS)
    presses = Presses(flash)
    while presses.count < COUNT:
        assert presses.press()
    with tempfile.TemporaryDirectory() as home, device(Path(home), flash) as path, Site() as site:
        site.ports = {"device": Port(str(path))}
        with ReaderPage(browser, site) as reader:
            began = time.monotonic()
            said = reader.connect(seconds=300)
            seconds = time.monotonic() - began
            assert not said and len(reader.rows()) == COUNT, said
    return round(seconds, 1)
