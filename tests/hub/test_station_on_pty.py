"""`clapmark sync --watch --share` in a terminal, with the real firmware on a virtual device, and a real hub."""

import io
import re
import urllib.request
import zipfile
from datetime import UTC, datetime, timedelta

import pytest

from clapmark.archive.archive import Archive
from clapmark.crowd.share_state import KEY_VARIABLE
from clapmark.hub.store.limits import Limits
from clapmark.schedule import from_json
from clapmark.sim import EventKind
from tests.support.command_line import type_
from tests.support.desk import Laptop
from tests.support.hub.hub_thread import HubThread
from tests.support.stage.room import PressedDevice, prepare
from tests.support.watching import Watching


@pytest.fixture
def hub(tmp_path):
    hub = HubThread(f"sqlite:///{tmp_path}/hub.sqlite", Limits(pushes_a_minute=1e6))
    yield hub
    hub.stop()


def test_a_real_device_at_the_desk_is_synced_shared_and_its_archive_taken_home(hub, tmp_path):
    desk = Laptop(tmp_path / "desk", {KEY_VARIABLE: str(tmp_path / "desk.key")})
    assert desk.type("init", str(desk.archive)).code == 0
    now = datetime.now(UTC).replace(second=0, microsecond=0, tzinfo=None)
    prepare(desk, tmp_path, now - timedelta(minutes=7))  # the second talk is on
    code = hub.create(from_json(Archive(desk.archive).schedule_path("example").read_bytes()))
    assert desk.type_here("share", "--to", f"http://127.0.0.1:{hub.port}", "--code", code).code == 0
    with PressedDevice(tmp_path) as device:
        assert desk.type_here("schedule", "push", "--port", str(device.port)).code == 0
        device.do("press A 80ms")
        device.wait_for(EventKind.PRESSED)
        station = Watching(desk.archive, device.port, "--share", variables=desk.variables)
        try:
            station.wait_for(r"may be unplugged")
            assert "Shared 1 mark" in station.said, station.said
            assert sum(map(station.said.count, "▀▄█")) > 100  # the QR code, in a terminal
            offered = re.search(r"http://\S+\.zip", station.said)[0]
            assert re.fullmatch(r"http://[\d.]+:\d+/[\w-]{20,}/clapmark-[0-9a-f]{12}\.zip", offered)
            address = re.sub(r"//[\d.]+:", "//127.0.0.1:", offered)
            with urllib.request.urlopen(address, timeout=20) as answer:
                data = answer.read()
            assert station.interrupt()[0] == 130
        finally:
            station.close()
    with hub.database.read() as transaction:
        assert transaction.all("SELECT count(*) FROM marks WHERE talk_id IS NOT NULL")[0][0] == 1
    zipfile.ZipFile(io.BytesIO(data)).extractall(tmp_path / "home")
    home = next((tmp_path / "home").iterdir())
    done, _, err = type_("share", "--archive", home)
    assert (done, "Nothing new to share" in err) == (0, True), err
    done, _, err = type_("share", "--forget", "--archive", home)
    assert "deleted 1 mark" in err, err
