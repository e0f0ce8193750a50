"""Schedules from the web: http and https only, also after a redirect; bounded in size and time."""

import http.client
import string
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import PurePosixPath
from urllib.parse import quote, unquote, urlsplit

from clapmark.schedule.errors import ScheduleError
from clapmark.schedule.text import one_line, quoted

TIMEOUT_S = 20.0  # without a byte from the server
TOTAL_TIMEOUT_S = 120.0
_LOOK_S = 0.2  # between two looks at whether it is there: Ctrl-C works meanwhile, on Windows too
_PIECE_BYTES = 65_536
_SCHEMES = ("http", "https")


def download(address: str, max_bytes: int) -> bytes:
    """Return what the http or https `address` gives, up to one byte more than `max_bytes`.

    Raises ScheduleError, with a sentence for the person, if it cannot be loaded, or not in time.
    """
    shown = quoted(address, 200)
    advice = "Check the address, or download it with a browser and load the file."
    deadline_s = time.monotonic() + TOTAL_TIMEOUT_S
    try:
        request = _request(address, shown)
        return _in_time(lambda: _load(request, max_bytes, deadline_s), deadline_s)
    except urllib.error.HTTPError as error:
        error.close()
        said = one_line(f"{error.code} {error.reason}", 100)
        raise ScheduleError(f"{shown} cannot be loaded: the server answers {said}. {advice}") from error
    except TimeoutError as error:
        raise ScheduleError(f"{shown} cannot be loaded: the server is too slow. Try again later.") from error
    except (OSError, http.client.HTTPException, ValueError) as error:  # ValueError: not an address
        cause = error.reason if isinstance(error, urllib.error.URLError) else error
        if isinstance(cause, TimeoutError):
            reason = "no answer in time"
        else:
            reason = getattr(cause, "strerror", None) or str(cause) or type(cause).__name__
        raise ScheduleError(f"{shown} cannot be loaded: {one_line(reason, 200).rstrip('.')}. {advice}") from error


def web_scheme(address: str) -> str:
    """Return `address` with https:// for webcal://, which calendars use in links behind a "Subscribe" button."""
    scheme, separator, rest = address.strip().partition("://")
    return f"https://{rest}" if separator and scheme.lower() in {"webcal", "webcals"} else address.strip()


def name_of(address: str) -> str:
    """Return the name of the file at `address` for messages, or the server's name."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return "the address"
    return one_line(PurePosixPath(unquote(parts.path)).name or parts.netloc, 200) or "the address"


class _WebRedirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects within the web only: urllib's own handler would also go to ftp."""

    def redirect_request(self, req, fp, code, msg, headers, newurl):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202  urllib's signature
        if urlsplit(newurl).scheme not in _SCHEMES:
            raise ScheduleError(
                f"{quoted(req.full_url, 100)} leads to {quoted(newurl, 100)}, which is not a web address. "
                "Download the schedule with a browser and load the file."
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _request(address: str, shown: str) -> urllib.request.Request:
    parts = urlsplit(address)
    if parts.scheme not in _SCHEMES or not parts.hostname:
        raise ScheduleError(f"{shown} cannot be loaded: an address that begins with http:// or https:// is needed.")
    readable = quote(address, safe=string.punctuation)  # a name of the path in other letters than ASCII
    return urllib.request.Request(readable, headers={"User-Agent": "clapmark", "Accept-Encoding": "identity"})  # noqa: S310  # the scheme was checked


def _opener() -> urllib.request.OpenerDirector:
    """Return an opener that knows the web only: urllib's default one also opens file: and ftp: addresses."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        _WebRedirects(),
    ):
        opener.add_handler(handler)
    return opener


def _in_time(load: Callable[[], bytes], deadline_s: float) -> bytes:
    """Return what `load` returns, or raise what it raises; TimeoutError if it takes longer.

    A time limit of the socket is not enough: names are looked up without one, and a server that sends its headers byte
    by byte never exceeds it. A download that is late is abandoned in its thread, which does not outlive the command.
    """
    outcome: list[bytes | Exception] = []

    def run() -> None:
        try:
            outcome.append(load())
        except Exception as error:  # noqa: BLE001  # raised again below, in the thread that asked
            outcome.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    while thread.is_alive() and time.monotonic() < deadline_s:
        thread.join(_LOOK_S)
    if not outcome:
        raise TimeoutError
    if isinstance(outcome[0], Exception):
        raise outcome[0]
    return outcome[0]


def _load(request: urllib.request.Request, max_bytes: int, deadline_s: float) -> bytes:
    with _opener().open(request, timeout=TIMEOUT_S) as answer:
        return _body(answer, max_bytes, deadline_s)


def _body(answer: http.client.HTTPResponse, max_bytes: int, deadline_s: float) -> bytes:
    """Return the body, cut behind `max_bytes` if it is longer. Raises TimeoutError when the deadline has passed."""
    data = bytearray()
    while len(data) <= max_bytes:
        piece = answer.read1(_PIECE_BYTES)
        if not piece:
            break
        data += piece
        if time.monotonic() > deadline_s:
            raise TimeoutError
    expected = answer.headers.get("Content-Length", "")
    if len(data) <= max_bytes and expected.isdecimal() and len(data) < int(expected[:12]):
        raise http.client.IncompleteRead(b"", int(expected[:12]) - len(data))
    return bytes(data)
