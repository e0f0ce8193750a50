"""`clapmark browse` starts the real Datasette on the archive's index; its pages show facets and search, and no harm."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

from clapmark.index.browse import FIRST_PAGE
from tests.support.archive.conference import conference, talk
from tests.support.archive.notes_archive import SLUG, afternoon, make_archive, write_notes
from tests.support.desk import Laptop

WAIT_S = 60
HOSTILE = "<script>alert(1)</script> Bees & Sensors"


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    schedule = conference(
        talk("dicts", "Dictionaries, All the Way Down", "13:00", abstract="What a hash is."),
        talk("bees", HOSTILE, "13:40", speakers=("Bo Sample", "Cy Sample")),
        slug=SLUG,
    )
    archive = make_archive(tmp_path_factory.mktemp("browse") / "archive", afternoon(), schedule)
    write_notes(archive)
    return archive


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(archive, port):
    command = [sys.executable, "-m", "clapmark", "browse", "--no-open", "--port", str(port)]
    return subprocess.Popen(
        [*command, "--archive", str(archive.folder)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def wait_for(port, process):
    end = time.monotonic() + WAIT_S
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10).close()
            return
        except (urllib.error.URLError, ConnectionError):
            assert time.monotonic() < end and process.poll() is None, process.stderr.read()
            time.sleep(0.1)


@pytest.fixture(scope="module")
def page(archive):
    """Return a function that fetches a page of a Datasette that runs."""
    port = free_port()
    process = start(archive, port)

    def fetch(path: str) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return answer.read().decode()

    fetch.address = f"http://127.0.0.1:{port}"
    wait_for(port, process)
    yield fetch
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    said = process.communicate(timeout=WAIT_S)[1]
    assert process.returncode == 130, said
    assert f"http://127.0.0.1:{port}/index" in said
    with pytest.raises(urllib.error.URLError):
        fetch("/")


def test_bookmarks_have_facets_for_tags_speakers_days_and_talks(page):
    values = json.loads(page("/index/bookmarks.json?_shape=objects"))
    assert len(values["rows"]) == 6
    facets = {
        name: {one["value"]: one["count"] for one in facet["results"]}
        for name, facet in values["facet_results"].items()
    }
    assert facets["tag"] == {"note": 2, "idea": 1, "quote": 1, "todo": 1, "link": 1}
    assert facets["speakers"]["Bo Sample"] == 1 and facets["speakers"]["Cy Sample"] == 1
    assert facets["day"] == {"2019-05-03": 6}
    labels = {one["label"] for one in values["facet_results"]["talk"]["results"]}
    assert "Dictionaries, All the Way Down" in labels


def test_countdowns_have_facets_for_the_speakers_who_overran(page):
    values = json.loads(page("/index/countdowns.json?_shape=objects&overrun_s__gt=0"))
    assert [row["overrun_s"] for row in values["rows"]] == [55]
    assert "speakers" in values["facet_results"]


def test_texts_are_searched_with_the_words_of_the_index(page):
    values = json.loads(page("/index/texts.json?_shape=objects&_search=hash"))
    assert [row["kind"] for row in values["rows"]] == ["talk"]
    found = json.loads(page("/index/search.json?_shape=objects&words=dictionar*"))
    assert [row["title"] for row in found["rows"]] == ["Dictionaries, All the Way Down"]
    assert json.loads(page("/index/busiest_talks.json?_shape=objects"))["rows"][0]["bookmarks"] == 3


def test_pages_show_titles_as_text_and_hide_what_is_internal(page):
    html = page("/index/talks")
    assert "<script>alert(1)</script>" not in html and "&lt;script&gt;alert(1)" in html
    assert "Clapmark" in page("/")
    tables = {table["name"]: table["hidden"] for table in json.loads(page("/index.json"))["tables"]}
    assert tables["sources"] and not tables["bookmarks"] and not tables["talks"]


def test_the_first_page_has_the_bookmarks_with_their_words_and_quotations(page):
    values = json.loads(page(f"/{FIRST_PAGE}.json?_shape=objects"))
    assert len(values["rows"]) == 6
    assert {"time", "tag", "talk", "words", "quote"} <= set(values["rows"][0])
    assert values["rows"][0]["talk"] == "Dictionaries, All the Way Down"
    assert "tag" in values["facet_results"]
    html = page(f"/{FIRST_PAGE}")
    assert "Your bookmarks" in html and "<textarea" not in html


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8001", "127.0.0.1.evil.example", "", "localhost@evil"])
def test_a_request_for_another_host_is_refused(page, host):
    request = urllib.request.Request(page.address + "/index/bookmarks.json", headers={"Host": host})
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(request, timeout=10)


def test_a_request_for_this_computer_by_name_is_answered(page):
    request = urllib.request.Request(page.address + "/index.json", headers={"Host": "localhost:9000"})
    assert urllib.request.urlopen(request, timeout=10).status == 200


@pytest.fixture
def hangup():
    """Let a hangup end what is started, also where nohup has it ignored."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.usefixtures("hangup")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_the_server_ends_with_the_command_on_any_signal(archive, number):
    port = free_port()
    process = start(archive, port)
    wait_for(port, process)
    process.send_signal(number)
    assert process.wait(WAIT_S) == (-number if number == signal.SIGKILL else 128 + number)
    end = time.monotonic() + 10
    while time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return
        time.sleep(0.1)
    raise AssertionError("the server is still there")


def test_without_datasette_it_says_what_to_install(archive, monkeypatch):
    monkeypatch.setattr("clapmark.index.browse.find_spec", lambda name: None)
    answer = Laptop(archive.folder).type_here("browse")
    assert answer.code == 1 and "datasette>=" in answer.stderr


def test_a_port_that_is_taken_is_reported(archive):
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        answer = Laptop(archive.folder).type_here("browse", "--port", str(holder.getsockname()[1]))
    assert answer.code == 1 and "in use by another program" in answer.stderr
