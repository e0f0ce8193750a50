"""What every request passes before the application: its Host and Origin, how often it comes, and the headers back."""

import ipaddress
import socket
import time
from collections import OrderedDict
from collections.abc import Collection

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
)
_LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")
_REQUESTS = 4_000.0, 400.0  # burst and per second; a hall of 200 pages may be behind one address, 20 requests each
_MOST_ADDRESSES = 4_000


def own_names(names: Collection[str] = ()) -> frozenset[str]:
    """Return the names that this computer may be asked by, with further `names`, in lower case."""
    host = socket.gethostname().lower()
    return frozenset((*_LOCAL_NAMES, host, f"{host.partition('.')[0]}.local", *(name.lower() for name in names)))


def address_of(scope: Scope) -> str:
    """Return the address that a request comes from."""
    return str(scope["client"][0]) if scope.get("client") else ""


class Rate:
    """How often each address may do something: `burst` times at once, and `a_second` times in each second."""

    def __init__(self, burst: float, a_second: float) -> None:
        self._burst, self._a_second = burst, a_second
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # by address: what is left, since when

    def has_turn(self, address: str) -> bool:
        """Return whether it may now, and count it."""
        now = time.monotonic()
        left, since = self._buckets.pop(address, (self._burst, now))
        left = min(self._burst, left + (now - since) * self._a_second)
        self._buckets[address] = (left - 1 if left >= 1 else left, now)
        if len(self._buckets) > _MOST_ADDRESSES:
            self._buckets.popitem(last=False)
        return left >= 1


class Guard:
    """Refuses requests that another site's page sends (by Host and Origin), and those that come too often."""

    def __init__(self, app: ASGIApp, names: Collection[str], *, is_open: bool) -> None:
        """With `is_open`, the stage serves the network: any literal address is accepted as Host.

        A page that was moved here by its name server (DNS rebinding) is always recognised: it sends a name.
        """
        self._app = app
        self._names = names
        self._is_open = is_open
        self._rate = Rate(*_REQUESTS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it with a sentence."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *HEADERS]
            await send(message)

        status, sentence = self._problem(scope)
        if sentence:
            answer = JSONResponse({"say": sentence}, status_code=status)
            await answer(scope, receive, send_with_headers)
            return
        await self._app(scope, receive, send_with_headers)

    def _problem(self, scope: Scope) -> tuple[int, str]:
        headers = [(name.lower(), value.decode("latin-1")) for name, value in scope["headers"]]
        hosts = [value for name, value in headers if name == b"host"]
        origins = [value for name, value in headers if name == b"origin"]
        if len(hosts) != 1 or not self._is_own(hosts[0]):
            return 421, "This stage is not known by that name: use the address that its terminal shows."
        if any(origin != f"http://{hosts[0]}" for origin in origins):
            return 403, "Another site's page sent this; only the stage's own pages may."
        if not self._rate.has_turn(address_of(scope)):
            return 429, "Too many requests from this address: wait a second and try again."
        return 200, ""

    def _is_own(self, host: str) -> bool:
        name = host.lower()
        if name.startswith("["):
            name = name[1:].partition("]")[0]
        elif name.count(":") <= 1:
            name = name.partition(":")[0]
        if name in self._names:
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return self._is_open
