"""A database that is slow or held by another program: pushes are answered in time, and nothing queues up behind it."""

import contextlib
import json
import os
import socket
import sqlite3
import threading
import time
from pathlib import Path

import pytest

from clapmark.crowd.wire import to_bytes
from clapmark.hub.store import sqlite_database
from clapmark.hub.store.database import open_database
from clapmark.hub.store.limits import Limits
from tests.support.hub.audience import Person, conference
from tests.support.hub.hub_thread import HubThread

PUSHES = 30
WAIT_S = 1.0


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """A hub on SQLite that waits for another program for WAIT_S instead of seconds."""
    monkeypatch.setattr(sqlite_database, "WAIT_S", WAIT_S)
    hub = HubThread(f"sqlite:///{tmp_path}/hub.sqlite", Limits(pushes_a_minute=1e6, burst=10_000))
    hub.code_text = hub.create(conference(6))
    yield hub
    hub.stop()


@contextlib.contextmanager
def held(hub):
    """Hold the file as a program does that writes for long."""
    other = sqlite3.connect(hub.url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.rollback()
        other.close()


def bodies(hub, first=0):
    return [to_bytes(Person(n, 6, 20).pushes(hub.code_text)[0]) for n in range(first, first + PUSHES)]


def test_all_pushes_are_answered_in_time_while_another_program_holds_the_database(hub):
    answers = []

    def send(body):
        began = time.monotonic()
        status, data, headers = hub.request("POST", "/api/1/marks", body, timeout=60)
        answers.append(
            (status, json.loads(data)["error"], headers["retry-after"].isdecimal(), time.monotonic() - began)
        )

    with held(hub):
        senders = [threading.Thread(target=send, args=(body,)) for body in bodies(hub)]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()
    assert {answer[:3] for answer in answers} == {(503, "unavailable", True)}
    # its turn, and then the database: not one after the other for all who wait
    assert max(answer[3] for answer in answers) < 2 * WAIT_S + 3
    assert len(answers) == PUSHES
    assert hub.post("/api/1/marks", bodies(hub)[0])[0] == 200


def test_a_push_whose_sender_has_hung_up_is_not_begun(hub):
    with held(hub):
        for body in bodies(hub):
            with socket.create_connection(("127.0.0.1", hub.port)) as connection:
                head = f"POST /api/1/marks HTTP/1.1\r\nHost: hub\r\nContent-Length: {len(body)}\r\n\r\n".encode()
                connection.sendall(head + body)
        time.sleep(0.5)  # as many as can run at a time wait for the database now, all others for these
    assert hub.post("/api/1/marks", bodies(hub, PUSHES)[0])[0] == 200
    with hub.database.read() as transaction:
        people = transaction.all("SELECT count(*) FROM contributors")[0][0]
    assert people < PUSHES


def test_readers_who_all_wait_keep_no_push_waiting(hub, monkeypatch):
    end = threading.Event()
    views = hub.hub.views
    make = views.fresh
    monkeypatch.setattr(views, "fresh", lambda *arguments: end.wait(20) and make(*arguments))
    page = "/crowdconf-2026/talk-0/"
    readers = [threading.Thread(target=hub.get, args=(page,), daemon=True) for _ in range(60)]
    for reader in readers:
        reader.start()
    time.sleep(1)
    began = time.monotonic()
    assert hub.post("/api/1/marks", bodies(hub)[0])[0] == 200
    taken_s = time.monotonic() - began
    end.set()
    for reader in readers:
        reader.join(30)
    assert taken_s < 5


def open_files():
    found = []
    for link in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):  # the one that lists them
            found.append(os.readlink(link))
    return found


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="open files are counted on Linux only")
def test_threads_that_end_leave_no_connection_open(tmp_path):
    database = open_database(f"sqlite:///{tmp_path}/hub.sqlite")
    database.migrate()
    for _ in range(20):
        thread = threading.Thread(target=database.revision)
        thread.start()
        thread.join()
    assert open_files().count(str(tmp_path / "hub.sqlite")) <= 1
    database.close()


def test_the_log_of_a_hub_that_is_read_all_the_time_stays_short(tmp_path, monkeypatch):
    limit = 1_000_000
    monkeypatch.setattr(sqlite_database, "WAL_BYTES", limit)
    database = open_database(f"sqlite:///{tmp_path}/hub.sqlite")
    database.migrate()
    with database.write() as transaction:
        transaction.run("CREATE TABLE noise (id INTEGER PRIMARY KEY, data BLOB)")
    is_over = threading.Event()

    def read():
        while not is_over.is_set():
            with database.read() as transaction:
                transaction.all("SELECT count(*) FROM noise")
                time.sleep(0.1)

    readers = [threading.Thread(target=read) for _ in range(4)]
    for number, reader in enumerate(readers):
        reader.start()
        time.sleep(0.03 * (number + 1))  # one of them always reads
    longest = 0
    for _ in range(40):
        with database.write() as transaction:
            transaction.run("INSERT INTO noise (data) VALUES (randomblob(300000))")
        longest = max(longest, (tmp_path / "hub.sqlite-wal").stat().st_size)
    is_over.set()
    for reader in readers:
        reader.join()
    database.close()
    assert longest < 4 * limit  # of 12 MB that were written
