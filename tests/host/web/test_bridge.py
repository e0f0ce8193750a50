"""`clapmark play` bridges a page to a real `clapmark sim`: read with a WebSocket client that shares no code with it."""

import json
import os
import socket
import subprocess
import threading
import time
import urllib.parse
import urllib.request

import pytest

from clapmark.base.errors import ClapmarkError
from clapmark.link.client import SerialTransport
from clapmark.web import wasm
from tests.support.browser.reader import CLAPMARK, Sim
from tests.support.second_client import Client
from tests.support.web.play_command import Play
from tests.support.web.second_websocket import BINARY, CLOSE, TEXT, HandshakeError, WebSocketClient


@pytest.fixture(scope="module", autouse=True)
def pages():
    """Fetch the pages' MicroPython, which takes longer on a fresh machine than `clapmark play` has to start here."""
    wasm.provide(print)


@pytest.fixture(scope="module")
def sim(tmp_path_factory):
    with Sim(tmp_path_factory.mktemp("sim")) as sim:
        sim.act("press A", "press A")
        yield sim


@pytest.fixture(scope="module")
def play(sim):
    with Play(sim.folder, "--port", str(sim.link), state_home=sim.folder / "xdg") as play:
        yield play
    assert play.code == 130  # as after every Ctrl-C


def path_of(port: object) -> str:
    return f"/bridge?port={urllib.parse.quote(str(port), safe='')}"


def opened(play: Play, port: object) -> WebSocketClient:
    client = WebSocketClient(play.port, path_of(port))
    kind, data = client.receive()
    assert (kind, json.loads(data)) == (TEXT, {"opened": True})
    return client


def refusal(play: Play, port: object) -> str:
    """Return the sentence with which a page is refused."""
    with WebSocketClient(play.port, path_of(port)) as client:
        kind, data = client.receive()
        assert kind == TEXT
        kind, code = client.receive()
        assert (kind, int.from_bytes(code[:2])) == (CLOSE, 4001)
        return json.loads(data)["error"]


def listed(play: Play) -> list[dict[str, str]]:
    with urllib.request.urlopen(f"{play.address}bridge.json", timeout=30) as answer:
        return json.load(answer)["devices"]


class BridgedClient(Client):
    """The second client of the link, through the bridge."""

    def __init__(self, bridged: WebSocketClient) -> None:
        mine, self._other = socket.socketpair()
        self._port = mine.detach()
        self._ident, self._pending, self.junk = 17, b"", 0
        self._bridged = bridged
        self._threads = [threading.Thread(target=each, daemon=True) for each in (self._to_device, self._from_device)]
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Close the page."""
        os.close(self._port)
        self._threads[0].join(10)
        self._bridged.send(b"\x03\xe8", CLOSE)
        self._threads[1].join(30)

    def _to_device(self) -> None:
        while data := self._other.recv(4096):
            self._bridged.send(data)

    def _from_device(self) -> None:
        while True:
            kind, data = self._bridged.receive()
            if kind == CLOSE:
                return
            assert kind == BINARY
            self._other.sendall(data)


def test_the_device_is_read_through_the_bridge_and_the_port_is_released_afterwards(sim, play):
    client = BridgedClient(opened(play, sim.link))
    assert client.hello()["firmware"]
    found = b"".join(line for _, line in client.fetch(1))
    client.close()
    end = time.monotonic() + 10
    while True:
        try:
            assert sim.records() == found
            break
        except ClapmarkError:  # the bridge is closing it just now
            assert time.monotonic() < end
    assert found.count(b" bookmark ") == 2


def test_the_port_is_locked_while_a_page_has_it_and_a_second_page_gets_a_sentence(sim, play):
    first = opened(play, sim.link)
    with pytest.raises(ClapmarkError, match="Another program uses"):
        SerialTransport(sim.link)
    assert refusal(play, sim.link).startswith(f"Another page reads the device at {sim.link}.")
    first.close()
    opened(play, sim.link).close()


def test_a_page_that_vanishes_without_a_word_releases_the_port(sim, play):
    with opened(play, sim.link):
        pass  # the connection ends without a close frame
    end = time.monotonic() + 10
    while True:
        try:
            opened(play, sim.link).close()
            return
        except AssertionError:
            assert time.monotonic() < end


def test_a_port_that_another_program_uses_is_a_sentence(sim, play):
    held = SerialTransport(sim.link)
    try:
        assert "Another program uses" in refusal(play, sim.link)
    finally:
        held.close()
    opened(play, sim.link).close()


@pytest.mark.parametrize("port", ["/dev/null", "/etc/passwd", "", "socket://127.0.0.1:1"])
def test_only_ports_that_are_offered_are_opened(play, port):
    assert "does not offer" in refusal(play, port)


@pytest.mark.parametrize(
    "who",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": None},
        {"origin": "http://127.0.0.1:1"},
        {"host": "evil.example"},
        {"host": "evil.example:80", "origin": "http://evil.example:80"},
    ],
    ids=str,
)
def test_another_sites_page_is_refused(sim, play, who):
    with pytest.raises(HandshakeError) as refused:
        WebSocketClient(play.port, path_of(sim.link), **who)
    assert refused.value.status == 403


def test_text_and_large_messages_from_a_page_do_no_harm(sim, play):
    client = opened(play, sim.link)
    client.send(b"not bytes of the link", TEXT)
    client.send(os.urandom(20_000))
    client.close()
    assert sim.hello().firmware


def test_the_reader_page_is_offered_the_port(sim, play):
    assert listed(play) == [{"port": str(sim.link), "name": f"the device at {sim.link}"}]
    assert f"{play.address}reader/ reads the device at {sim.link}" in play.told()


def test_a_port_that_is_not_there_is_a_sentence(tmp_path):
    missing = tmp_path / "ttyUSB0"
    with Play(tmp_path, "--port", str(missing), state_home=tmp_path) as play:
        assert refusal(play, missing).startswith(f"There is no port {missing}.")


def test_without_port_a_running_virtual_device_is_offered_and_its_end_closes_the_page(tmp_path):
    with Sim(tmp_path) as sim, Play(tmp_path, state_home=tmp_path / "xdg") as play:
        (offer,) = listed(play)
        assert os.path.realpath(offer["port"]) == os.path.realpath(sim.link)
        assert offer["name"] in play.told()
        assert "the virtual device of clapmark sim" in offer["name"]
        client = opened(play, offer["port"])
        sim.process.kill()
        kind = BINARY
        while kind == BINARY:
            kind, code = client.receive()
        assert (kind, int.from_bytes(code[:2])) == (CLOSE, 4002)
        assert listed(play) == []


def test_another_command_says_that_the_page_has_the_port(sim, play):
    first = opened(play, sim.link)
    command = [*CLAPMARK, "devices", "--port", str(sim.link)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode and "Another program uses" in done.stdout + done.stderr
    first.close()
