"""Schedules from the web, against a real server on this machine: what is taken, and what is refused."""

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clapmark.schedule import ScheduleError, fetch, load_schedule
from clapmark.schedule.source import MAX_BYTES, is_address

FRAB = (Path(__file__).parents[2] / "fixtures" / "frab.json").read_bytes()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        path = self.path.split("?")[0]
        if path.startswith("/to/"):
            target = {"good": "/schedule.json", "loop": "/to/loop", "file": "file:///etc/passwd", "ftp": "ftp://x/y"}
            self.send_response(302)
            self.send_header("Location", target[path.removeprefix("/to/")])
            self.end_headers()
            return
        if path == "/missing":
            self.send_error(404)
            return
        if path == "/slow-headers":
            self.wfile.write(b"HTTP/1.0 200 OK\r\nX-Slow: ")
            for _ in range(150):
                self.wfile.write(b"x")
                time.sleep(0.02)
            return
        self.send_response(200)
        length = {"/schedule.json": len(FRAB), "/cut": len(FRAB) + 10}.get(path)
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.end_headers()
        if path == "/slow":
            time.sleep(2)
        elif path == "/drip":
            for _ in range(100):
                self.wfile.write(b" ")
                time.sleep(0.02)
        elif path == "/endless":
            while True:
                self.wfile.write(b" " * 1_000_000)
        else:
            self.wfile.write(FRAB)

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except OSError:  # the client has heard enough
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=httpd.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{httpd.server_address[1]}"
    httpd.shutdown()
    thread.join()
    httpd.server_close()


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.mark.parametrize("path", ["/schedule.json", "/to/good", "/Fahrplan größe?a=b", "/no-length"])
def test_a_schedule_is_read_from_an_address(server, path):
    assert len(load_schedule(server + path).talks) == 5


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/missing", "the server answers 404 Not Found"),
        ("/to/loop", "the server answers 302"),
        ("/to/file", "cannot be loaded: the server answers 302 .*is not allowed"),
        ("/to/ftp", 'leads to "ftp://x/y", which is not a web address'),
        ("/cut", "cannot be loaded: .*10 more expected"),
        ("/endless", f"larger than {MAX_BYTES // 1_000_000} MB"),
    ],
)
def test_what_is_no_schedule_is_reported_with_the_address(server, path, message):
    with pytest.raises(ScheduleError, match=message):
        load_schedule(server + path)


def test_a_server_that_keeps_us_waiting_is_left(server, monkeypatch):
    monkeypatch.setattr(fetch, "TIMEOUT_S", 0.2)
    monkeypatch.setattr(fetch, "TOTAL_TIMEOUT_S", 0.4)
    began = time.monotonic()
    for path in ("/slow", "/drip", "/slow-headers"):
        with pytest.raises(ScheduleError, match="too slow"):
            load_schedule(server + path)
    assert time.monotonic() - began < 2.9


def test_a_port_without_an_answer_is_reported(server):
    port = int(server.rpartition(":")[2])
    with pytest.raises(ScheduleError, match=r"Connection refused\. Check the address"):
        load_schedule(f"http://127.0.0.1:{port % 60_000 + 1}/schedule.json")


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd",
        "ftp://127.0.0.1/a",
        "data://text/plain,a",
        "webcal://127.0.0.1/a.ics",
        "http://",
        "http:///path",
        "http://[::1",
        "http://127.0.0.1:port/",
        "http://user:secret@127.0.0.1:1/",
        "http://a b/",
        "http://127.0.0.1/\r\nHost: x",
        "http://127.0.0.1:1/\x00",
    ],
)
def test_an_address_that_cannot_be_is_refused_in_one_sentence(address):
    with pytest.raises(ScheduleError, match="cannot be loaded") as caught:
        load_schedule(address)
    assert str(caught.value).isprintable()


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=20))
def test_no_address_makes_another_exception(text):
    with pytest.raises(ScheduleError):
        fetch.download(f"http://[{text}", 10)
    assert fetch.name_of(f"https://{text}")
    assert not is_address(text.replace("://", ""))


@pytest.mark.parametrize("scheme", ["webcal", "webcals", "WEBCAL"])
def test_the_address_behind_a_subscribe_button_is_https(scheme):
    assert is_address(f"{scheme}://conf.example/schedule.ics")
    assert fetch.web_scheme(f"{scheme}://conf.example/schedule.ics") == "https://conf.example/schedule.ics"
    with pytest.raises(ScheduleError, match=r"https://127\.0\.0\.1:9/schedule\.ics"):
        load_schedule(f"{scheme}://127.0.0.1:9/schedule.ics")
