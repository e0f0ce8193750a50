"""Serves the site to a test's browser, with serial ports behind WebSockets: ptys of virtual devices and of others."""

import asyncio
import contextlib
import os
import threading
import time
import tty
from collections.abc import Callable
from pathlib import Path
from random import Random

import uvicorn
from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from clapmark.web.offline import add_offline
from clapmark.web.server import application, listen

SITE = Path(__file__).parents[3] / "host" / "clapmark" / "web" / "site"
FAKE_SERIAL = Path(__file__).with_name("fake_serial.js").read_text(encoding="utf-8")
_BUSY, _GONE = 4001, 4002

Noise = Callable[[bytes, Random], bytes]


class Port:
    """A serial port that the page may open: `path` is a pty; `noise` spoils every `percent` of what comes from it."""

    def __init__(self, path: str, noise: Noise | None = None, percent: int = 0, seed: int = 1) -> None:
        self.path = path
        self.noise = noise
        self.percent = percent
        self.random = Random(seed)
        self.is_open = False
        self.spoiled = 0
        self.opened = 0
        self.pull_after: int | None = None  # bytes, after which the cable is pulled
        self._carried = 0

    def from_device(self, data: bytes) -> bytes | None:
        """Return what reaches the page; None: the cable was pulled."""
        if self.pull_after is not None:
            self._carried += len(data)
            if self._carried > self.pull_after:
                self.pull_after, self._carried = None, 0
                return None
        if self.noise is not None and len(data) > 1 and self.random.randrange(100) < self.percent:
            self.spoiled += 1
            return self.noise(data, self.random)
        return data


class Site:
    """The server, in a thread. A context manager; `ports` by the name that the fake `navigator.serial` asks for."""

    def __init__(self, files: dict[str, bytes] | None = None) -> None:
        self.files = files if files is not None else pages()
        self.ports: dict[str, Port] = {}
        self._socket = listen(0)
        self.port = self._socket.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}/"
        routes: list[BaseRoute] = [WebSocketRoute("/serial/{name}", self._bridge)]
        app = application(self.files, self.port, routes)
        self._server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off", ws="websockets-sansio"))
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True)

    def __enter__(self):
        self._thread.start()
        end = time.monotonic() + 30
        while not self._server.started:
            assert time.monotonic() < end
            time.sleep(0.02)
        return self

    def __exit__(self, *_):
        self._server.force_exit = self._server.should_exit = True
        self._thread.join(10)
        self._socket.close()

    async def _bridge(self, page: WebSocket) -> None:
        port = self.ports[page.path_params["name"]]
        await page.accept()
        if port.is_open:
            await page.close(_BUSY)
            return
        port.is_open = True
        port.opened += 1
        descriptor = os.open(port.path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        try:
            tty.setraw(descriptor)
            await page.send_text("open")
            await self._carry(page, port, descriptor)
        finally:
            os.close(descriptor)
            port.is_open = False

    @staticmethod
    async def _carry(page: WebSocket, port: Port, descriptor: int) -> None:
        ready = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_reader(descriptor, ready.set)

        async def to_page() -> None:
            while True:
                await ready.wait()
                ready.clear()
                try:
                    data = os.read(descriptor, 4096)
                except BlockingIOError:
                    continue
                except OSError:
                    data = b""
                shown = port.from_device(data) if data else None
                if shown is None:
                    with contextlib.suppress(RuntimeError, WebSocketDisconnect):
                        await page.close(_GONE)
                    return
                with contextlib.suppress(RuntimeError, WebSocketDisconnect):
                    await page.send_bytes(shown)

        async def to_device() -> None:
            with contextlib.suppress(WebSocketDisconnect, RuntimeError, KeyError):
                while True:
                    os.write(descriptor, await page.receive_bytes())

        tasks = [asyncio.create_task(to_page()), asyncio.create_task(to_device())]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        loop.remove_reader(descriptor)


def pages() -> dict[str, bytes]:
    """Return the files of the site without the device's WebAssembly, which the reader page does not need."""
    files = {path.relative_to(SITE).as_posix(): path.read_bytes() for path in SITE.rglob("*") if path.is_file()}
    add_offline(files)
    return files
