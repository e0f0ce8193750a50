"""The public addresses: pages, feed, tables and JSON. They read only, and show moments only."""

from collections.abc import Awaitable, Callable

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from clapmark.crowd.wire import normal_code, shown_code
from clapmark.hub.store.database import Database
from clapmark.hub.store.reading import PublicConference, Talk, read_slugs
from clapmark.hub.web import pages as html
from clapmark.hub.web import tables
from clapmark.hub.web.cache import Cache
from clapmark.hub.web.views import Views, conference_values, rows, talk_values

Handler = Callable[[Request], Awaitable[Response]]
_FRESH = "public, max-age=30"


def pages(views: Views, database: Database, public_url: str) -> list[tuple[str, Handler]]:
    """Return the addresses and what answers them."""
    public = _Public(views, database, public_url)
    return [
        ("/", public.front),
        ("/style.css", public.style),
        ("/join/{code}", public.join),
        ("/api/1/conferences/{slug}/moments", public.conference_json),
        ("/api/1/conferences/{slug}/talks/{talk}", public.talk_json),
        ("/{slug}/", public.conference),
        ("/{slug}/feed.atom", public.feed),
        ("/{slug}/moments.csv", public.csv),
        ("/{slug}/moments.parquet", public.parquet),
        ("/{slug}/{talk}/", public.talk),
    ]


def error_response(request: Request, status: int, sentence: str, headers: dict[str, str]) -> Response:
    """Return an error as JSON for a program, as a page for a person."""
    if request.url.path.startswith("/api/"):
        return JSONResponse({"error": str(status), "sentence": sentence}, status_code=status, headers=headers)
    return HTMLResponse(html.error_page(status, sentence), status_code=status, headers=headers)


class _Public:
    """Rendered pages are kept like the moments that are on them."""

    def __init__(self, views: Views, database: Database, public_url: str) -> None:
        self._views = views
        self._database = database
        self._public_url = public_url
        self._rendered: Cache[bytes] = Cache(views.fresh_s)

    async def front(self, _request: Request) -> Response:
        return await self._page("front", lambda: html.front(read_slugs(self._database)).encode())

    async def style(self, _request: Request) -> Response:
        return Response(html.STYLE, media_type="text/css", headers={"cache-control": "public, max-age=3600"})

    async def join(self, request: Request) -> Response:
        code = normal_code(request.path_params["code"])
        if not code:
            raise HTTPException(404)
        page = html.join_page(self._base(request), shown_code(code))
        return HTMLResponse(page, headers={"cache-control": "no-store"})

    async def conference(self, request: Request) -> Response:
        conference = await self._conference(request)
        return await self._page(
            f"conference {conference.slug}",
            lambda: html.conference_page(conference, self._views.talks(conference)).encode(),
        )

    async def talk(self, request: Request) -> Response:
        conference, talk = await self._talk(request)
        return await self._page(
            f"talk {conference.slug} {talk.key}",
            lambda: html.talk_page(conference, self._views.talk(conference, talk)).encode(),
        )

    async def conference_json(self, request: Request) -> Response:
        conference = await self._conference(request)
        views = await run_in_threadpool(self._views.talks, conference)
        return JSONResponse(conference_values(conference, views), headers={"cache-control": _FRESH})

    async def talk_json(self, request: Request) -> Response:
        conference, talk = await self._talk(request)
        view = await run_in_threadpool(self._views.talk, conference, talk)
        return JSONResponse(talk_values(view), headers={"cache-control": _FRESH})

    async def feed(self, request: Request) -> Response:
        conference = await self._conference(request)
        views = await run_in_threadpool(self._views.talks, conference)
        text = html.feed(self._base(request), conference, views)
        return Response(text, media_type="application/atom+xml", headers={"cache-control": _FRESH})

    async def csv(self, request: Request) -> Response:
        conference = await self._conference(request)
        found = rows(conference, await run_in_threadpool(self._views.talks, conference))
        return _download(tables.to_csv(found), "text/csv; charset=utf-8", f"{conference.slug}-moments.csv")

    async def parquet(self, request: Request) -> Response:
        conference = await self._conference(request)
        found = rows(conference, await run_in_threadpool(self._views.talks, conference))
        data = await run_in_threadpool(tables.to_parquet, found)
        return _download(data, "application/vnd.apache.parquet", f"{conference.slug}-moments.parquet")

    async def _page(self, key: str, render: Callable[[], bytes]) -> Response:
        data = await run_in_threadpool(self._rendered.get, key, render)
        return HTMLResponse(data, headers={"cache-control": _FRESH})

    async def _conference(self, request: Request) -> PublicConference:
        conference = await run_in_threadpool(self._views.conference, request.path_params["slug"][:60])
        if conference is None:
            raise HTTPException(404)
        return conference

    async def _talk(self, request: Request) -> tuple[PublicConference, Talk]:
        conference = await self._conference(request)
        talk = conference.talk(request.path_params["talk"])
        if talk is None:
            raise HTTPException(404)
        return conference, talk

    def _base(self, request: Request) -> str:
        return self._public_url or f"{request.url.scheme}://{request.url.netloc}"


def _download(data: bytes, media_type: str, name: str) -> Response:
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": _FRESH}
    return Response(data, media_type=media_type, headers=headers)
