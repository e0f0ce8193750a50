"""A load on a hub: every push three times, in any order, some cut; while somebody kills what it runs on.

What was answered with 200 was acknowledged. At the end the database must have each mark once, with its content.
"""

import contextlib
import json
import random
import re
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from clapmark.crowd.mark import SharedMark
from clapmark.crowd.moments import TalkCrowd, Vote, moments
from clapmark.crowd.wire import Push, to_bytes
from clapmark.hub.store.database import open_database
from clapmark.hub.store.reading import read_conference, read_votes
from tests.support.hub.audience import TALK_S, Person
from tests.support.hub.client import HubClient

TIMES = 3
CUT_SHARE = 0.15
TALKS = 5  # and one more, which two people mark and nobody else: it must never be seen
SECRET_TAG = "only-two"
_WORKERS = 6
_LONGEST_S = 3_600


@dataclass
class Outcome:
    """What a run did and found."""

    people: int
    marks: int
    sent: int = 0
    cut: int = 0
    kills: dict[str, int] = field(default_factory=dict)
    lost: int = 0
    doubled: int = 0
    seen: int = 0  # responses that showed something of two people
    responses: int = 0  # public ones, that were looked at
    seconds: float = 0.0
    crowds: dict[str, TalkCrowd] = field(default_factory=dict)

    def row(self) -> str:
        """Return the outcome as a line of a table."""
        kills = ", ".join(f"{count} {name}" for name, count in self.kills.items()) or "none"
        return (
            f"| {self.people:,} x {self.marks // max(self.people, 1):,} | {self.sent:,} ({self.cut:,} cut) | {kills} | "
            f"{self.lost} | {self.doubled} | {self.seen} of {self.responses:,} | {self.seconds:.0f} s |"
        )


class Load:
    """People who share with the hub at the same time."""

    def __init__(
        self, hub: HubClient, code: str, people: int, marks: int, *, size: int = 200, talks: int = TALKS
    ) -> None:
        self.hub = hub
        self.talks = talks
        self.people = [Person(number, talks, marks) for number in range(people)]
        for person in self.people[:2]:
            mark = person.marks[-1]
            person.marks[-1] = SharedMark(mark.id, f"guid:g-{talks}", 700, 0, SECRET_TAG, 0)
        random_ = random.Random(1)
        self._tasks = [push for person in self.people for push in person.pushes(code, size)] * TIMES
        random_.shuffle(self._tasks)
        self._pushes = list(self._tasks)
        self.acknowledged: set[bytes] = set()
        self.outcome = Outcome(people, sum(len(person.marks) for person in self.people))
        self._lock = threading.Lock()
        self._is_held = threading.Event()
        self._failure: BaseException | None = None

    def run(self, faults: "list[tuple[str, Callable[[], None]]] | None" = None, acks_between: int = 4) -> Outcome:
        """Send everything; do each of `faults` (name, what to do) after some more pushes were acknowledged."""
        began = time.monotonic()
        self._more_until_done = list(faults or [])
        workers = [threading.Thread(target=self._work, args=(n,), daemon=True) for n in range(_WORKERS)]
        reader = threading.Thread(target=self._read, daemon=True)
        for thread in (*workers, reader):
            thread.start()
        for name, fault in faults or []:
            self._wait_for(acks_between)
            fault()
            self.outcome.kills[name] = self.outcome.kills.get(name, 0) + 1
        self._more_until_done = []
        for thread in workers:
            thread.join()
        self._is_held.set()
        reader.join()
        if self._failure is not None:
            raise self._failure
        self.outcome.seconds = time.monotonic() - began
        return self.outcome

    def check(self, url: str, slug: str) -> Outcome:
        """Compare the database with what was acknowledged, and the moments with those of the marks themselves."""
        expected = {mark.id: mark for person in self.people for mark in person.marks}
        assert self.acknowledged == expected.keys(), "not everything was acknowledged"
        rows = stored(url)
        self.outcome.lost = sum(_content(mark) != rows.get(mark_id) for mark_id, mark in expected.items())
        self.outcome.doubled = len(rows) - len(expected)
        self.outcome.doubled += miscounted(url)
        self.outcome.crowds = crowds(url, slug)
        return self.outcome

    def expected_crowds(self) -> dict[str, TalkCrowd]:
        """Return the moments of each talk, calculated without any database."""
        votes: dict[str, list[Vote]] = {f"talk-{number}": [] for number in range(self.talks + 1)}
        for number, person in enumerate(self.people):
            for mark in person.marks:
                vote = Vote(number, mark.at_s, mark.error_s, mark.tag, mark.length_s)
                votes[f"talk-{mark.talk.rpartition('-')[2]}"].append(vote)
        return {key: moments(found, TALK_S, 10) for key, found in votes.items()}

    def _wait_for(self, more: int) -> None:
        start = self.outcome.sent
        end = time.monotonic() + _LONGEST_S
        while self.outcome.sent < start + more and self._failure is None:
            assert time.monotonic() < end
            time.sleep(0.01)

    def _work(self, number: int) -> None:
        random_ = random.Random(f"worker {number}")
        try:
            while True:
                with self._lock:
                    push = self._tasks.pop() if self._tasks else None
                if push is None:
                    if not self._more_until_done:
                        return
                    push = random_.choice(self._pushes)
                self._deliver(push, random_)
        except BaseException as error:  # noqa: BLE001  # raised again in the test's thread
            self._failure = error

    def _deliver(self, push: Push, random_: random.Random) -> None:
        """Send one push until it is acknowledged, now and then cutting it before."""
        body = to_bytes(push)
        end = time.monotonic() + 300
        while True:
            if random_.random() < CUT_SHARE:
                self._cut(body, random_)
            try:
                status, answer = self.hub.post("/api/1/marks", body)
            except (OSError, ValueError):  # refused, reset or ended in the middle: the hub is down
                status, answer = 0, {}
            if status == 200:
                with self._lock:
                    self.outcome.sent += 1
                    self.acknowledged.update(mark.id for mark in push.marks)
                return
            assert status in {0, 503}, answer
            assert time.monotonic() < end, answer
            time.sleep(random_.uniform(0.02, 0.2))

    def _cut(self, body: bytes, random_: random.Random) -> None:
        """Send a part of a push, or all of it, and hang up without waiting for the answer."""
        head = f"POST /api/1/marks HTTP/1.1\r\nHost: hub\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        data = head + body
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", self.hub.port), timeout=5) as connection,
        ):
            connection.sendall(data[: random_.choice((random_.randrange(len(data)), len(data)))])
        with self._lock:
            self.outcome.cut += 1

    def _read(self) -> None:
        """Look at every public address all the time, for something that two people marked."""
        page, api = "/crowdconf-2026", "/api/1/conferences/crowdconf-2026"
        secret = f"talk-{self.talks}"
        pages = [page + path for path in ("/", "/talk-0/", f"/{secret}/", "/feed.atom", "/moments.csv")]
        paths = ["/", *pages, f"{api}/moments", f"{api}/talks/{secret}"]
        while not self._is_held.wait(0.3):
            for path in paths:
                with contextlib.suppress(OSError):
                    status, data, _ = self.hub.get(path)
                    if status == 200:
                        self.outcome.responses += 1
                        self.outcome.seen += shows_too_much(path, data, self.talks)


def shows_too_much(path: str, data: bytes, secret_talk: int) -> bool:
    """Return whether a public response shows something that fewer than three people marked."""
    if SECRET_TAG.encode() in data:
        return True
    if path.endswith((".atom", ".csv")):
        return f"Talk number {secret_talk}".encode() in data
    if not path.startswith("/api/"):
        return re.search(rb"[^0-9][12] people", data) is not None
    value = json.loads(data)
    for talk in value.get("talks", [value]):
        groups = [talk["moments"], *talk["tags"].values()]
        found = [moment for group in groups for moment in group]
        if any(moment["people"] < 3 or min(moment["tags"].values(), default=3) < 3 for moment in found):
            return True
        if talk["talk"] == f"talk-{secret_talk}" and (found or any(talk["heat"]) or talk["contributors"]):
            return True
    return False


def stored(url: str) -> dict[bytes, tuple[int, int, str, int]]:
    """Return the marks in a database by their ids."""
    database = open_database(url)
    try:
        with database.read() as transaction:
            rows = transaction.all("SELECT mark_id, at_s, error_s, tag, length_s FROM marks")
        assert len({bytes(row[0]) for row in rows}) == len(rows)
        return {bytes(mark_id): (at_s, error_s, tag, length_s) for mark_id, at_s, error_s, tag, length_s in rows}
    finally:
        database.close()


def miscounted(url: str) -> int:
    """Return by how much the contributors' counters differ from their marks: a mark that was counted twice."""
    count = "SELECT count(*) FROM marks WHERE contributor_id = contributors.id"
    sql = f"SELECT contributors.marks - ({count}) FROM contributors"
    database = open_database(url)
    try:
        with database.read() as transaction:
            return sum(abs(int(row[0])) for row in transaction.all(sql))
    finally:
        database.close()


def crowds(url: str, slug: str) -> dict[str, TalkCrowd]:
    """Return the moments of each talk as the database gives them."""
    database = open_database(url)
    try:
        conference = read_conference(database, slug)
        assert conference is not None
        return {
            talk.key: moments(read_votes(database, conference.number, talk.number), talk.duration_s, conference.lead_s)
            for talk in conference.talks
        }
    finally:
        database.close()


def _content(mark: SharedMark) -> tuple[int, int, str, int]:
    return mark.at_s, mark.error_s, mark.tag, mark.length_s
