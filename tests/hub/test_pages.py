"""The public pages: they work without JavaScript, load nothing from elsewhere, and show no two people."""

import csv
import io
import json
import re
from xml.etree import ElementTree

import pytest

from clapmark.crowd.published import read_published
from clapmark.crowd.wire import to_bytes
from tests.support.hub.audience import Person

PATHS = ("/", "/{slug}/", "/{slug}/talk-0/", "/join/ABCDEFGHJKMN", "/nowhere/", "/style.css", "/{slug}/feed.atom")


@pytest.fixture
def marked(hub):
    for number in range(12):
        for push in Person(number, 5, 60).pushes(hub.code_text):
            assert hub.post("/api/1/marks", to_bytes(push))[0] == 200
    return hub


def page(hub, path):
    status, data, headers = hub.get(path.format(slug=hub.slug))
    assert status == 200, path
    return data.decode(), headers


def test_a_page_shows_the_moments_of_each_talk(marked):
    text, _ = page(marked, "/{slug}/")
    assert "CrowdConf 2026" in text
    assert text.count("<h2>") == 5
    assert len(re.findall(r"<svg class=\"heat\"", text)) == 5
    assert re.search(r"<b>5:0\d</b>\s+\d+ people", text)
    text, _ = page(marked, "/{slug}/talk-0/")
    assert "12 people marked this talk" in text


@pytest.mark.parametrize("path", PATHS)
def test_no_page_sets_a_cookie_runs_a_script_or_loads_from_elsewhere(marked, path):
    _, data, headers = marked.get(path.format(slug=marked.slug))
    text = data.decode()
    assert "set-cookie" not in headers
    assert "<script" not in text
    assert "style=" not in text
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert not re.search(r"(src|@import|url\()", text)
    loaded = re.findall(r'<link rel="stylesheet" href="([^"]+)"', text)
    assert loaded in ([], ["/style.css"])
    assert "server" not in headers


def test_there_is_a_dark_mode(marked):
    assert "prefers-color-scheme: dark" in page(marked, "/style.css")[0]
    assert 'content="light dark"' in page(marked, "/{slug}/")[0]


def test_the_feed_is_atom(marked):
    text, headers = page(marked, "/{slug}/feed.atom")
    assert headers["content-type"].startswith("application/atom+xml")
    root = ElementTree.fromstring(text)
    atom = "{http://www.w3.org/2005/Atom}"
    entries = root.findall(f"{atom}entry")
    assert len(entries) == 5
    assert all(entry.find(f"{atom}id").text and entry.find(f"{atom}updated").text for entry in entries)


def test_json_csv_and_parquet_say_the_same(marked, tmp_path):
    from pyarrow import parquet

    value = json.loads(page(marked, "/api/1/conferences/{slug}/moments")[0])
    assert value["licence"] == "CC0-1.0"
    published = read_published(value)
    assert published.crowd(["guid:g-2"]) == published.talks["talk-2"]
    wanted = [(talk["talk"], moment["at"], moment["people"]) for talk in value["talks"] for moment in talk["moments"]]
    rows = list(csv.DictReader(io.StringIO(page(marked, "/{slug}/moments.csv")[0])))
    assert [(row["talk"], int(row["at_s"]), int(row["people"])) for row in rows] == wanted
    _, data, _ = marked.get(f"/{marked.slug}/moments.parquet")
    table = parquet.read_table(io.BytesIO(data))
    assert [(r["talk"], r["at_s"], r["people"]) for r in table.to_pylist()] == wanted
    assert table.schema.metadata[b"licence"] == b"CC0-1.0"
    one = json.loads(page(marked, "/api/1/conferences/{slug}/talks/talk-2")[0])
    assert one in value["talks"]


def test_moments_link_into_the_recording_once_it_is_aligned(marked):
    assert "youtu" not in page(marked, "/{slug}/talk-0/")[0]
    marked.command("video", marked.slug, "talk-0", "https://youtu.be/abcdefghijk", "--starts-at", "1:00")
    text, _ = page(marked, "/{slug}/talk-0/")
    at_s = json.loads(page(marked, "/api/1/conferences/{slug}/talks/talk-0")[0])["moments"][0]["at"]
    assert f"https://youtu.be/abcdefghijk?t={at_s + 60}" in text


def test_no_page_tells_that_two_people_marked_a_talk(hub):
    paths = ["/{slug}/", "/{slug}/talk-0/", "/{slug}/feed.atom", "/{slug}/moments.csv"]
    paths += ["/api/1/conferences/{slug}/moments", "/api/1/conferences/{slug}/talks/talk-0"]
    before = [page(hub, path)[0] for path in paths]
    for number in range(2):
        hub.post("/api/1/marks", to_bytes(Person(number, 1, 20).pushes(hub.code_text)[0]))
    assert [page(hub, path)[0] for path in paths] == before
    hub.post("/api/1/marks", to_bytes(Person(2, 1, 20).pushes(hub.code_text)[0]))
    assert all(text != old for text, old in zip((page(hub, path)[0] for path in paths), before, strict=True))


def test_health_and_readiness(hub):
    assert json.loads(hub.get("/healthz")[1]) == {"status": "ok"}
    assert json.loads(hub.get("/readyz")[1]) == {"status": "ok"}


def test_the_page_behind_the_qr_code_has_the_command(hub):
    text, headers = page(hub, "/join/abcd-efgh-jkmn")
    assert f"clapmark share --to http://127.0.0.1:{hub.port} --code ABCD-EFGH-JKMN" in text
    assert headers["cache-control"] == "no-store"
    assert hub.get("/join/%3Cscript%3E")[0] == 404
