"""The reader page over Web Serial: a real `clapmark sim` at the other end of a fake port, in a real Chromium."""

import subprocess

import pytest

from tests.faults.line.noise import MIXES
from tests.support.browser.reader import CLAPMARK, ReaderPage, Sim
from tests.support.browser.serve import Port, Site


@pytest.fixture(scope="module")
def sim(tmp_path_factory):
    with Sim(tmp_path_factory.mktemp("sim")) as sim:
        sim.mark(3)
        yield sim


@pytest.fixture(scope="module")
def site(sim):
    with Site() as site:
        yield site


@pytest.fixture
def reader(browser, site, sim):
    site.ports = {"device": Port(str(sim.link))}
    with ReaderPage(browser, site) as reader:
        yield reader
        assert not reader.complaints


def test_the_page_shows_and_saves_what_the_device_has_and_commits_nothing(reader, sim, tmp_path):
    assert reader.connect() == ""
    rows = reader.rows()
    assert len(rows) == 4, rows  # three moments and a passage; the undone one is left out
    assert all(row[1].startswith("± ") for row in rows)
    assert sum("s" in row[3] for row in rows) == 1
    assert "1 bookmark that you undid on the device is not shown" in reader.reports()
    name, log = reader.saved("#save-log")
    reader.disconnect()
    hello = sim.hello()
    assert name == f"clapmark-{hello.device}-{hello.epoch}.log"
    assert log == sim.records()
    assert hello.committed_seq == 0
    archive = tmp_path / "archive"
    (tmp_path / name).write_bytes(log)
    subprocess.run([*CLAPMARK, "init", str(archive)], check=True, capture_output=True)
    for _ in range(2):
        subprocess.run([*CLAPMARK, "sync", "--from", str(tmp_path / name), "--archive", str(archive)], check=True)
    assert (archive / "journal" / hello.device / f"{hello.epoch}.log").read_bytes() == log


def test_markdown_table_and_chapters_hold_the_bookmarks(reader, sim):
    reader.connect()
    _, text = reader.saved("#save-markdown")
    assert text.decode().count("\n- ") == 4 and text.decode().startswith("## Bookmarks without a talk")
    _, table = reader.saved("#save-table")
    lines = table.decode("utf-8-sig").split("\r\n")
    assert lines[0].startswith("id,talk,title,time") and len([line for line in lines[1:] if line]) == 4
    ids = {line.split(",")[0] for line in lines[1:] if line}
    assert all(f"<!-- clapmark {each} -->" in text.decode() for each in ids)
    began = reader.page.evaluate("new Date(Date.now() - 600000 - new Date().getTimezoneOffset() * 60000).toISOString()")
    reader.page.fill("#chapter-start", began[:19])
    _, chapters = reader.saved("#save-chapters")
    assert chapters.decode().startswith("0:00 ") and len(chapters.decode().splitlines()) >= 2
    reader.page.fill("#chapter-start", "2040-01-01T00:00:00")
    reader.page.click("#save-chapters")
    assert "No bookmark of this talk is after" in reader.page.inner_text("#notice")


@pytest.mark.parametrize("mix", MIXES, ids=lambda mix: mix.__name__)
def test_noise_on_the_line_loses_and_doubles_nothing(mix, reader, sim, site):
    expected = sim.records()
    port = site.ports["device"] = Port(str(sim.link), mix, percent=35, seed=len(mix.__name__))
    for _ in range(8):  # a quiet moment may spoil nothing
        said = reader.connect(seconds=120)
        if not said and port.spoiled:
            break
    assert said == "" and port.spoiled
    log = reader.saved("#save-log")[1]
    reader.disconnect()
    assert log.startswith(expected) and log == sim.records()  # setting the clock may have added records
    assert len(reader.rows()) == 4


def test_a_cable_pulled_in_the_middle_is_a_sentence_and_nothing_is_lost(reader, sim, site):
    expected = sim.records()
    site.ports["device"].pull_after = len(expected) // 2
    said = reader.connect()
    assert "went away" in said and "the device still has everything" in said
    assert reader.connect() == ""
    log = reader.saved("#save-log")[1]
    reader.disconnect()
    assert log.startswith(expected) and log == sim.records()


def test_a_second_tab_is_told_who_has_the_port(reader):
    assert reader.connect() == ""
    other = reader.new_tab()
    assert "Another tab or program uses it" in reader.connect(other)
    reader.disconnect()
    assert reader.connect(other) == ""
    assert len(reader.rows(other)) == 4


def test_the_device_forgets_only_when_a_person_says_so_after_saving(browser, tmp_path):
    with Sim(tmp_path) as sim, Site() as site:
        sim.mark(1)
        site.ports = {"device": Port(str(sim.link))}
        with ReaderPage(browser, site) as reader:
            reader.connect()
            assert reader.page.is_disabled("#is-safe") and reader.page.is_disabled("#forget")
            reader.saved("#save-log")
            assert reader.page.is_disabled("#forget")
            assert sim_committed(reader, sim) == 0
            reader.connect()
            reader.saved("#save-log")
            reader.page.check("#is-safe")
            reader.page.click("#forget")
            reader.page.wait_for_selector("#notice:has-text('may forget')")
            last = reader.page.inner_text("#facts")
            reader.disconnect()
            hello = sim.hello()
            assert hello.committed_seq > 0 and hello.committed_seq >= hello.last_seq - 1, (hello, last)
            assert not reader.complaints


def sim_committed(reader, sim) -> int:
    reader.disconnect()
    return sim.hello().committed_seq


def test_settings_are_changed_and_checked_by_the_device(reader, sim):
    reader.connect()
    reader.page.fill("input[name=tags]", "note wow")
    reader.page.fill("input[name=brightness]", "55")
    reader.page.evaluate("document.documentElement.dataset.busy = 'yes'")
    reader.page.click("#settings button")
    assert reader.wait() == "Changed on the device: tags, brightness."
    reader.page.fill("input[name=brightness]", "500")
    reader.page.evaluate("document.documentElement.dataset.busy = 'yes'")
    reader.page.click("#settings button")
    said = reader.wait()
    assert "does not take the setting" in said and "5 to 100" in said
    reader.page.fill("input[name=presets]", "[[")
    reader.page.evaluate("document.documentElement.dataset.busy = 'yes'")
    reader.page.click("#settings button")
    assert "no list as JSON has it" in reader.wait()
    reader.disconnect()
    with sim.client() as client:
        client.hello()
        assert client.get_setting("brightness") == b"55" and b"wow" in client.get_setting("tags")


def test_a_schedule_is_put_on_the_device_and_hostile_titles_stay_text(reader, sim):
    evil = "<img src=x onerror=document.title='owned'><script>1</script>"
    talks = [
        {"id": "T1", "title": evil, "start": "2026-11-27T10:00:00+01:00", "end": "2026-11-27T10:30:00+01:00"},
        {"id": "T2", "title": "Second", "start": "2026-11-27T11:00:00+01:00", "end": "2026-11-27T11:30:00+01:00"},
    ]
    reader.connect()
    reader.page.evaluate("document.documentElement.dataset.busy = 'yes'")
    reader.page.set_input_files(
        "#schedule",
        {"name": "schedule.json", "mimeType": "application/json", "buffer": json_bytes({"slug": "x", "talks": talks})},
    )
    assert "is on the device: 2 talks" in reader.wait()
    assert reader.page.title() == "Clapmark: read your bookmarks"
    assert b"Second" in (sim.state / "files" / "schedule.txt").read_bytes()
    reader.page.evaluate("document.documentElement.dataset.busy = 'yes'")
    reader.page.set_input_files("#schedule", {"name": "x.json", "mimeType": "text/plain", "buffer": b"\xff{"})
    assert "is no schedule" in reader.wait()


def test_a_schedule_of_5000_talks_is_on_the_device_byte_for_byte(reader, sim):
    talks = [
        {
            "id": f"T{number}",
            "title": f"Talk {number} about {'everything ' * (number % 4)}",
            "start": f"2026-11-{1 + number // 400:02}T{8 + number % 12:02}:00:00+01:00",
            "end": f"2026-11-{1 + number // 400:02}T{8 + number % 12:02}:30:00+01:00",
            "room": f"Room {number % 9}",
        }
        for number in range(5000)
    ]
    reader.connect()
    reader.page.evaluate("document.documentElement.dataset.busy = 'yes'")
    file = {"name": "big.json", "mimeType": "application/json", "buffer": json_bytes({"slug": "big", "talks": talks})}
    reader.page.set_input_files("#schedule", file)
    assert "is on the device: 5000 talks" in reader.wait(seconds=400)
    assert (sim.state / "files" / "schedule.txt").stat().st_size == 5001 * 180
    talks.append({**talks[0], "id": "ONE-TOO-MANY"})
    file["buffer"] = json_bytes({"slug": "big", "talks": talks})
    reader.page.evaluate("document.documentElement.dataset.busy = 'yes'")
    reader.page.set_input_files("#schedule", file)
    assert "the device takes 5000" in reader.wait()


def json_bytes(value) -> bytes:
    import json

    return json.dumps(value).encode()


def test_native_usb_gets_both_signals_together(reader):
    reader.page.evaluate("fakeSerial.vendor = 0x303a")
    reader.connect()
    assert reader.page.evaluate("fakeSerial.signals") == [{"dataTerminalReady": True, "requestToSend": True}]


def test_no_port_chosen_is_a_sentence(reader):
    reader.page.evaluate("fakeSerial.isCancelled = true")
    assert "No port was chosen" in reader.connect()


def test_the_page_works_on_small_and_large_screens(reader):
    reader.connect()
    for width in (320, 1920):
        reader.page.set_viewport_size({"width": width, "height": 800})
        assert reader.page.evaluate("document.documentElement.scrollWidth") <= width
