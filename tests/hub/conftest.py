"""A hub on each database: SQLite in a file, and a real PostgreSQL where there is one."""

import itertools

import pytest

from clapmark.hub.store.limits import Limits
from tests.support.hub.audience import conference
from tests.support.hub.hub_thread import HubThread
from tests.support.hub.postgres import WHY_NOT, Postgres, programs

TALKS = 6
_numbers = itertools.count()


@pytest.fixture(scope="session")
def postgres():
    if programs() is None:
        pytest.skip(WHY_NOT)
    server = Postgres({"fsync": "off"}).start()  # no power is cut here; test_faults.py has servers of its own
    yield server
    server.remove()


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def database_url(request, tmp_path_factory):
    """The address of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path_factory.mktemp('hub')}/hub.sqlite"
    return request.getfixturevalue("postgres").url


@pytest.fixture(scope="session")
def running_hub(database_url):
    hub = HubThread(database_url, Limits(pushes_a_minute=1e6, burst=10_000, body_s=1.0))
    yield hub
    hub.stop()


@pytest.fixture
def hub(running_hub):
    """A running hub with a new conference; `hub.slug` names it, `hub.code_text` is for its attendees."""
    running_hub.slug = f"crowdconf-{next(_numbers)}"
    running_hub.code_text = running_hub.create(conference(TALKS, running_hub.slug))
    return running_hub
