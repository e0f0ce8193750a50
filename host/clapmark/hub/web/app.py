"""The hub as a Starlette application: what each address does. The database is used in threads."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, ParamSpec, TypeVar

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from clapmark.base.errors import ClapmarkError
from clapmark.crowd.wire import WireError, read_push, read_request
from clapmark.hub.store import marks as store
from clapmark.hub.store.database import NEWEST, Database, UnavailableError
from clapmark.hub.store.limits import Limits
from clapmark.hub.store.marks import RefusedError
from clapmark.hub.web import public
from clapmark.hub.web.body import BodyError, read_body
from clapmark.hub.web.metrics import Metrics
from clapmark.hub.web.rate import RateLimit
from clapmark.hub.web.views import Views

_LOG = logging.getLogger("clapmark.hub")
_FORBIDDEN = frozenset(("code", "revoked", "code-full", "marks-full"))
_RETRY_S = 5
_WRITERS = 16  # that run or wait for the database at a time: threads of their own, so that readers cannot take them all
_MOST_WAITING = 100  # behind them: more are sent away, to come back later
_HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "permissions-policy": "interest-cohort=()",
}
Handler = Callable[[Request], Awaitable[Response]]
Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


class Hub:
    """What the handlers share."""

    def __init__(
        self,
        database: Database,
        *,
        limits: Limits,
        public_url: str = "",
        fresh_s: float = 10.0,
        metrics_token: str = "",
    ) -> None:
        self.database = database
        self.limits = limits
        self.public_url = public_url.rstrip("/")
        self.metrics_token = metrics_token
        self.metrics = Metrics()
        self.views = Views(database, fresh_s)
        self.rate = RateLimit(limits.pushes_a_minute, limits.burst)
        self.is_stopping = False
        self._writers = CapacityLimiter(_WRITERS)
        self._threads = CapacityLimiter(_WRITERS)

    def app(self) -> Starlette:
        """Return the application."""

        @asynccontextmanager
        async def lifespan(_app: Starlette) -> AsyncIterator[None]:
            yield
            self.is_stopping = True
            await run_in_threadpool(self.database.close)

        pages = public.pages(self.views, self.database, self.public_url)
        routes = [
            Route("/api/1/marks", self._measured("push", self.push), methods=["POST"]),
            Route("/api/1/mine", self._measured("mine", self.mine), methods=["POST"]),
            Route("/api/1/forget", self._measured("forget", self.forget), methods=["POST"]),
            Route("/healthz", self.health),
            Route("/readyz", self.ready),
            Route("/metrics", self.metrics_text),
            *(Route(path, self._measured("page", handler)) for path, handler in pages),
        ]  # fmt: skip
        return Starlette(
            routes=routes, lifespan=lifespan, exception_handlers={HTTPException: _http_error, Exception: _server_error}
        )

    async def push(self, request: Request) -> Response:
        """Store the marks in the body."""
        data = await self._body(request)
        found = await self._write(request, read_push, data)
        self._check_rate(store.code_hash(found.code) + found.contributor.encode())
        done = await self._write(request, store.push, self.database, found, self.limits)
        self.metrics.marks.labels("new").inc(done.new)
        self.metrics.marks.labels("changed").inc(done.changed)
        return JSONResponse(
            {
                "conference": done.slug,
                "title": done.title,
                "new": done.new,
                "changed": done.changed,
                "unknown_talks": list(done.unknown_talks),
                "rev": done.rev,
            }
        )

    async def mine(self, request: Request) -> Response:
        """Return the ids of the sender's marks."""
        found = read_request(await self._body(request))
        self._check_rate(store.code_hash(found.code) + found.contributor.encode())
        rev, ids = await self._write(request, store.mine, self.database, found)
        return JSONResponse({"rev": rev, "marks": [mark_id.hex() for mark_id in ids]})

    async def forget(self, request: Request) -> Response:
        """Delete all of the sender's marks."""
        found = read_request(await self._body(request))
        count = await self._write(request, store.forget, self.database, found)
        return JSONResponse({"deleted": count})

    async def health(self, _request: Request) -> Response:
        """Report that the process works."""
        return JSONResponse({"status": "ok"})

    async def ready(self, _request: Request) -> Response:
        """Report whether the hub can take marks: the database answers, with the tables that it needs."""
        problem = "the hub is stopping" if self.is_stopping else await run_in_threadpool(self._problem)
        self.metrics.ready.set(0 if problem else 1)
        return JSONResponse({"status": problem or "ok"}, status_code=503 if problem else 200)

    def _problem(self) -> str:
        try:
            revision = self.database.revision()
        except ClapmarkError:
            return "the database cannot be reached"
        return "" if revision == NEWEST else "the tables have another version"

    async def metrics_text(self, request: Request) -> Response:
        """Return the metrics: to a caller on this machine, or to one that has the token."""
        if self.metrics_token:
            is_allowed = request.headers.get("authorization") == f"Bearer {self.metrics_token}"
        else:
            # a proxy on this machine calls from 127.0.0.1 too, but it adds a header
            is_proxied = any(name in request.headers for name in ("x-forwarded-for", "forwarded", "via"))
            is_allowed = not is_proxied and request.client is not None and request.client.host in {"127.0.0.1", "::1"}
        if not is_allowed:
            raise HTTPException(404)
        return Response(self.metrics.text(), media_type="text/plain; version=0.0.4")

    async def _write(
        self,
        request: Request,
        work: Callable[Arguments, Result],
        *arguments: Arguments.args,
        **named: Arguments.kwargs,
    ) -> Result:
        """Call `work` in a thread when it is its turn, if somebody still waits for the answer.

        A sender that has given up sends again. If the hub did the work for both, a slow database would have more and
        more to do, and answer nobody in time.
        """
        if self._writers.statistics().tasks_waiting >= _MOST_WAITING:
            raise _BusyError(503, "busy", "Many people share at this moment; try again.", _RETRY_S)
        async with self._writers:
            if await request.is_disconnected():
                raise BodyError(400, "cut", "The connection ended before the answer.")
            return await run_sync(partial(work, *arguments, **named), limiter=self._threads)

    async def _body(self, request: Request) -> bytes:
        return await read_body(request, self.limits)

    def _check_rate(self, key: bytes) -> None:
        wait_s = self.rate.wait_s(key)
        if wait_s:
            raise _BusyError(429, "rate", "Too many pushes: wait, and send more marks in each.", wait_s)

    def _measured(self, kind: str, handler: Handler) -> Handler:
        async def measured(request: Request) -> Response:
            began = time.perf_counter()
            response = await self._answer(kind, handler, request)
            self.metrics.seconds.labels(kind).observe(time.perf_counter() - began)
            self.metrics.requests.labels(kind, str(response.status_code)).inc()
            response.headers.update(_HEADERS)
            return response

        return measured

    async def _answer(self, kind: str, handler: Handler, request: Request) -> Response:
        try:
            return await handler(request)
        except (WireError, RefusedError) as error:
            status = 403 if error.reason in _FORBIDDEN else 413 if error.reason in {"too-large", "too-many"} else 400
            return self._refusal(kind, status, error.reason, str(error))
        except BodyError as error:
            return self._refusal(kind, error.status, error.reason, str(error))
        except _BusyError as error:
            return self._refusal(kind, error.status, error.reason, str(error), error.wait_s)
        except UnavailableError as error:
            _LOG.warning("%s: %s", kind, error)
            return self._refusal(kind, 503, "unavailable", "The hub cannot reach its database; try again.", _RETRY_S)
        except HTTPException as error:
            return await _http_error(request, error)
        except (asyncio.CancelledError, ClapmarkError):
            raise

    def _refusal(self, kind: str, status: int, reason: str, sentence: str, wait_s: int = 0) -> Response:
        """Return the answer to what is refused, and log it: the reason only, nothing that came with the request."""
        self.metrics.refused.labels(reason).inc()
        _LOG.info("refused %s: %s", kind, reason)
        headers = {"retry-after": str(wait_s)} if wait_s else {}
        if status in {408, 413}:
            headers["connection"] = "close"  # the rest of the body is not read
        return JSONResponse({"error": reason, "sentence": sentence}, status_code=status, headers=headers)


class _BusyError(Exception):
    def __init__(self, status: int, reason: str, sentence: str, wait_s: int) -> None:
        super().__init__(sentence)
        self.status, self.reason, self.wait_s = status, reason, wait_s


async def _http_error(request: Request, error: Any) -> Response:  # noqa: ANN401  # Starlette's type of a handler
    sentence = {404: "There is no such page.", 405: "This address does not take such a request."}.get(
        error.status_code, "The request cannot be answered."
    )
    return public.error_response(request, error.status_code, sentence, _HEADERS)


async def _server_error(request: Request, error: Exception) -> Response:
    _LOG.error("%s failed: %s", request.scope.get("path", "")[:40].partition("/join/")[0], type(error).__name__)
    return public.error_response(request, 500, "The hub failed; this is a fault of the program.", _HEADERS)
