"""The addresses of the stage: pages, the stream of states, the clock, commands, and text for other programs."""

import asyncio
import io
import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path, PurePosixPath

import segno
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from clapmark.base.errors import ClapmarkError
from clapmark.base.os_errors import os_error_sentence
from clapmark.stage.clock import now_ms
from clapmark.stage.commands import CommandError, CommandLog, command_of
from clapmark.stage.serve import Runner
from clapmark.stage.stage import Stage
from clapmark.stage.web.access import Access
from clapmark.stage.web.guard import Guard, Rate, address_of
from clapmark.stage.web.openapi import openapi
from clapmark.stage.web.texts import TEXTS, text_of

MOST_VIEWERS = 200
HEARTBEAT_S = 2.0
_MOST_BODY = 4_096
_FAILURES = 10.0, 0.2  # wrong tokens of one address: burst, and per second
_PAGES = {"": "stage", "stage": "stage", "speaker": "speaker", "rundown": "rundown", "remote": "remote", "api": "api"}
_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_FULL = "This stage has its 200 viewers: close a page that nobody looks at, and load this one again."
_OTHER_REMOTE = "Another remote has taken over. Choose `Take over` to operate the stage from here again."

Handler = Callable[[Request], Awaitable[Response]]


class StageApp:
    """The application. `remote_url` is what the QR code says, with its token."""

    def __init__(
        self,
        stage: Stage,
        access: Access,
        remote_url: str = "",
        *,
        remotes: int = 1,
        commands_a_second: float = 30.0,
        most_viewers: int = MOST_VIEWERS,
        runner: Runner | None = None,
    ) -> None:
        self.stage = stage
        self.access = access
        self.remote_url = remote_url
        self.log = CommandLog(stage.perform)
        self.viewers = 0
        self.local_token = secrets.token_urlsafe()  # of `clapmark sync` on this computer, which may name an archive
        self._runner = runner
        self._most_viewers = most_viewers
        self._remotes = remotes
        self._holders: list[str] = []  # the remotes that operate, the newest last
        self._commands = Rate(2 * commands_a_second, commands_a_second)
        self._failures = Rate(*_FAILURES)
        self._pages = files("clapmark.stage") / "pages"

    def app(self, names: frozenset[str], *, is_open: bool) -> ASGIApp:
        """Return it as an ASGI application, which this computer's `names` may be asked for."""
        view, control = self._for_view, self._for_control
        routes = [
            Route("/api/1/events", view(self.events)),
            Route("/api/1/state", view(self.state)),
            Route("/api/1/clock", view(self.clock)),
            Route("/api/1/text/{what}", view(self.text)),
            Route("/api/1/commands", control(self.command), methods=["POST"]),
            Route("/api/1/remote", control(self.take_over), methods=["POST"]),
            Route("/api/1/qr.svg", control(self.qr)),
            Route("/api/1/sync", self.sync, methods=["POST"]),
            Route("/openapi.json", self.describe),
            Route("/favicon.ico", self.icon),
            Route("/{page}", self.page),
            Route("/", self.page),
        ]
        lifespan = self._runner.lifespan if self._runner else None
        return Guard(Starlette(routes=routes, lifespan=lifespan), names, is_open=is_open)

    # pages

    async def page(self, request: Request) -> Response:
        """Return a page or a file of one."""
        name = request.path_params.get("page", "")
        name = f"{_PAGES[name]}.html" if name in _PAGES else name
        suffix = PurePosixPath(name).suffix
        file = self._pages / name
        if suffix not in _TYPES or "/" in name or not file.is_file():
            return PlainTextResponse("There is no such page. / is the stage.\n", status_code=404)
        return Response(file.read_bytes(), media_type=_TYPES[suffix], headers={"cache-control": "no-cache"})

    async def icon(self, _request: Request) -> Response:
        """Point browsers that ask for the old name to the icon."""
        return RedirectResponse("/icon.svg", status_code=308)

    async def describe(self, _request: Request) -> Response:
        """Return the API's description."""
        return JSONResponse(openapi())

    # the state

    async def state(self, _request: Request) -> Response:
        """Return the state once."""
        return JSONResponse(self.stage.values())

    async def clock(self, _request: Request) -> Response:
        """Return the stage's clock."""
        return JSONResponse({"now_ms": now_ms()}, headers={"cache-control": "no-store"})

    async def text(self, request: Request) -> Response:
        """Return one text for programs that show a text from an address, such as OBS."""
        found = text_of(self.stage, request.path_params["what"])
        if found is None:
            return PlainTextResponse(f"There are: {', '.join(TEXTS)}.\n", status_code=404)
        return PlainTextResponse(found, headers={"cache-control": "no-store"})

    async def events(self, request: Request) -> Response:
        """Send the state now and whenever it changes, and a heartbeat every two seconds."""
        if self.viewers >= self._most_viewers:
            return JSONResponse({"say": _FULL}, status_code=503, headers={"retry-after": "30"})
        return StreamingResponse(
            self._stream(request), media_type="text/event-stream", headers={"cache-control": "no-store"}
        )

    async def _stream(self, request: Request) -> AsyncIterator[bytes]:
        stage = self.stage
        watcher = asyncio.Event()
        stage.watchers.add(watcher)
        self.viewers += 1
        sent = -1
        try:
            yield b"retry: 1000\n\n"
            while True:
                watcher.clear()
                if stage.version != sent:
                    sent = stage.version
                    yield b"event: state\ndata: " + json.dumps(stage.values()).encode() + b"\n\n"
                try:
                    await asyncio.wait_for(watcher.wait(), HEARTBEAT_S)
                except TimeoutError:
                    if await request.is_disconnected():
                        return
                    yield b'event: beat\ndata: {"now_ms": %.3f, "version": %d}\n\n' % (now_ms(), stage.version)
        finally:
            self.viewers -= 1
            stage.watchers.discard(watcher)

    # commands

    async def command(self, request: Request) -> Response:
        """Do a command."""
        if not self._commands.has_turn(address_of(request.scope)):
            return _say(429, "Too many commands: wait a second and send it again, with the same id.")
        holder = request.headers.get("x-clapmark-remote", "")
        if holder and holder not in self._holders:
            return _say(409, _OTHER_REMOTE, {"taken": True})
        body = b""
        async for piece in request.stream():
            body += piece
            if len(body) > 4 * _MOST_BODY:
                return _say(413, "A command has at most 4 KB. Nothing was done.")
        try:
            value = json.loads(body)
        except (ValueError, RecursionError):
            return _say(400, "A command is a JSON object with `id` and `do`. Nothing was done.")
        try:
            command = command_of(value)
        except CommandError as error:
            return _say(error.status, str(error))
        result = await self.log.do(command)
        return _say(result.status, result.say)

    async def take_over(self, request: Request) -> Response:
        """Let this remote operate the stage; with one at a time, the one before it no longer does."""
        holder = request.headers.get("x-clapmark-remote", "")
        if not 1 <= len(holder) <= 64:
            return _say(400, "A remote sends a name of its own in X-Clapmark-Remote.")
        if holder in self._holders:
            self._holders.remove(holder)
        self._holders = [*self._holders, holder][-self._remotes :]
        return _say(200, "This remote operates the stage.")

    async def sync(self, request: Request) -> Response:
        """Sync the device into the archive that `clapmark sync` on this computer names."""
        if not secrets.compare_digest(_bearer(request).encode(), self.local_token.encode()) or self._runner is None:
            return self._refuse(request, "Only `clapmark sync` on this computer may ask for this.")
        try:
            folder = Path(str((await request.json())["archive"]))
            result = await self._runner.sync_into(folder)
        except (ValueError, TypeError, KeyError):
            return _say(400, "The archive is missing.")
        except ClapmarkError as error:
            return _say(409, str(error))
        except OSError as error:
            return _say(409, os_error_sentence(error))
        return JSONResponse(asdict(result))

    async def qr(self, _request: Request) -> Response:
        """Return the QR code of the remote."""
        out = io.BytesIO()
        segno.make(self.remote_url or "http://localhost/", error="m").save(
            out, kind="svg", scale=8, border=4, dark="#000", light="#fff", xmldecl=False, svgclass=None, lineclass=None
        )
        return Response(out.getvalue(), media_type="image/svg+xml", headers={"cache-control": "no-store"})

    # who may

    def _for_view(self, handler: Handler) -> Handler:
        async def checked(request: Request) -> Response:
            token = _bearer(request) or request.query_params.get("token", "")
            why_not = self.access.why_not_view(token, self.stage.environment.utc_ms())
            return self._refuse(request, why_not) if why_not else await handler(request)

        return checked

    def _for_control(self, handler: Handler) -> Handler:
        async def checked(request: Request) -> Response:
            why_not = self.access.why_not_control(_bearer(request), self.stage.environment.utc_ms())
            return self._refuse(request, why_not) if why_not else await handler(request)

        return checked

    def _refuse(self, request: Request, sentence: str) -> Response:
        if not self._failures.has_turn(address_of(request.scope)):
            return _say(429, "Too many wrong links from this address: wait a minute.")
        return _say(401, sentence)


def _bearer(request: Request) -> str:
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def _say(status: int, sentence: str, more: dict[str, object] | None = None) -> Response:
    return JSONResponse({"say": sentence} | (more or {}), status_code=status)
