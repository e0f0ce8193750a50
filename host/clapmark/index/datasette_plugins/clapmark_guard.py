"""A plugin for the Datasette that `clapmark browse` starts: it serves this computer alone, and ends with `browse`.

Datasette loads this file by its path (`--plugins-dir`), in a process of its own.
"""

import os
import sys
import threading
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from datasette import hookimpl

# A page of another site whose name was pointed at 127.0.0.1 (DNS rebinding) sends its own name as Host.
_HOSTS = frozenset(("127.0.0.1", "localhost", "[::1]"))
_REFUSAL = b"This address is not the one that `clapmark browse` serves. Open the address that it shows.\n"

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Scope]]
Send = Callable[[Scope], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


@hookimpl
def asgi_wrapper(datasette: object) -> Callable[[App], App]:  # the hook passes it by this name
    """Refuse requests whose Host header names another computer."""
    return _guarded


def _guarded(app: App) -> App:
    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in {"http", "websocket"} and not _is_ours(scope):
            headers = [(b"content-type", b"text/plain; charset=utf-8")]
            await send({"type": "http.response.start", "status": 403, "headers": headers})
            await send({"type": "http.response.body", "body": _REFUSAL})
            return
        await app(scope, receive, send)

    return guarded


def _is_ours(scope: Scope) -> bool:
    hosts = [value for name, value in scope["headers"] if name.lower() == b"host"]
    if len(hosts) != 1:
        return False
    name, colon, port = hosts[0].decode("latin-1").lower().rpartition(":")
    if not colon or not port.isdigit():
        name = hosts[0].decode("latin-1").lower()
    return name in _HOSTS


def _end_with_parent() -> None:
    """End this process when stdin ends: `browse` holds its other side, and every way to die closes that."""
    while sys.stdin.buffer.read(4096):
        pass
    os._exit(0)  # the server only reads: nothing is lost by ending at once


threading.Thread(target=_end_with_parent, daemon=True).start()
