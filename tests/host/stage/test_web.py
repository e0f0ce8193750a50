"""The stage over HTTP: who may see and operate it, what is refused with which sentence, and that 200 can look."""

import io
import json
import threading
import time

import pytest
import uvicorn
from starlette.testclient import TestClient

from clapmark.base.environment import Environment
from clapmark.base.errors import ClapmarkError
from clapmark.link.watch import Watched
from clapmark.stage.clock import now_ms
from clapmark.stage.device_link import Connected, Lost, Seen
from clapmark.stage.rundown import Entry, Rundown
from clapmark.stage.serve import listen
from clapmark.stage.stage import Stage
from clapmark.stage.web.access import VALID_MS, Access, Tokens, tokens
from clapmark.stage.web.app import StageApp
from clapmark.stage.web.guard import own_names

UTC_MS = 1_795_800_000_000


class Clock(Environment):
    ms = UTC_MS

    def utc_ms(self):
        return self.ms


def stage_of(count=3):
    entries = [
        Entry(f"t{n}", f"Talk {n}", (f"Speaker {n}",), UTC_MS + n * 300_000, 300_000) for n in range(count)
    ]  # fmt: skip
    environment = Clock(stdout=io.StringIO(), stderr=io.StringIO(), variables={})
    return Stage(environment, Rundown(entries, "Hall A"))


KEYS = Tokens("control-token", "view-token", UTC_MS + VALID_MS, ("old-token",))


def client_of(stage, *, view=False, is_open=False, address="http://127.0.0.1", **options):
    app = StageApp(stage, Access(KEYS, view_needs_token=view), "http://x/remote#control-token", **options)
    client = TestClient(app.app(own_names(), is_open=is_open), base_url=address)
    client.application = app
    return client


def do(client, token="control-token", headers=None, **command):
    command.setdefault("id", str(time.monotonic_ns()))
    headers = {"authorization": f"Bearer {token}"} | (headers or {})
    answer = client.post("/api/1/commands", content=json.dumps(command), headers=headers)
    return answer.status_code, answer.json()["say"]


def test_every_page_comes_with_a_policy_that_allows_no_inline_script_and_no_other_origin():
    client = client_of(stage_of())
    for path in (
        "/",
        "/speaker",
        "/rundown",
        "/remote",
        "/api",
        "/show.js",
        "/stage.css",
        "/icon.svg",
        "/openapi.json",
    ):
        answer = client.get(path)
        assert answer.status_code == 200, path
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy and "http:" not in policy
        text = answer.text.replace("http://www.w3.org/2000/svg", "")
        assert "<script>" not in text and " onclick=" not in text and "http://" not in text
    for path in ("/nothing", "/../stage.py", "/%2e%2e/stage.py", "/__init__.py"):
        assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    ("token", "say"),
    [
        ("", "scan the QR code"),
        ("guess", "is not of this stage"),
        ("old-token", "has expired"),
        ("view-token", "may only look"),
    ],
)
def test_a_command_without_the_right_token_is_refused_with_its_own_sentence(token, say):
    client = client_of(stage_of())
    status, said = do(client, token, do="start")
    assert status == 401 and say in said
    assert client.get("/api/1/state").json()["countdown"]["state"] == "ready"


def test_a_token_expires_after_twelve_hours():
    stage = stage_of()
    client = client_of(stage)
    assert do(client, do="start") == (200, "Done.")
    stage.environment.ms += VALID_MS
    assert "has expired" in do(client, do="pause")[1]


def test_tokens_survive_a_restart_and_are_kept_for_the_user_alone(tmp_path):
    first = tokens(tmp_path / "new", UTC_MS)
    assert tokens(tmp_path / "new", UTC_MS + 1000) == first
    assert (tmp_path / "new" / "stage-tokens.json").stat().st_mode & 0o77 == 0
    later = tokens(tmp_path / "new", UTC_MS + VALID_MS)
    assert later.control != first.control and first.control in later.expired
    assert tokens(tmp_path / "new", UTC_MS, is_new=True).control not in {first.control, later.control}
    (tmp_path / "new" / "stage-tokens.json").write_text("[]")
    assert tokens(tmp_path / "new", UTC_MS).control


def test_looking_needs_a_link_where_that_is_asked_for():
    client = client_of(stage_of(), view=True)
    assert "with its link only" in client.get("/api/1/state").json()["say"]
    assert client.get("/api/1/state?token=view-token").status_code == 200
    assert client.get("/api/1/text/time?token=control-token").text == "5:00"
    assert client.get("/api/1/state?token=nonsense").status_code == 401
    for _ in range(12):
        last = client.get("/api/1/state?token=guess")
    assert last.status_code == 429 and "Too many wrong links" in last.json()["say"]


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8020", "10.0.0.1", "[::2]", ""])
def test_a_request_for_another_name_is_refused(host):
    answer = client_of(stage_of()).get("/api/1/state", headers={"host": host})
    assert answer.status_code == 421


def test_in_a_network_an_address_is_accepted_and_a_foreign_name_is_not():
    client = client_of(stage_of(), is_open=True, address="http://192.168.1.20:8020")
    assert client.get("/").status_code == 200
    assert client.get("/", headers={"host": "evil.example"}).status_code == 421


def test_a_command_from_another_sites_page_is_refused():
    client = client_of(stage_of())
    status, said = do(client, headers={"origin": "http://evil.example"}, do="start")
    assert status == 403 and "Another site's page" in said
    assert do(client, headers={"origin": "http://127.0.0.1"}, do="start")[0] == 200


def test_the_older_remote_says_that_another_one_has_taken_over():
    client = client_of(stage_of())
    for name in ("one", "two"):
        headers = {"authorization": "Bearer control-token", "x-clapmark-remote": name}
        assert client.post("/api/1/remote", headers=headers).status_code == 200
    status, said = do(client, headers={"x-clapmark-remote": "one"}, do="start")
    assert status == 409 and "taken over" in said
    assert do(client, headers={"x-clapmark-remote": "two"}, do="start")[0] == 200


def test_commands_of_the_laptops_own_countdown_are_done_once_and_refused_in_words():
    client = client_of(stage_of())
    assert do(client, do="start", id="same") == do(client, do="start", id="same") == (200, "Done.")
    assert do(client, do="start") == (409, "The countdown is running already.")
    assert do(client, do="skip") == (409, "A countdown is running. Stop it first.")
    assert do(client, do="add", minutes=-9)[0] == 409 and do(client, do="add", minutes=1)[0] == 200
    assert do(client, do="stop") == (200, "Done.")
    for command in ({"do": "pause"}, {"do": "stop"}, {"do": "add", "minutes": 1}, {"do": "start"}):
        assert do(client, **command) == (409, "The countdown is over. Go to the next speaker."), command
    assert do(client, do="next")[0] == 200 and do(client, do="skip")[0] == 200
    assert do(client, do="end", time="25:99")[0] == 400 and do(client, do="talk")[0] == 400
    assert do(client, do="sync")[0] == 409 and do(client, do="detach")[0] == 409
    assert do(client, do="message", text="<b>Hi</b>", to="room")[0] == 200
    state = client.get("/api/1/state").json()
    assert state["message"] == {"text": "<b>Hi</b>", "to": "room"} and state["talk"]["id"] == "t2"
    assert [entry["state"] for entry in state["rundown"]] == ["done", "skipped", "current"]
    assert client.get("/api/1/text/speaker").text == "Speaker 2"
    assert client.get("/api/1/text/message").text == "<b>Hi</b>"


def test_what_is_no_json_or_too_long_is_refused():
    client = client_of(stage_of())
    headers = {"authorization": "Bearer control-token"}
    for body, status in (
        (b"", 400),
        (b"{", 400),
        (b"[" * 5000, 400),
        (b'{"id":"a","do":"start"}' + b" " * 20_000, 413),
    ):
        assert client.post("/api/1/commands", content=body, headers=headers).status_code == status
    long = {"id": "a", "do": "message", "text": "x" * 10_000}
    assert client.post("/api/1/commands", content=json.dumps(long), headers=headers).status_code == 413


def test_too_many_commands_wait():
    client = client_of(stage_of(), commands_a_second=1.0)
    assert {do(client, do="option", name="sound", on=True)[0] for _ in range(6)} == {200, 429}


def watched(state="running", left=200_000, talk="t0", uptime=5_000, total=300_000):
    return Watched(1, uptime, state, left, total, 300_000, 60_000, 20_000, True, False, 0, False, False, True,
                   "lightning", talk, "", "A. Nother", "Their talk")  # fmt: skip


def test_the_device_leads_and_the_pages_count_on_when_its_cable_is_pulled():
    stage = stage_of()
    stage.on_event(Connected("/dev/x", "a1", (("lightning", 5),)))
    at = now_ms()
    stage.on_event(Seen(watched(), at, 10.0))
    assert stage.has_device and stage.rundown.entries[0].state == "speaking"
    stage.on_event(Lost("The device is unplugged."))
    values = stage.values()
    assert "count on" in values["device"]["say"] and not values["device"]["is_connected"]
    anchor = stage.anchor
    assert anchor.remaining_ms(at + 600_000) == 200_000 - 600_000  # ten minutes later
    stage.on_event(Connected("/dev/x", "a1", ()))
    stage.on_event(Seen(watched(left=190_008), at + 10_000, 10.0))  # within what its clock is uncertain by
    assert stage.anchor is anchor
    stage.on_event(Seen(watched(left=250_000), at + 10_000, 10.0))
    assert stage.anchor.remaining_ms(at + 10_000) == 250_000


def test_without_a_talk_of_the_schedule_the_devices_own_words_are_shown():
    stage = stage_of()
    stage.on_event(Seen(watched(talk="other"), now_ms(), 10.0))
    assert stage.values()["talk"]["speakers"] == ["A. Nother"] and stage.values()["talk"]["title"] == "Their talk"


def test_the_laptops_countdown_ends_before_a_device_that_came_later_leads():
    stage = stage_of()
    client = client_of(stage)
    do(client, do="start")
    stage.on_event(Connected("/dev/x", "a1", ()))
    stage.on_event(Seen(watched("ready", 300_000), now_ms(), 10.0))
    assert not stage.has_device and stage.anchor.state == "running" and "leads when" in stage.device_say
    stage.on_event(Seen(watched("running", 100_000), now_ms(), 10.0))  # somebody pressed its button: it leads
    assert stage.has_device and abs(stage.anchor.remaining_ms(now_ms()) - 100_000) < 1000


def test_a_second_stage_at_the_same_port_says_so():
    first = listen("127.0.0.1", None)
    with pytest.raises(ClapmarkError, match="is in use: perhaps another stage runs"):
        listen("127.0.0.1", first.getsockname()[1])
    first.close()
    with pytest.raises(ClapmarkError, match="is no address of this computer"):
        listen("203.0.113.1", None)
    with pytest.raises(ClapmarkError, match="takes an address"):
        listen("my-laptop", None)


def test_200_pages_can_look_and_the_next_one_is_told_why_it_cannot():
    import socket

    app = StageApp(stage_of(), Access(KEYS, view_needs_token=False))
    bound = listen("127.0.0.1", None)
    port = bound.getsockname()[1]
    config = uvicorn.Config(app.app(own_names(), is_open=False), log_level="error", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
    thread.start()
    pages = []
    try:
        for number in range(201):
            page = socket.create_connection(("127.0.0.1", port), timeout=20)
            page.sendall(b"GET /api/1/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            pages.append(page)
            head = page.recv(300)
            assert (b" 200 OK" in head) == (number < 200), number
        assert app.viewers == 200
        pages.pop(0).close()
        end = time.monotonic() + 15
        while app.viewers == 200:
            assert time.monotonic() < end
            time.sleep(0.05)
    finally:
        for page in pages:
            page.close()
        server.should_exit = True
        thread.join(10)
