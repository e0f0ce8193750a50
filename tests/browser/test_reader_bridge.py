"""The reader page in a browser without Web Serial: `clapmark play` bridges it to a real `clapmark sim`."""

import pytest

from tests.support.browser.reader import ReaderPage, Sim
from tests.support.web.play_command import Play


@pytest.fixture(scope="module")
def sim(tmp_path_factory, files):
    assert files
    with Sim(tmp_path_factory.mktemp("sim")) as sim:
        sim.mark(2)
        yield sim


@pytest.fixture(scope="module")
def play(sim):
    with Play(sim.folder, "--port", str(sim.link), state_home=sim.folder / "xdg") as play:
        yield play


@pytest.fixture
def reader(browser, play):
    with ReaderPage(browser, play, has_serial=False) as reader:
        yield reader
        assert not reader.complaints


def connect(reader: ReaderPage, page=None, seconds: float = 60) -> str:
    page = page or reader.page
    page.wait_for_selector("button.bridged")
    page.evaluate("document.documentElement.dataset.busy = 'yes'")
    page.click("button.bridged")
    return reader.wait(page, seconds)


def test_a_browser_without_web_serial_reads_saves_and_releases_a_device(reader, sim):
    assert connect(reader) == ""
    assert f"the device at {sim.link}" in reader.page.inner_text("button.bridged")
    assert len(reader.rows()) == 3, reader.rows()  # two moments and a passage; the undone one is left out
    second = reader.new_tab()
    assert "Another page reads the device" in connect(reader, second)
    second.close()
    _, log = reader.saved("#save-log")
    reader.disconnect()
    assert log == sim.records()
    assert sim.hello().committed_seq == 0
    assert connect(reader) == ""  # the same page, again
    reader.page.reload()
    assert connect(reader) == ""  # what was loaded again is another page


def test_a_device_that_goes_away_is_a_sentence_and_what_was_fetched_stays(browser, tmp_path, files):
    assert files
    with Sim(tmp_path) as sim, Play(tmp_path, state_home=tmp_path / "xdg") as play:
        sim.mark(1)
        with ReaderPage(browser, play, has_serial=False) as reader:
            assert connect(reader) == ""
            sim.process.kill()
            reader.page.wait_for_selector("#notice:has-text('The device went away')")
            reader.page.wait_for_selector("#disconnect", state="hidden")
            assert len(reader.rows()) == 2
            assert "does not offer the port" in connect(reader)
            assert not reader.complaints
