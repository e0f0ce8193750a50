"""Running the hub: uvicorn, logs without secrets, and a stop that lets what has begun end."""

import logging
import signal
import socket
from collections.abc import Callable

from clapmark.base.errors import ClapmarkError
from clapmark.base.install import extra_command
from clapmark.hub.settings import HubSettings
from clapmark.hub.store.database import Database
from clapmark.hub.store.limits import Limits

try:
    import uvicorn

    from clapmark.hub.web.app import Hub
except ImportError as error:
    raise ClapmarkError(
        f"The hub needs the packages of the extra `hub`, which are not installed. This adds them: "
        f"{extra_command('hub')}"
    ) from error


def limits_of(settings: HubSettings) -> Limits:
    """Return the limits that the settings give."""
    return Limits(marks=settings.marks, contributors=settings.contributors, pushes_a_minute=settings.pushes_a_minute)


def local_server(settings: HubSettings, database: Database) -> tuple[uvicorn.Server, int]:
    """Return a server for this process, and its port, which is free: call `run` in a thread."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    hub = Hub(database, limits=limits_of(settings), fresh_s=settings.fresh_s)
    return uvicorn.Server(uvicorn.Config(hub.app(), port=port, log_config=None, access_log=False)), port


def serve(settings: HubSettings, database: Database, tell: Callable[[str], None]) -> None:
    """Serve until SIGTERM or Ctrl-C. Raises ClapmarkError where the address cannot be used."""
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s", level=logging.WARNING)
    logging.getLogger("clapmark.hub").setLevel(logging.INFO)
    hub = Hub(
        database,
        limits=limits_of(settings),
        public_url=settings.public_url,
        fresh_s=settings.fresh_s,
        metrics_token=settings.metrics_token,
    )
    config = uvicorn.Config(
        hub.app(),
        host=settings.host,
        port=settings.port,
        uds=settings.socket or None,
        log_config=None,
        access_log=settings.access_log,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=settings.concurrency,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=max(int(settings.stop_s), 1),
        h11_max_incomplete_event_size=16_384,
    )
    if settings.access_log:
        logging.getLogger("uvicorn.access").setLevel(logging.INFO)
    where = f"the socket {settings.socket}" if settings.socket else f"http://{settings.host}:{settings.port}/"
    tell(f"The hub is at {where}, on {database.name}. Ctrl-C stops it.")
    server = uvicorn.Server(config)
    # uvicorn raises SIGTERM again when all has ended, for whoever handled it before: here a stop that was asked for
    before = signal.signal(signal.SIGTERM, lambda *_: None)
    try:
        server.run()
    except SystemExit as stop:  # uvicorn ends the process where the address is in use, and has logged why
        raise ClapmarkError(f"The hub could not be started at {where}; see the line above.") from stop
    finally:
        signal.signal(signal.SIGTERM, before or signal.SIG_DFL)
    if not server.started:
        raise ClapmarkError(f"The hub could not be started at {where}; see the lines above.")
