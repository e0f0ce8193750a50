"""Bridges the reader page to a serial port of this computer, for browsers that cannot open one.

The page opens a WebSocket for a port that it was offered. Binary messages carry the bytes of the link, both ways. The
server's first message is text, JSON: `{"opened": true}`, or `{"error": SENTENCE}` before it closes.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import anyio
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from clapmark.base.errors import ClapmarkError
from clapmark.link.serial_port import LinkLostError, SerialTransport
from clapmark.link.virtual_ports import find_virtual_ports
from clapmark.web.server import HEADERS

REFUSED = 4001  # the close codes that the page knows
GONE = 4002
_POLL_S = 0.1  # how long the port may stay open after the page has gone
_RELEASE_S = 2


@dataclass(frozen=True)
class Offer:
    """A port that the page may open, and how a sentence names what is there."""

    port: str
    name: str


def offers(port: str | None) -> list[Offer]:
    """Return the device at `port`, or else the running virtual devices."""
    if port is not None:
        return [Offer(port, f"the device at {port}")]
    return [
        Offer(virtual.name, f"the virtual device of clapmark sim at {virtual.name} ({virtual.board})")
        for virtual in find_virtual_ports()
    ]


class Bridge:
    """Serves the list of ports and the WebSocket. A port belongs to one page at a time, and closes with it."""

    def __init__(self, find: Callable[[], Sequence[Offer]]) -> None:
        """Offer what `find` returns whenever a page asks."""
        self._find = find
        self._in_use: dict[str, anyio.Event] = {}  # set when the port is closed

    def routes(self) -> list[BaseRoute]:
        """Return the routes, for server.application."""
        return [Route("/bridge.json", self._list, methods=["GET"]), WebSocketRoute("/bridge", self._serve)]

    async def _list(self, _request: Request) -> Response:
        found = await anyio.to_thread.run_sync(self._find)
        return JSONResponse({"devices": [asdict(offer) for offer in found]}, headers=HEADERS)

    async def _serve(self, page: WebSocket) -> None:
        port = page.query_params.get("port", "")
        found = await anyio.to_thread.run_sync(self._find)
        await page.accept()
        if port not in [offer.port for offer in found]:
            await _refuse(page, f"`clapmark play` does not offer the port {port}. Reload the page.")
        elif not await self._is_released(port):
            await _refuse(page, f"Another page reads the device at {port}. Disconnect there, then connect here.")
        else:
            self._in_use[port] = anyio.Event()
            try:
                await _bridge(page, port)
            except WebSocketDisconnect:
                return  # between two messages, or in the middle of one
            finally:
                self._in_use.pop(port).set()

    async def _is_released(self, port: str) -> bool:
        """Return whether no page has the port. A page that has just gone, or is loaded again, is waited for."""
        with anyio.move_on_after(_RELEASE_S):
            while port in self._in_use:
                await self._in_use[port].wait()
        return port not in self._in_use


async def _bridge(page: WebSocket, port: str) -> None:
    try:
        transport = await anyio.to_thread.run_sync(SerialTransport, port)
    except ClapmarkError as error:
        await _refuse(page, str(error))
        return
    try:
        await page.send_json({"opened": True})
        if await _carry(page, transport):
            await page.close(GONE)
    finally:
        transport.close()


async def _carry(page: WebSocket, transport: SerialTransport) -> bool:
    """Carry bytes until one side has gone; return whether that was the device."""
    is_lost = False

    async def to_page() -> None:
        nonlocal is_lost
        try:
            while True:
                data = await anyio.to_thread.run_sync(transport.read, _POLL_S)
                if data and not group.cancel_scope.cancel_called:
                    await page.send_bytes(data)
        except LinkLostError:
            is_lost = True
        except WebSocketDisconnect:
            is_lost = False
        group.cancel_scope.cancel()

    async def to_device() -> None:
        nonlocal is_lost
        try:
            while (message := await page.receive())["type"] == "websocket.receive":
                if data := message.get("bytes"):
                    await anyio.to_thread.run_sync(transport.write, data)
        except LinkLostError:
            is_lost = True
        group.cancel_scope.cancel()

    async with anyio.create_task_group() as group:
        group.start_soon(to_page)
        group.start_soon(to_device)
    return is_lost


async def _refuse(page: WebSocket, sentence: str) -> None:
    await page.send_json({"error": sentence})
    await page.close(REFUSED)
