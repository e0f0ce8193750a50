"""`sync --watch` without a terminal: which port is tried when, and what is said about it."""

import os
from pathlib import Path

import pytest

from clapmark.base.errors import ClapmarkError, NoDeviceError
from clapmark.link.serial_port import LinkLostError
from clapmark.sync.watch import LOOK_S, MAX_ATTEMPTS, Watch, pause_s


class Desk:
    """A port that is a file, the result of a sync with it, and the messages."""

    def __init__(self, folder: Path) -> None:
        self.port = folder / "port"
        self.fault: Exception | None = None
        self.tried = 0
        self.told: list[str] = []
        self.watch = Watch(str(self.port), self._attempt, self.told.append)

    def plug(self) -> None:
        self.port.touch()

    def unplug(self) -> None:
        os.replace(self.port, self.port.with_name("old"))

    def _attempt(self, port: str) -> None:
        assert port == str(self.port)
        self.tried += 1
        if self.fault:
            raise self.fault


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


def test_a_port_is_synced_once_when_it_appears_and_again_when_it_comes_back(desk):
    desk.watch.look(0)
    assert desk.tried == 0
    desk.plug()
    for now_s in (1, 2, 500):
        desk.watch.look(now_s)
    assert (desk.tried, desk.told) == (1, [])
    desk.unplug()
    desk.watch.look(501)
    assert len(desk.told) == 1 and "is gone. Waiting for the next device." in desk.told[0]
    desk.plug()
    desk.watch.look(502)
    assert desk.tried == 2


def test_another_device_under_the_same_name_is_synced_without_a_word_about_the_first(desk):
    desk.plug()
    desk.watch.look(0)
    desk.unplug()
    desk.plug()
    desk.watch.look(1)
    assert (desk.tried, desk.told) == (2, [])


def test_pauses_double_from_one_second_to_a_minute():
    assert [pause_s(attempts) for attempts in range(1, 9)] == [1, 2, 4, 8, 16, 32, 60, 60]


def test_a_port_that_fails_is_tried_again_when_its_pause_is_over_and_the_reason_is_said_once(desk):
    desk.plug()
    desk.fault = ClapmarkError("The port is busy.")
    for now_s, tried in ((0, 1), (0.9, 1), (1, 2), (2.9, 2), (3, 3)):
        desk.watch.look(now_s)
        assert desk.tried == tried
    assert desk.told == ["The port is busy."]
    desk.fault = PermissionError(13, "Permission denied")
    desk.watch.look(7)
    assert desk.tried == 4 and "ermission" in desk.told[1]
    desk.fault = None
    desk.watch.look(20)
    desk.watch.look(1_000)
    assert desk.tried == 5 and len(desk.told) == 2


def test_a_port_behind_which_nothing_of_ours_answers_is_ignored_after_five_attempts(desk):
    desk.plug()
    desk.fault = NoDeviceError("Nothing answers.")
    for attempt in range(1, 10):
        desk.watch.look(attempt * 100)
        assert desk.tried == min(attempt, MAX_ATTEMPTS)
    assert MAX_ATTEMPTS == 5
    assert desk.told == ["Nothing answers.", f"Ignoring {desk.port} until it is reconnected."]
    desk.unplug()
    desk.watch.look(2_000)
    desk.plug()
    desk.watch.look(2_001)
    assert desk.tried == MAX_ATTEMPTS + 1


@pytest.mark.parametrize("fault", [LinkLostError("The cable is loose."), ClapmarkError("Locked.")])
def test_our_own_device_with_a_loose_cable_or_a_locked_archive_is_never_given_up(desk, fault):
    desk.plug()
    desk.fault = fault
    for attempt in range(1, 10):
        desk.watch.look(attempt * 100)
    assert desk.tried == 9 and len(desk.told) == 1


def test_a_windows_port_is_there_while_it_is_listed(monkeypatch):
    listed = ["COM3"]
    tried: list[str] = []
    monkeypatch.setattr("clapmark.sync.watch.find_ports", lambda: listed)
    watch = Watch(None, tried.append, tried.append)
    watch.look(0)
    watch.look(1)
    assert tried == ["COM3"]
    listed.clear()
    watch.look(2)
    assert tried[1:] == ["COM3 is gone. Waiting for the next device."]


def test_a_file_that_is_only_named_like_a_windows_port_has_to_be_there(tmp_path):
    tried: list[str] = []
    watch = Watch(str(tmp_path / "COM3"), tried.append, tried.append)
    watch.look(0)
    assert tried == []
    (tmp_path / "COM3").touch()
    watch.look(1)
    assert tried == [str(tmp_path / "COM3")]


def test_it_looks_at_the_ports_again_and_again_until_ctrl_c(desk, monkeypatch):
    pauses = []

    def sleep(seconds):
        pauses.append(seconds)
        if len(pauses) == 2:
            desk.plug()
        if len(pauses) == 4:
            raise KeyboardInterrupt

    monkeypatch.setattr("clapmark.sync.watch.time.sleep", sleep)
    with pytest.raises(KeyboardInterrupt):
        desk.watch.run()
    assert desk.tried == 1 and pauses == [LOOK_S] * 4 and 0 < LOOK_S <= 1
