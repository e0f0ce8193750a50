"""`clapmark sync --watch` in a terminal of its own, with a virtual device that is plugged in, pulled out and held."""

import json
import os
import re

import pytest

from clapmark.archive.archive import Archive
from clapmark.archive.journals import read_journals
from clapmark.base.errors import NoDeviceError
from clapmark.link.client import SerialTransport
from clapmark.sim import EventKind, parse_script
from clapmark.sim.script import Press
from clapmark.sync.watch import MAX_ATTEMPTS, Watch, pause_s
from tests.support.desk import Device
from tests.support.watching import Watching


@pytest.fixture
def watching(laptop):
    started = []

    def watch(port, *words):
        started.append(Watching(laptop.archive, port, *words))
        return started[-1]

    yield watch
    for one in started:
        one.close()


def bookmarks(laptop) -> list[int]:
    found = read_journals(Archive(laptop.archive))
    return [entry.seq for journal in found for entry in journal.records if entry.kind == b"bookmark"]


PRESSES = 30
PLUGGED = parse_script("".join(f"{second} press A\n" for second in range(1, PRESSES + 1)) + "40 plug\n")


def test_a_device_that_comes_and_goes_is_synced_each_time_with_a_bell(tmp_path, laptop, watching):
    watch = watching(tmp_path / "port", "--json")
    watch.wait_for("Waiting for .*port; Ctrl-C ends")
    for plugged in (1, 2, 3):
        with Device(tmp_path) as device:
            watch.wait_for("may be unplugged", 2 * plugged - 1)
            device.simulation.post(Press("A"))
            device.wait_for(EventKind.PRESSED)
            link, target = tmp_path / "port", os.readlink(tmp_path / "port")
            link.unlink()  # the cable is pulled and put in again: the press made since then is fetched
            watch.wait_for("is gone", 2 * plugged - 1)
            link.symlink_to(target)
            watch.wait_for("may be unplugged", 2 * plugged)
        watch.wait_for("is gone", 2 * plugged)
    code, out = watch.interrupt()
    assert code == 130
    results = [json.loads(line) for line in out.splitlines()]
    assert len(results) == 6 and all(result["new"] >= 1 for result in results)
    assert len(bookmarks(laptop)) == 3
    assert watch.said.count("\a") == 6
    assert "Traceback" not in watch.said


def test_ctrl_c_while_it_waits_is_130_and_leaves_nothing_half_done(tmp_path, laptop, watching):
    before = {path: path.read_bytes() for path in laptop.archive.rglob("*") if path.is_file()}
    watch = watching(tmp_path / "port")
    watch.wait_for("Waiting for")
    code, out = watch.interrupt()
    assert (code, out) == (130, "")
    assert {path: path.read_bytes() for path in laptop.archive.rglob("*") if path.is_file()} == before


def test_a_device_that_is_pulled_out_during_the_sync_is_made_good_when_it_comes_back(tmp_path, laptop, watching):
    with Device(tmp_path, PLUGGED) as device:
        device.wait_for(EventKind.PLUGGED)
        watch = watching(tmp_path / "port")
        watch.wait_for("Sync")  # the bar: the port is open
    watch.wait_for("is gone")
    with Device(tmp_path):
        watch.wait_for("may be unplugged")
    assert len(bookmarks(laptop)) == PRESSES
    code, _ = watch.interrupt()
    assert code == 130 and "Traceback" not in watch.said


def test_ctrl_c_during_a_sync_leaves_whole_records_and_the_next_sync_goes_on(tmp_path, laptop, watching):
    with Device(tmp_path, PLUGGED) as device:
        device.wait_for(EventKind.PLUGGED)
        watch = watching(device.port)
        watch.wait_for("Sync")
        code, _ = watch.interrupt()
        assert code == 130
        assert all(not journal.damaged for journal in read_journals(Archive(laptop.archive)))
    with Device(tmp_path) as device:
        assert laptop.type_here("sync", "--port", device.port).code == 0
    assert len(bookmarks(laptop)) == PRESSES


def test_a_port_that_another_program_holds_is_synced_when_it_is_free(tmp_path, laptop, watching):
    with Device(tmp_path) as device:
        holder = SerialTransport(device.port)
        watch = watching(device.port)
        watch.wait_for("Another program")
        holder.close()
        watch.wait_for("may be unplugged")
        assert len(re.findall("Another program", watch.said)) == 1
        assert watch.interrupt()[0] == 130


def test_a_port_where_nothing_answers_is_left_alone_until_it_is_plugged_in_again(tmp_path):
    port = tmp_path / "port"
    tried, told = [], []

    def attempt(name):
        tried.append(name)
        raise NoDeviceError("No answer.")

    watch = Watch(str(port), attempt, told.append)
    watch.look(0)
    assert tried == []
    port.touch()
    for second in range(100):
        watch.look(second)
    assert len(tried) == MAX_ATTEMPTS
    assert told == ["No answer.", f"Ignoring {port} until it is reconnected."]
    port.unlink()
    port.touch()
    watch.look(200)
    assert len(tried) == MAX_ATTEMPTS + 1
    assert [pause_s(attempts) for attempts in (1, 2, 3, 99)] == [1, 2, 4, 60]
