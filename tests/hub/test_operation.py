"""What an operator does: stop a hub while people share, and let a replica serve what only reads."""

import threading
import time

import pytest

from clapmark.crowd.wire import to_bytes
from clapmark.schedule import to_json
from tests.support.hub.audience import Person, conference
from tests.support.hub.hub_process import HubProcess
from tests.support.hub.load import stored
from tests.support.hub.postgres import WHY_NOT, Postgres, programs

PAGE = "/crowdconf-2026/talk-0/"


def hub_on(folder, url, **settings):
    schedule = folder / "schedule.json"
    schedule.write_bytes(to_json(conference(6)))
    hub = HubProcess(folder, url, **settings)
    code = hub.command("create", str(schedule)).strip().replace("-", "")
    return hub.start(), code


@pytest.fixture(params=["sqlite", "postgresql"])
def own_url(request, tmp_path):
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/hub.sqlite"
        return
    if programs() is None:
        pytest.skip(WHY_NOT)
    server = Postgres({"fsync": "off"}).start()
    yield server.url
    server.remove()


def test_a_stop_under_load_ends_what_has_begun_and_loses_nothing_acknowledged(own_url, tmp_path):
    hub, code = hub_on(tmp_path, own_url)
    acknowledged, refused, broken, at_work = set(), [], [], set()
    is_over = threading.Event()

    def share(number):
        for push in Person(number, 6, 400).pushes(code, 50):
            if is_over.is_set():
                return
            try:
                status, answer = hub.post("/api/1/marks", to_bytes(push))
            except ConnectionRefusedError:
                return  # it takes no new connections: fine, nothing was begun
            except OSError as error:
                broken.append(repr(error))
                return
            if status == 200:
                acknowledged.update(mark.id for mark in push.marks)
                at_work.add(number)
            else:
                refused.append((status, answer))

    people = [threading.Thread(target=share, args=(number,)) for number in range(40)]
    for person in people:
        person.start()
    end = time.monotonic() + 60
    while len(at_work) < len(people) and time.monotonic() < end:
        time.sleep(0.01)
    began = time.monotonic()
    code = hub.stop()
    taken_s = time.monotonic() - began
    is_over.set()
    for person in people:
        person.join(60)
    assert code == 0, hub.log.read_text()
    assert taken_s < 25
    assert {status for status, _ in refused} <= {503}
    found = stored(own_url).keys()
    assert len(acknowledged) >= 50 * len(people)
    assert acknowledged <= found
    assert len(broken) < len(people) / 2, broken  # at most those whose connection was waiting to be accepted
    assert "Traceback" not in hub.log.read_text()


@pytest.mark.skipif(programs() is None, reason=WHY_NOT)
def test_reads_go_to_a_real_replica_and_to_the_primary_while_it_is_away(tmp_path):
    primary = Postgres({"fsync": "off"}).start()
    replica = Postgres({"fsync": "off"}, source=primary).start()
    hub = None
    try:
        hub, code = hub_on(tmp_path, primary.url, read_from=replica.url)
        for number in range(6):
            push = Person(number, 1, 60).pushes(code)[0]
            assert hub.post("/api/1/marks", to_bytes(push))[0] == 200
        wait_for(lambda: b"people" in hub.get(PAGE)[1])  # the replica follows

        primary.kill()
        assert hub.get(PAGE)[0] == 200  # from the replica: there is nothing else
        assert hub.post("/api/1/marks", to_bytes(push))[0] == 503
        primary.start()
        wait_for(lambda: hub.post("/api/1/marks", to_bytes(push))[0] == 200)

        replica.kill()
        began = time.monotonic()
        assert [hub.get(PAGE)[0] for _ in range(5)] == [200] * 5  # not one reader sees that it is away
        assert time.monotonic() - began < 15

        replica.start()
        time.sleep(11)  # it is tried again after ten seconds
        hub.get(PAGE)
        primary.kill()
        assert hub.get(PAGE)[0] == 200
    finally:
        if hub is not None:
            hub.stop()
        replica.remove()
        primary.remove()


def wait_for(check, within_s=30):
    end = time.monotonic() + within_s
    while not check():
        assert time.monotonic() < end
        time.sleep(0.2)
