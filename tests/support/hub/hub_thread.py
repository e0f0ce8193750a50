"""A hub in a thread of the test's process, which starts in a moment."""

import io
import threading
import time

import uvicorn

from clapmark import cli
from clapmark.base.environment import Environment
from clapmark.hub.store import organiser
from clapmark.hub.store.database import open_database
from clapmark.hub.store.limits import Limits
from clapmark.hub.web.app import Hub
from clapmark.schedule import Schedule
from tests.support.hub.client import HubClient
from tests.support.hub.hub_process import free_port


class HubThread(HubClient):
    """The hub; what it would show to a reader is calculated at each request."""

    def __init__(self, url: str, limits: Limits, fresh_s: float = 0.0, public_url: str = "") -> None:
        self.url = url
        self.port = free_port()
        self.database = open_database(url)
        self.database.migrate()
        self.hub = Hub(self.database, limits=limits, fresh_s=fresh_s, public_url=public_url)
        config = uvicorn.Config(
            self.hub.app(),
            port=self.port,
            log_config=None,
            access_log=False,
            server_header=False,
            limit_concurrency=200,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)

    def create(self, schedule: Schedule, people: int = 1_000, lead_s: int = 10) -> str:
        """Create a conference; return a code."""
        assert organiser.create(self.database, schedule, lead_s)
        return self.code(schedule.slug, people)

    def code(self, slug: str, people: int = 1_000, label: str = "attendees") -> str:
        """Make another code."""
        return organiser.add_codes(self.database, slug, 1, people, label)[0]

    def command(self, *words: str) -> str:
        """Run an organiser's command and return its stdout."""
        environment = Environment(stdout=io.StringIO(), stderr=io.StringIO(), variables={})
        code = cli.run(["hub", "--database", self.url, *words], environment)
        assert code == 0, environment.stderr.getvalue()
        return environment.stdout.getvalue()

    def stop(self) -> None:
        """Stop the hub, which closes its database."""
        self._server.should_exit = True
        self._thread.join(30)
