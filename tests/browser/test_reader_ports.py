"""The reader page at ports that are no Clapmark, at boards that reset, without a network, and in an old browser."""

import contextlib
import os
import threading
import time
import tty

import pytest

from clapmark.sim import EventKind, Simulation
from tests.support.browser.reader import ReaderPage
from tests.support.browser.serve import Port, Site
from tests.vectors.test_vectors import vectors

GPS = (
    b"$GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,*47\r\n"
    b"$GPGSA,A,3,04,05,,09,12,,,24,,,,,2.5,1.3,2.1*39\r\n"
)


class Chatter:
    """A port at which something else than Clapmark is: `say(asked)` returns what it writes. A context manager."""

    def __init__(self, say, pause_s: float) -> None:
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.path = os.ttyname(self._slave)
        self._say, self._pause_s = say, pause_s
        self._is_over = False
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._is_over = True
        self._thread.join(5)
        os.close(self._master)
        os.close(self._slave)

    def _run(self) -> None:
        while not self._is_over:
            try:
                asked = os.read(self._master, 4096)
            except BlockingIOError:
                asked = b""
            with contextlib.suppress(BlockingIOError):  # nobody reads it at the moment
                os.write(self._master, self._say(asked))
            time.sleep(self._pause_s)


@pytest.fixture(scope="module")
def site():
    with Site() as site:
        yield site


@pytest.fixture
def reader(browser, site):
    with ReaderPage(browser, site) as reader:
        yield reader
        assert not reader.complaints


@pytest.mark.parametrize(
    ("say", "pause_s", "sentence"),
    [
        (lambda _: GPS, 0.2, "no answer of Clapmark"),
        (lambda asked: b"\r\n>>> " if asked else b"", 0.05, "MicroPython prompt (>>>)"),
        (lambda _: os.urandom(60), 0.05, "no answer of Clapmark"),
        (lambda asked: asked, 0.02, "no answer of Clapmark"),  # an echo
        (lambda _: b"", 0.2, "Nobody answers at this port"),
    ],
    ids=["gps", "prompt", "noise", "echo", "silent"],
)
def test_a_port_that_is_no_clapmark_is_a_sentence(say, pause_s, sentence, reader, site):
    with Chatter(say, pause_s) as chatter:
        site.ports = {"device": Port(chatter.path)}
        assert sentence in reader.connect(seconds=60)
        assert reader.page.is_hidden("#found")
        reader.page.wait_for_selector("#disconnect", state="hidden")


def test_a_board_that_resets_when_its_port_is_opened_is_waited_for(reader, site, tmp_path):
    changed = threading.Condition()
    events = []

    def on_event(event) -> None:
        with changed:
            events.append(event.kind)
            changed.notify_all()

    simulation = Simulation(tmp_path / "device", bits=32, reset_at_open=True, on_event=on_event)
    thread = threading.Thread(target=simulation.run, daemon=True)
    thread.start()
    with changed:
        assert changed.wait_for(lambda: EventKind.PLUGGED in events, 60)
    try:
        site.ports = {"device": Port(simulation.port)}
        assert reader.connect(seconds=90) == ""
        assert events.count(EventKind.RESET) == 1
        assert reader.page.inner_text("#found-title").startswith("No bookmarks yet")
    finally:
        simulation.stop()
        thread.join(30)


def test_the_page_works_offline_once_it_was_opened(browser):
    with Site() as site:
        reader = ReaderPage(browser, site)
        with reader:
            page = reader.page
            page.evaluate("navigator.serviceWorker.ready.then(() => true)")
            page.reload()
            page.wait_for_selector("html[data-started]", state="attached")
            site.__exit__()
            reader.context.set_offline(True)
            page.reload()
            page.wait_for_selector("html[data-started]", state="attached")
            page.set_input_files("#open-log", log_file(vectors("bookmarks.json")[-1]["log"]))
            page.wait_for_selector("#talks tbody tr")
            page.goto(f"{site.address}index.html")
            assert "Clapmark" in page.title()
            assert not reader.complaints


def log_file(log: str) -> dict:
    return {"name": "clapmark-a1b2c3d4e5f6-9ACE8F55.log", "mimeType": "text/plain", "buffer": log.encode("latin-1")}


def test_a_saved_log_with_damage_shows_the_rest_and_saves_it_again(reader):
    case = max(vectors("bookmarks.json"), key=lambda case: len(case["bookmarks"]))
    lines = case["log"].splitlines(keepends=True)
    kept = [line for line in lines if line.endswith("\n") and " *" in line]
    reader.page.set_input_files("#open-log", log_file("".join(kept) + "noise and a torn li"))
    reader.page.wait_for_selector("#talks tbody tr")
    assert len(reader.rows()) == sum(not mark["undone"] for mark in case["bookmarks"])
    assert "1 place cannot be read" in reader.reports()
    reader.page.set_input_files("#open-log", log_file("no log"))
    reader.page.wait_for_selector("#notice:has-text('holds no record')")
    assert len(reader.rows()) == sum(not mark["undone"] for mark in case["bookmarks"])


def test_a_browser_without_web_serial_is_told_which_one_has_it(browser, site):
    with ReaderPage(browser, site, has_serial=False) as reader:
        assert "Chrome and Edge do, Firefox from version 151" in reader.page.inner_text("#old-browser")
        assert reader.page.is_disabled("#connect")
        reader.page.set_input_files("#open-log", log_file(vectors("bookmarks.json")[0]["log"]))
        reader.page.wait_for_selector("#talks tbody tr")
        assert not reader.complaints


def test_the_vectors_hold_in_chromium(reader, site):
    site.files["vectors/check.mjs"] = (vectors_folder() / "check.mjs").read_bytes()
    files = {
        "bookmarks": "bookmarks",
        "wallTimes": "wall_times",
        "frames": "frames",
        "numbers": "numbers",
        "texts": "texts",
    }
    data = {key: vectors(f"{name}.json") for key, name in files.items()}
    found = reader.page.evaluate(
        """async (vectors) => {
            const names = ["bookmarks/fold", "bookmarks/wall_time", "bookmarks/log_file", "link/frames", "link/lines"];
            const parts = await Promise.all(names.map((name) => import(`/reader/${name}.js`)));
            const { differences } = await import("/vectors/check.mjs");
            return differences(Object.assign({}, ...parts), vectors).found;
        }""",
        data,
    )
    assert found == []


def vectors_folder():
    from tests.vectors import test_vectors

    return test_vectors.FOLDER


def test_the_page_connects_to_nothing_but_its_own_origin(reader, site):
    policy = reader.page.get_attribute("meta[http-equiv='Content-Security-Policy']", "content")
    assert "connect-src 'self'" in policy and "default-src 'none'" in policy
    said = reader.page.evaluate("fetch('https://example.org/').then(() => 'sent', (error) => error.name)")
    assert said == "TypeError"
    assert any("example.org" in text for text in reader.complaints)
    reader.complaints.clear()
