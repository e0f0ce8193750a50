"""`clapmark share` and `clapmark crowd`: what leaves the laptop, what follows, and what comes back."""

import json
import re

import pytest

from clapmark.base.errors import UsageError
from clapmark.bookmarks.assignments import add_assignments
from clapmark.conference import Conference
from clapmark.crowd.hub_client import FIRST_WAIT_S, LONGEST_WAIT_S, hub_address, wait_s
from clapmark.crowd.share_state import KEY_VARIABLE, read_state, state_path
from clapmark.hub.store.limits import Limits
from tests.support.archive.conference import small_conference
from tests.support.archive.journal_text import DEVICE, EPOCH
from tests.support.archive.notes_archive import SLUG, afternoon, make_archive, minutes, put
from tests.support.command_line import type_
from tests.support.hub.hub_process import free_port
from tests.support.hub.hub_thread import HubThread


@pytest.fixture(scope="module")
def sqlite_hub(tmp_path_factory):
    hub = HubThread(f"sqlite:///{tmp_path_factory.mktemp('hub')}/hub.sqlite", Limits(pushes_a_minute=1e6))
    yield hub
    hub.stop()


@pytest.fixture
def hub(sqlite_hub):
    sqlite_hub.code_text = sqlite_hub.create(small_conference())
    sqlite_hub.address = f"http://127.0.0.1:{sqlite_hub.port}"
    yield sqlite_hub
    sqlite_hub.command("delete", SLUG, "--yes")


class Attendee:
    """A person with an archive and a key."""

    def __init__(self, folder, log=None):
        folder.mkdir(parents=True, exist_ok=True)
        self.archive = make_archive(folder / "archive", log)
        self.variables = {KEY_VARIABLE: str(folder / "share.key")}

    def type(self, *words):
        code, out, err = type_(*words, "--archive", self.archive.folder, variables=self.variables)
        return code, out, err

    def share(self, hub, *more):
        code, out, err = self.type("share", "--to", hub.address, "--code", hub.code_text, *more)
        assert code == 0, err
        return out or err


@pytest.fixture
def attendee(tmp_path):
    return Attendee(tmp_path)


def stored(hub):
    with hub.database.read() as transaction:
        return transaction.all(
            "SELECT key, at_s, tag, length_s FROM marks JOIN talks ON talks.id = talk_id ORDER BY 1, 2"
        )


def test_marks_arrive_and_a_second_time_changes_nothing(attendee, hub):
    assert "Shared 5 marks with PyExample 2019" in attendee.share(hub)
    assert stored(hub) == [
        ("bees", 900, "todo", 0), ("dicts", 300, "note", 0), ("dicts", 750, "idea", 0), ("dicts", 1200, "quote", 75),
        ("light-1", 180, "note", 0),
    ]  # fmt: skip
    code, _, err = attendee.type("share")
    assert code == 0
    assert "Nothing new to share" in err
    assert len(stored(hub)) == 5


def test_a_dry_run_prints_every_byte_and_sends_none(attendee, hub, tmp_path):
    out = attendee.share(hub, "--dry-run")
    assert stored(hub) == []
    assert not state_path(attendee.archive, SLUG).exists()
    assert not (tmp_path / "share.key").exists()
    assert out.startswith("POST /api/1/mine HTTP/1.1\nHost: 127.0.0.1")
    assert out.count('"tag":') == 5


def test_what_is_sent_has_no_word_no_serial_number_and_no_clock_time(attendee, hub):
    post = attendee.archive.post_path(SLUG)
    attendee.type("notes")
    post.write_text(post.read_text().replace("**13:05** note", "**13:05** note my secret words"))
    out = attendee.share(hub, "--dry-run")
    body = json.loads(out.rpartition("\n{")[2].join(["{", ""]).splitlines()[0])
    assert set(body) == {"clapmark", "version", "code", "contributor", "rev", "marks", "gone"}
    assert {key for mark in body["marks"] for key in mark} == {"id", "talk", "at", "error", "tag", "length"}
    for secret in ("secret", DEVICE, EPOCH, "13:0", "2019-05", "1556", "Dictionaries"):
        assert secret not in out


def test_retag_undo_and_assign_follow(attendee, hub):
    attendee.share(hub)
    log = afternoon()
    log.add(minutes(250), "retag", of=4, tag="todo")
    log.add(minutes(251), "undo", of=7)
    put(attendee.archive, log)
    code, out, err = attendee.type("share", "--json")
    assert code == 0, err
    assert (json.loads(out)["sent"], json.loads(out)["taken_back"]) == (1, 1)
    assert ("dicts", 300, "todo", 0) in stored(hub)
    assert ("dicts", 750, "idea", 0) not in stored(hub)
    name = Conference(attendee.archive, SLUG).own[0].bookmark.id
    add_assignments(attendee.archive, {name: (SLUG, "other")}, 1_700_000_000_000)
    assert attendee.type("share")[0] == 0
    assert {row[0] for row in stored(hub)} == {"bees", "dicts", "light-1", "other"}


def test_forget_deletes_all_and_ends_the_opt_in(attendee, hub):
    attendee.share(hub)
    code, _, err = attendee.type("share", "--forget")
    assert code == 0
    assert "deleted 5 marks" in err
    assert stored(hub) == []
    code, _, err = attendee.type("share")
    assert code == 2
    assert "is not shared" in err
    assert "Shared 5 marks" in attendee.share(hub)


def test_a_laptop_that_lost_its_state_asks_the_hub_and_takes_back_what_is_gone(attendee, hub):
    attendee.share(hub)
    state_path(attendee.archive, SLUG).unlink()
    log = afternoon()
    log.add(minutes(251), "undo", of=4)
    put(attendee.archive, log)
    assert "1 taken back" in attendee.share(hub)
    assert len(stored(hub)) == 4


def test_a_wrong_code_is_no_opt_in(attendee, hub):
    code, _, err = attendee.type("share", "--to", hub.address, "--code", "0000-0000-0000")
    assert code == 1
    assert "does not know the code" in err
    assert read_state(attendee.archive, SLUG) is None


def test_offline_it_waits_longer_each_time_and_loses_nothing(attendee, hub, monkeypatch):
    waits = []
    monkeypatch.setattr("clapmark.commands.crowd.share.time.sleep", waits.append)
    attendee.share(hub)
    put(attendee.archive, log := afternoon())
    log.add(minutes(14), "bookmark", tag="note", talk="dicts")
    put(attendee.archive, log)
    state = read_state(attendee.archive, SLUG)
    path = state_path(attendee.archive, SLUG)
    path.write_text(path.read_text().replace(hub.address, f"http://127.0.0.1:{free_port()}"))
    code, _, err = attendee.type("share")
    assert code == 1
    assert "Nothing is lost" in err
    assert len(waits) == 4
    assert waits[0] < 2 < waits[3]
    path.write_text(path.read_text().replace(read_state(attendee.archive, SLUG).hub, state.hub))
    assert "Shared 1 mark" in attendee.type("share")[2]


def test_waits_double_and_have_a_random_part():
    assert [wait_s(n, chance=lambda: 0.5) for n in range(1, 6)] == [FIRST_WAIT_S * 2**n for n in range(5)]
    assert len({wait_s(4) for _ in range(20)}) > 10
    assert max(wait_s(60) for _ in range(50)) <= 1.5 * LONGEST_WAIT_S
    assert wait_s(1, asked_s=30) >= 30


@pytest.mark.parametrize(
    "text",
    ["hub.example", "ftp://hub.example", "http://hub.example", "https://", "https://u:p@hub.example", "https://h/?q"],
)
def test_an_address_that_is_no_hubs_is_refused(text):
    with pytest.raises(UsageError):
        hub_address(text)


def test_what_the_crowd_marked_comes_back(tmp_path, hub):
    attendees = [Attendee(tmp_path / str(number)) for number in range(3)]
    for one in attendees[:2]:
        one.share(hub)
    assert "No moments yet" in attendees[0].type("crowd")[2]
    attendees[2].share(hub)
    code, out, _ = attendees[0].type("crowd", "dicts")
    assert code == 0
    assert "4:50  3 people  (note 3)  <- you" in out
    assert re.search(r"\|.*█.*\|  3 people, 30:00", out)
    value = json.loads(attendees[0].type("crowd", "--json")[1])
    assert [talk["talk"] for talk in value["talks"]] == ["dicts", "bees", "light-1"]
    assert value["talks"][0]["moments"][2]["length"] == 75
    picture = tmp_path / "crowd.svg"
    assert attendees[0].type("crowd", "dicts", "--svg", picture)[0] == 0
    assert b"<polygon" in picture.read_bytes()
    assert "4:50" in attendees[0].type("crowd", "dicts", "--offline")[1]
    other = Attendee(tmp_path / "other")
    assert other.type("crowd", "--from", f"{hub.address}/{SLUG}")[0] == 0


def three_who_shared(tmp_path, hub):
    attendees = [Attendee(tmp_path / str(number)) for number in range(3)]
    for one in attendees:
        one.share(hub)
    assert attendees[0].type("crowd")[0] == 0
    return attendees[0]


def test_the_crowd_is_a_line_of_the_post_only_if_the_person_wants_it(tmp_path, hub):
    one = three_who_shared(tmp_path, hub)
    assert one.type("notes")[0] == 0
    post = one.archive.post_path(SLUG)
    assert "crowd:" not in post.read_text()
    settings = one.archive.folder / "clapmark.toml"
    settings.write_text(settings.read_text() + "\n[crowd]\nin_posts = true\n")
    code, _, err = one.type("notes")
    assert code == 0, err
    text = post.read_text()
    assert "crowd: 4:50 (3 people, note 3), 12:20 (3 people, idea 3), 19:50 (3 people, quote 3)" in text
    assert text.count("crowd: ") == 3
    before = post.read_bytes()
    assert "nothing was changed" in one.type("notes")[2]
    assert post.read_bytes() == before


def test_the_crowds_line_follows_the_ownership_rule(tmp_path, hub):
    one = three_who_shared(tmp_path, hub)
    settings = one.archive.folder / "clapmark.toml"
    settings.write_text(settings.read_text() + "\n[crowd]\nin_posts = true\n")
    one.type("notes")
    post = one.archive.post_path(SLUG)
    lines = post.read_text().splitlines(keepends=True)
    mine = next(n for n, line in enumerate(lines) if "crowd: 4:50" in line)
    deleted = next(n for n, line in enumerate(lines) if "crowd: 14:50" in line)
    lines[mine] = lines[mine].replace("crowd: 4:50", "the room liked 4:50")
    del lines[deleted]
    post.write_text("".join(lines))
    fourth = Attendee(tmp_path / "3")
    fourth.share(hub)
    one.type("crowd")
    one.type("notes")
    text = post.read_text()
    assert "the room liked 4:50 (3 people" in text  # the person's line stays as it is
    assert "crowd: 14:50" not in text  # a deleted line does not come back
    assert "crowd: 2:50 (4 people, note 4)" in text  # one that was not touched follows
    code, out, _ = one.type("show", "dicts", "--json")
    assert code == 0
    assert "liked" not in out


def test_exports_take_the_crowds_moments(tmp_path, hub):
    one = three_who_shared(tmp_path, hub)
    code, out, err = one.type("export", "csv", "--crowd")
    assert code == 0, err
    assert out.count("3 people: note 3") == 2
    address, start = "https://youtu.be/abcdefghijk", "2019-05-03T13:00:00"
    code, _, err = one.type("align", "dicts", "--video", address, "--start", start)
    assert code == 0, err
    code, out, err = one.type("export", "youtube", "dicts", "--crowd")
    assert code == 0, err
    assert out.splitlines()[1] == "4:50 3 people: note 3"
    assert "`clapmark crowd` fetches" in Attendee(tmp_path / "new").type("export", "csv", "--crowd")[2]
