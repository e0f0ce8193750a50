"""Attacks: each is refused with its reason, and logged without a secret; the hub goes on."""

import gzip
import json
import logging
import socket
import time
import zlib
from dataclasses import replace

import pytest

from clapmark.crowd.wire import Push, to_bytes
from clapmark.hub.store import marks as store
from clapmark.hub.store.limits import Limits
from clapmark.hub.web.rate import RateLimit
from tests.support.hub.audience import Person

WRONG = "000000000000"


def body(hub, **changes):
    person = Person(1, 6, 5)
    return json.dumps(json.loads(to_bytes(person.pushes(hub.code_text)[0])) | changes).encode()


def refused(hub, data, status, reason, **headers):
    found, answer = hub.post_too_large("/api/1/marks", data, **headers)
    assert (found, answer["error"]) == (status, reason)
    assert answer["sentence"].endswith(".")
    return answer


@pytest.mark.parametrize(
    ("changes", "status", "reason"),
    [
        ({"code": WRONG}, 403, "code"),
        ({"code": "' OR 1=1 --"}, 403, "code"),
        ({"code": None}, 403, "code"),
        ({"version": 2}, 400, "version"),
        ({"version": 10**400}, 400, "version"),
        ({"marks": "'; DROP TABLE marks; --"}, 400, "malformed"),
        ({"contributor": "'; DROP TABLE marks; --"}, 400, "malformed"),
        ({"gone": [f"{number:032x}" for number in range(2_001)]}, 413, "too-many"),
        ({"rev": -1}, 400, "malformed"),
        ({"padding": "x" * 1_000_001}, 413, "too-large"),
    ],
)
def test_what_is_no_push_of_this_conference_is_refused_and_logged_without_secrets(hub, changes, status, reason, caplog):
    data = body(hub, **changes)
    with caplog.at_level(logging.INFO, "clapmark.hub"):
        answer = refused(hub, data, status, reason)
    assert reason in caplog.text
    person = Person(1, 6, 5)
    for secret in (hub.code_text, person.token, WRONG, "DROP", "127.0.0.1"):
        assert secret not in caplog.text
        assert secret not in json.dumps(answer)
    assert hub.post("/api/1/marks", body(hub))[0] == 200  # the hub goes on


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xfe", b"[" * 200_000, b'{"clapmark":"share"', b"null", b'{"rev":' + b"1" * 10_000 + b"}"]
)
def test_broken_json_is_refused(hub, data):
    refused(hub, data, 400, "malformed")


def test_a_gzip_bomb_is_refused_before_it_is_unpacked(hub):
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join(packer.compress(b"\0" * 1_000_000) for _ in range(60)) + packer.flush()  # 60 MB in 60 kB
    assert len(bomb) < 100_000
    began = time.monotonic()
    refused(hub, bomb, 413, "too-large", content_encoding="gzip")
    assert time.monotonic() - began < 5
    refused(hub, b"no gzip", 400, "malformed", content_encoding="gzip")
    refused(hub, gzip.compress(body(hub))[:-9], 400, "malformed", content_encoding="gzip")
    refused(hub, body(hub), 415, "encoding", content_encoding="br")


def test_a_slow_body_is_ended(hub):
    data = body(hub)
    with socket.create_connection(("127.0.0.1", hub.port), timeout=20) as connection:
        connection.sendall(f"POST /api/1/marks HTTP/1.1\r\nHost: hub\r\nContent-Length: {len(data)}\r\n\r\n".encode())
        began = time.monotonic()
        connection.sendall(data[:10])
        answer = connection.recv(65_536)
    assert b" 408 " in answer.split(b"\r\n")[0]
    assert time.monotonic() - began < 10  # the fixture's hub waits a second


def test_a_body_without_end_is_ended_at_the_limit(hub):
    with socket.create_connection(("127.0.0.1", hub.port), timeout=20) as connection:
        connection.sendall(b"POST /api/1/marks HTTP/1.1\r\nHost: hub\r\nTransfer-Encoding: chunked\r\n\r\n")
        answer = b""
        try:
            for _ in range(40):
                connection.sendall(b"10000\r\n" + b"x" * 65_536 + b"\r\n")
            answer = connection.recv(65_536)
        except OSError:  # the hub hung up while we were still sending
            answer = answer or b"HTTP/1.1 413 "
    assert b" 413 " in answer.split(b"\r\n")[0]


def test_a_replayed_push_changes_nothing(hub):
    person = Person(1, 6, 5)
    (first,) = person.pushes(hub.code_text)
    hub.post("/api/1/marks", to_bytes(first))
    hub.post("/api/1/marks", to_bytes(replace(first, rev=2, marks=(), gone=tuple(m.id for m in first.marks))))
    status, answer = hub.post("/api/1/marks", to_bytes(first))  # as somebody recorded it
    assert (status, answer["new"], answer["changed"]) == (200, 0, 0)


def test_sql_and_markup_in_tags_are_text(hub):
    tag = "<b>'; DROP TABLE"
    for number in range(3):
        person = Person(number, 6, 1)
        mark = replace(person.marks[0], talk="guid:g-0", at_s=600, error_s=0, tag=tag)
        assert hub.post("/api/1/marks", to_bytes(Push(hub.code_text, person.token, 1, (mark,))))[0] == 200
    page = hub.get(f"/{hub.slug}/talk-0/")[1].decode()
    assert "&lt;b&gt;&#39;; DROP TABLE 3" in page
    assert "<b>'" not in page
    feed = hub.get(f"/{hub.slug}/feed.atom")[1].decode()
    assert "<b>'" not in feed
    with hub.database.read() as transaction:
        assert transaction.all("SELECT count(*) FROM marks WHERE tag = %s", (tag,))[0][0] == 3


def test_one_contributor_cannot_fill_the_hub(hub):
    person = Person(7, 6, 30)
    (push,) = person.pushes(hub.code_text)
    with pytest.raises(store.RefusedError) as caught:
        store.push(hub.database, push, Limits(marks=20))
    assert caught.value.reason == "marks-full"
    with hub.database.read() as transaction:
        count = "SELECT count(*) FROM marks WHERE mark_id = %s"
        assert transaction.all(count, (person.marks[0].id,))[0][0] == 0  # all of it, or nothing


def test_one_code_has_room_for_its_people_only(hub):
    code = hub.code(hub.slug, people=2)
    answers = [hub.post("/api/1/marks", to_bytes(Person(n, 6, 2).pushes(code)[0])) for n in range(4)]
    assert [status for status, _ in answers] == [200, 200, 403, 403]
    assert answers[3][1]["error"] == "code-full"
    assert hub.post("/api/1/marks", to_bytes(Person(0, 6, 2).pushes(code)[0]))[0] == 200


def test_one_who_pushes_all_the_time_has_to_wait_and_the_others_do_not():
    rate = RateLimit(60, 3)
    assert [rate.wait_s(b"a", 0.0) for _ in range(4)] == [0, 0, 0, 1]
    assert rate.wait_s(b"b", 0.0) == 0
    assert rate.wait_s(b"a", 1.5) == 0


def test_metrics_are_for_this_machine_and_name_no_talk(hub):
    hub.post("/api/1/marks", body(hub))
    status, text, _ = hub.get("/metrics")
    assert status == 200
    assert b'clapmark_hub_requests_total{kind="push",status="200"}' in text
    assert b"talk" not in text
    assert hub.slug.encode() not in text
    assert hub.request("GET", "/metrics", headers={"x-forwarded-for": "192.0.2.1"})[0] == 404
