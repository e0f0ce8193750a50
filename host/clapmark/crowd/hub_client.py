"""Talking to a hub over HTTP: requests whose every byte is known, bounded answers, and waits that grow.

A hub that comes back must not be flooded: the wait doubles with each failure, and a random half of it is added or taken
off, so that a thousand laptops do not come at the same second.
"""

import gzip
import http.client
import json
import random
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from clapmark.base.errors import ClapmarkError, UsageError
from clapmark.base.foreign_text import one_line, quoted
from clapmark.crowd.published import MAX_BYTES

TIMEOUT_S = 20.0
FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 300.0
_PIECE = 65_536
_BUSY = frozenset((408, 429, 500, 502, 503, 504))


class HubError(ClapmarkError):
    """The hub refused, or its answer cannot be used; trying again would not help."""

    def __init__(self, sentence: str, reason: str = "") -> None:
        super().__init__(sentence)
        self.reason = reason


class OfflineError(ClapmarkError):
    """The hub cannot be reached now, or is busy; `wait_s` is what it asks for, 0 if it does not."""

    def __init__(self, sentence: str, wait_s: float = 0.0) -> None:
        super().__init__(sentence)
        self.wait_s = wait_s


@dataclass(frozen=True)
class HubRequest:
    """One request, as it is sent."""

    method: str
    path: str
    host: str
    body: bytes = b""

    def to_bytes(self) -> bytes:
        """Return every byte of it."""
        lines = [f"{self.method} {self.path} HTTP/1.1", *(f"{name}: {value}" for name, value in self.headers)]
        return "\r\n".join([*lines, "", ""]).encode("ascii") + self.body

    @property
    def headers(self) -> list[tuple[str, str]]:
        """The header lines: nothing that tells one laptop from another."""
        lines = [("Host", self.host), ("User-Agent", "clapmark"), ("Accept", "application/json")]
        if self.method == "POST":
            lines += [("Content-Type", "application/json"), ("Content-Length", str(len(self.body)))]
        return [*lines, ("Connection", "close")]


def hub_address(text: str) -> str:
    """Return a hub's address in the form in which it is kept. Raises UsageError.

    Plain http is taken for this machine only: the code would be readable on the way.
    """
    try:
        parts = urlsplit(text.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port = "", None
    is_local = host in {"localhost", "127.0.0.1", "::1"}
    if not host or parts.username is not None or parts.query or parts.fragment or one_line(text, 500) != text.strip():
        raise UsageError(f"{quoted(text, 100)} is not the address of a hub: give one such as https://hub.example.")
    if parts.scheme.lower() != "https" and not (parts.scheme.lower() == "http" and is_local):
        raise UsageError(f"{quoted(text, 100)}: a hub's address begins with https://; http:// only on this machine.")
    shown = f"[{host}]" if ":" in host else host.encode("idna").decode("ascii")
    path = quote(parts.path.rstrip("/"), safe="/%~")
    return f"{parts.scheme.lower()}://{shown}{f':{port}' if port else ''}{path}"


class HubClient:
    """A hub at an address that `hub_address` returned."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._parts = urlsplit(address)

    def request(self, method: str, path: str, body: bytes = b"") -> HubRequest:
        """Return the request that `send` sends."""
        return HubRequest(method, f"{self._parts.path}{path}", self._parts.netloc, body)

    def send(self, request: HubRequest) -> Any:  # noqa: ANN401  # JSON
        """Send a request and return the JSON of the answer. Raises OfflineError and HubError."""
        try:
            status, headers, data = self._exchange(request)
        except (OSError, http.client.HTTPException) as error:
            why = getattr(error, "strerror", None) or str(error) or type(error).__name__
            raise OfflineError(f"{self.address} cannot be reached: {one_line(str(why), 200).rstrip('.')}.") from error
        if status in _BUSY:
            wait = headers.get("retry-after", "")
            wait_s = min(float(wait), LONGEST_WAIT_S) if wait.isdecimal() else 0.0
            raise OfflineError(f"{self.address} is busy (status {status}).", wait_s)
        try:
            value = json.loads(data)
        except (ValueError, RecursionError):
            value = None
        if status != 200:
            value = value if isinstance(value, dict) else {}
            said, reason = value.get("sentence", ""), value.get("error", "")
            if isinstance(said, str) and said and isinstance(reason, str):
                raise HubError(f"The hub refused: {one_line(said, 300)}", one_line(reason, 40))
            raise HubError(f"{self.address} answers with status {status}: is it the address of a hub?")
        if value is None:
            raise HubError(f"{self.address} does not answer as a hub does. Compare the address with the printed one.")
        return value

    def _exchange(self, request: HubRequest) -> tuple[int, dict[str, str], bytes]:
        connection = self._connection()
        try:
            connection.putrequest(request.method, request.path, skip_host=True, skip_accept_encoding=True)
            for name, value in request.headers:
                connection.putheader(name, value)
            connection.endheaders(request.body or None)
            answer = connection.getresponse()
            data = bytearray()
            deadline_s = time.monotonic() + 3 * TIMEOUT_S
            while piece := answer.read(_PIECE):
                data += piece
                if len(data) > MAX_BYTES:
                    raise HubError(f"{self.address} sends more than a hub does.")
                if time.monotonic() > deadline_s:
                    raise TimeoutError("the answer is too slow")
            headers = {name.lower(): value for name, value in answer.getheaders()}
            if headers.get("content-encoding") == "gzip":  # of a proxy that was not asked
                data = bytearray(gzip.decompress(bytes(data))) if len(data) < _PIECE else data
            return answer.status, headers, bytes(data)
        finally:
            connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        host, port = self._parts.hostname or "", self._parts.port
        kind = http.client.HTTPSConnection if self._parts.scheme == "https" else http.client.HTTPConnection
        proxy = urllib.request.getproxies().get(self._parts.scheme, "")
        if proxy and self._parts.scheme == "https" and not urllib.request.proxy_bypass(host):
            parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
            connection = kind(parts.hostname or "", parts.port or 8080, timeout=TIMEOUT_S)
            connection.set_tunnel(host, port or 443)
            return connection
        return kind(host, port, timeout=TIMEOUT_S)


def wait_s(failures: int, asked_s: float = 0.0, chance: Callable[[], float] = random.random) -> float:
    """Return how long to wait after so many failures in a row: twice as long each time, half of it more or less.

    `asked_s` is what the hub asked for: the wait is never shorter.
    """
    longest = min(FIRST_WAIT_S * 2.0 ** min(failures - 1, 30), LONGEST_WAIT_S)
    spread = longest * (0.5 + chance())
    return spread if not asked_s else asked_s + longest * chance()
