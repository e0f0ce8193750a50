"""Serves the site on the loopback address: to this computer's browsers, and to no page of another site."""

import socket
import threading
import time
import webbrowser
from collections.abc import Awaitable, Callable
from pathlib import PurePosixPath

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from clapmark.base.errors import ClapmarkError

HOST = "127.0.0.1"  # this computer alone
FIRST_PORT = 8010
SECURITY_POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; "
    "style-src 'self'; img-src 'self' blob: data:; font-src 'self'; manifest-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'"
)
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".wasm": "application/wasm",
}
HEADERS = {
    "Content-Security-Policy": SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-cache",
}
_START_S = 30
_MOST_MESSAGE_BYTES = 65_536


def media_type(name: str) -> str:
    """Return the media type of a file of the site."""
    return _TYPES.get(PurePosixPath(name).suffix, "application/octet-stream")


def application(files: dict[str, bytes], port: int, routes: list[BaseRoute] | None = None) -> ASGIApp:
    """Return the server for `files` (site_files.site_files) at `port`; `routes` are served besides."""

    async def serve_file(request: Request) -> Response:
        name = request.path_params["name"]
        if name == "" or name.endswith("/"):
            name += "index.html"
        data = files.get(name)
        if data is None:
            return PlainTextResponse("There is no such page.\n", status_code=404, headers=HEADERS)
        return Response(data, media_type=media_type(name), headers=HEADERS)

    return _OwnOrigin(Starlette(routes=[*(routes or []), Route("/{name:path}", serve_file, methods=["GET"])]), port)


class _OwnOrigin:
    """Refuses what another site's page sends here: by the name it was sent to (DNS rebinding), and by its origin."""

    def __init__(self, app: ASGIApp, port: int) -> None:
        self._app = app
        self._hosts = {f"{name}:{port}" for name in (HOST, "localhost", "[::1]")}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in {"http", "websocket"} and not self._is_own(scope):
            await self._refuse(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _is_own(self, scope: Scope) -> bool:
        headers = [(name.lower(), value.decode("latin-1")) for name, value in scope["headers"]]
        hosts = [value for name, value in headers if name == b"host"]
        origins = [value for name, value in headers if name == b"origin"]
        if scope["type"] == "websocket" and not origins:
            return False  # every browser sends one
        return (
            len(hosts) == 1
            and hosts[0] in self._hosts
            and all(
                origin.removeprefix("http://") in self._hosts and origin.startswith("http://") for origin in origins
            )
        )

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        answer: Callable[[Scope, Receive, Send], Awaitable[None]] = PlainTextResponse(
            "This page is for this computer's own browser only.\n", status_code=403, headers=HEADERS
        )
        await answer(scope, receive, send)


def listen(wanted: int | None) -> socket.socket:
    """Return a socket that listens on the loopback address: at the port `wanted`, or at 8010 or a free one.

    Raises ClapmarkError if the port is in use.
    """
    for port in (FIRST_PORT, 0) if wanted is None else (wanted,):
        bound = socket.socket()
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind((HOST, port))
            bound.listen()  # with SO_REUSEADDR two programs can bind; the second one learns of it only here
        except OSError:
            bound.close()
            continue
        return bound
    raise ClapmarkError(f"Port {wanted} is in use by another program. Choose another with --http-port, or omit it.")


def serve(app: ASGIApp, bound: socket.socket, address: str, *, is_opening: bool) -> None:
    """Serve until Ctrl-C; with `is_opening`, open a browser at `address` once the server answers."""
    config = uvicorn.Config(
        app, log_level="warning", lifespan="off", ws="websockets-sansio", ws_max_size=_MOST_MESSAGE_BYTES
    )
    server = uvicorn.Server(config)
    if is_opening:
        threading.Thread(target=_open_when_ready, args=(server, address), daemon=True).start()
    server.run(sockets=[bound])


def _open_when_ready(server: uvicorn.Server, address: str) -> None:
    deadline = time.monotonic() + _START_S
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.02)
    if server.started:
        webbrowser.open(address)
