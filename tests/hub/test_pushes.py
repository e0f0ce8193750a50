"""Pushes: each mark exactly once, whatever comes twice, late or out of order; and who may take what back."""

import gzip
import json
from dataclasses import replace

from clapmark.crowd.wire import Push, normal_code, request_bytes, to_bytes
from clapmark.schedule import to_json
from tests.support.hub.audience import Person, conference

JSON = {"content_type": "application/json"}


def push(hub, found, **headers):
    return hub.post("/api/1/marks", to_bytes(found), **JSON, **headers)


def people(hub, count=4, marks=40):
    return [(person, person.pushes(hub.code_text)) for person in (Person(n, 6, marks) for n in range(count))]


def moments_of(hub):
    status, data, _ = hub.get(f"/api/1/conferences/{hub.slug}/moments")
    assert status == 200, data
    return json.loads(data)["talks"]


def mine(hub, person):
    status, answer = hub.post("/api/1/mine", request_bytes(hub.code_text, person.token), **JSON)
    assert status == 200, answer
    return sorted(answer["marks"])


def test_a_push_that_comes_three_times_is_stored_once(hub):
    for person, pushes in people(hub):
        answers = [push(hub, one) for one in pushes * 3]
        assert [status for status, _ in answers] == [200] * len(answers)
        assert sum(answer["new"] for _, answer in answers) == 40
        assert sum(answer["changed"] for _, answer in answers) == 0
        assert mine(hub, person) == sorted(mark.id.hex() for mark in person.marks)
    once = moments_of(hub)
    assert once
    for _, pushes in people(hub):
        push(hub, pushes[0], content_encoding="identity")
    assert moments_of(hub) == once


def test_retags_and_undos_follow_and_a_late_push_brings_nothing_back(hub):
    (person, (first,)), *_ = people(hub, 1, 5)
    push(hub, first)
    changed = replace(person.marks[0], tag="todo")
    newer = Push(first.code, person.token, 2, (changed,), (person.marks[1].id,))
    assert push(hub, newer)[1] | {"title": ""} == {
        "conference": hub.slug, "title": "", "new": 0, "changed": 2, "unknown_talks": [], "rev": 2,
    }  # fmt: skip
    assert push(hub, first)[1]["changed"] == 0
    assert mine(hub, person) == sorted(mark.id.hex() for mark in person.marks if mark is not person.marks[1])
    assert push(hub, replace(newer, rev=3, marks=(person.marks[1],), gone=()))[1]["changed"] == 1
    assert len(mine(hub, person)) == 5


def test_forget_deletes_everything_and_a_late_push_brings_nothing_back(hub):
    crowd = people(hub, 3)
    for _, pushes in crowd:
        push(hub, pushes[0])
    assert moments_of(hub)
    person, pushes = crowd[0]
    status, answer = hub.post("/api/1/forget", request_bytes(hub.code_text, person.token, 7), **JSON)
    assert (status, answer) == (200, {"deleted": 40})
    assert push(hub, pushes[0])[1]["new"] == 0
    assert mine(hub, person) == []
    assert moments_of(hub) == []
    assert push(hub, replace(pushes[0], rev=8))[1]["new"] == 40  # whoever changes their mind can begin again


def test_nobody_can_change_or_delete_the_marks_of_another(hub):
    (person, (first,)), (other, _) = people(hub, 2)
    push(hub, first)
    marks = tuple(replace(mark, tag="x") for mark in first.marks[1:])
    stolen = Push(first.code, other.token, 1_000, marks, (first.marks[0].id,))
    assert push(hub, stolen)[1]["changed"] == 0
    assert len(mine(hub, person)) == 40
    assert mine(hub, other) == []
    assert hub.post("/api/1/forget", request_bytes(hub.code_text, other.token, 1), **JSON)[1] == {"deleted": 0}
    assert len(mine(hub, person)) == 40


def test_a_talk_is_found_by_guid_code_or_id_and_an_unknown_one_is_reported(hub):
    (_, (first,)), *_ = people(hub, 1, 3)
    names = ("guid:g-1", "id:talk-2", "guid:nope")
    marks = [replace(mark, talk=name) for mark, name in zip(first.marks, names, strict=True)]
    status, answer = push(hub, replace(first, marks=tuple(marks)))
    assert (status, answer["new"], answer["unknown_talks"]) == (200, 2, ["guid:nope"])


def test_a_packed_push_is_taken(hub):
    (_, (first,)), *_ = people(hub, 1)
    status, answer = hub.post("/api/1/marks", gzip.compress(to_bytes(first)), content_encoding="gzip")
    assert (status, answer["new"]) == (200, 40)


def test_a_revoked_codes_people_count_no_more_but_can_still_forget(hub):
    for _, pushes in people(hub, 3):
        push(hub, pushes[0])
    before = moments_of(hub)
    false_code = normal_code(hub.command("code", hub.slug, "--people", "20", "--label", "false"))
    false = [Person(n, 6, 40, seed=9) for n in range(100, 120)]
    for person in false:
        assert push(hub, person.pushes(false_code)[0])[0] == 200
    assert moments_of(hub) != before
    assert push(hub, Person(121, 6, 3).pushes(false_code)[0])[1]["error"] == "code-full"
    hub.command("revoke", false_code)
    assert moments_of(hub) == before
    status, answer = push(hub, false[0].pushes(false_code)[0])
    assert (status, answer["error"]) == (403, "revoked")
    assert hub.post("/api/1/forget", request_bytes(false_code, false[0].token, 9), **JSON)[1] == {"deleted": 40}


def test_the_organiser_sees_numbers_and_can_export_back_up_and_delete(hub, tmp_path):
    for _, pushes in people(hub, 3):
        push(hub, pushes[0])
    listed = next(one for one in json.loads(hub.command("list", "--json")) if one["slug"] == hub.slug)
    assert (listed["talks"], listed["codes"], listed["contributors"], listed["marks"]) == (6, 1, 3, 120)
    assert "Talk number 5" in hub.command("list", hub.slug)
    path = tmp_path / "schedule.json"
    path.write_bytes(to_json(conference(7, hub.slug)))
    assert hub.command("create", str(path)) == ""  # brought up to date, no new code
    assert "Talk number 6" in hub.command("list", hub.slug)
    assert hub.command("export", hub.slug).startswith("conference,talk,title")
    for suffix in ("csv", "parquet", "json"):
        hub.command("export", hub.slug, "-o", str(tmp_path / f"moments.{suffix}"))
    assert (tmp_path / "moments.parquet").read_bytes()[:4] == b"PAR1"
    hub.command("backup", str(tmp_path / "copy"))
    assert (tmp_path / "copy").stat().st_size > 10_000
    hub.command("delete", hub.slug, "--yes")
    assert hub.slug not in hub.command("list")
    assert hub.get(f"/{hub.slug}/")[0] == 404


def test_the_database_has_neither_codes_nor_tokens_nor_addresses(hub):
    (person, (first,)), *_ = people(hub, 1)
    push(hub, first)
    text = ""
    with hub.database.read() as transaction:
        for table in ("conferences", "talks", "codes", "contributors", "marks"):
            for row in transaction.all(f"SELECT * FROM {table}"):
                text += repr([bytes(value) if isinstance(value, memoryview) else value for value in row])
    assert hub.slug in text
    secrets = (person.token, bytes.fromhex(person.token), person.key, person.key.hex(), hub.code_text, "127.0.0.1")
    assert [secret for secret in secrets if repr(secret).strip("b'\"") in text] == []


def test_the_version_that_the_program_needs_is_the_newest_migration(hub):
    from clapmark.hub.store.database import NEWEST
    from clapmark.hub.store.migrating import newest

    assert newest() == NEWEST == hub.database.revision()
