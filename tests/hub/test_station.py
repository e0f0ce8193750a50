"""`clapmark sync --share`, and the desk where everybody plugs in."""

import io
import re
import time
import urllib.error
import urllib.request
import zipfile

import pytest

from clapmark.archive.archive import Archive
from clapmark.base.errors import UsageError
from clapmark.commands.device.sync_share import Station
from clapmark.crowd.share_state import ARCHIVE_KEY, KEY_VARIABLE, read_key, read_state
from clapmark.crowd.station import Downloads, device_archive, packed
from clapmark.hub.store.limits import Limits
from tests.support.archive.conference import small_conference, utc_ms
from tests.support.archive.journal_text import DEVICE
from tests.support.archive.notes_archive import SLUG, afternoon, make_archive, put
from tests.support.command_line import type_
from tests.support.device.sync_device import JournalOnDevice, laptop
from tests.support.hub.hub_thread import HubThread


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    hub = HubThread(f"sqlite:///{tmp_path_factory.mktemp('hub')}/hub.sqlite", Limits(pushes_a_minute=1e6))
    hub.code_text = hub.create(small_conference())
    yield hub
    hub.stop()


@pytest.fixture
def desk(tmp_path, hub):
    """The archive of the desk, which shares the conference and has no bookmark itself."""
    archive = make_archive(tmp_path / "desk")
    for path in archive.folder.glob("journal/*/*.log"):
        path.unlink()
    words = ("share", "--to", f"http://127.0.0.1:{hub.port}", "--code", hub.code_text, "--archive", archive.folder)
    code, _, err = type_(*words, variables={KEY_VARIABLE: str(tmp_path / "desk.key")})
    assert code == 0, err
    return archive


def test_each_device_has_its_own_archive_key_and_opt_in(desk):
    one, two = device_archive(desk, "aabbccddeeff"), device_archive(desk, "aabbccddee00")
    assert one.folder == desk.folder / "devices" / "aabbccddeeff"
    assert one.conferences() == [SLUG]
    assert read_key({}, one) != read_key({}, two)
    assert read_state(one, SLUG).code == read_state(desk, SLUG).code
    assert read_key({}, device_archive(desk, "aabbccddeeff")) == read_key({}, one)
    with pytest.raises(UsageError):
        device_archive(desk, "../../outside")


def test_a_device_at_the_desk_is_synced_shared_and_taken_home(desk, hub, monkeypatch, tmp_path):
    device = JournalOnDevice(afternoon(), device_archive(desk, DEVICE))

    class Connection:
        greeting, retries = None, 0

        def __enter__(self):
            return device

        def __exit__(self, *_):
            pass

    monkeypatch.setattr("clapmark.commands.device.sync_share.connected", lambda *_: Connection())
    monkeypatch.setattr("clapmark.crowd.station.local_address", lambda: "127.0.0.1")
    environment = laptop()
    environment.utc_ms = lambda: utc_ms("13:00:01")  # as the device is: a second after its start
    reports = []
    Station(environment, desk).sync("/dev/none", reports.append)
    said = environment.stderr.getvalue()
    assert reports[0].new > 5
    assert "Shared 5 marks" in said
    assert list(desk.folder.glob("journal/*/*.log")) == []
    address = re.search(r"http://\S+\.zip", said)[0]
    with urllib.request.urlopen(address) as answer:
        file = zipfile.ZipFile(io.BytesIO(answer.read()))
    file.extractall(tmp_path / "home")
    home = Archive(tmp_path / "home" / f"clapmark-{DEVICE}")
    code, _, err = type_("share", "--archive", home.folder)  # at home it goes on as the same person
    assert (code, "Nothing new to share" in err) == (0, True), err
    code, _, err = type_("share", "--forget", "--archive", home.folder)
    assert "deleted 5 marks" in err
    assert (home.folder / ARCHIVE_KEY).exists()


def test_a_download_cannot_be_guessed_and_expires():
    downloads = Downloads(kept_s=0.3, host="127.0.0.1")
    address = downloads.offer("a.zip", b"data")
    local = re.sub(r"//[^:]+:", "//127.0.0.1:", address)
    with urllib.request.urlopen(local) as answer:
        assert answer.read() == b"data"
    for wrong in (local.replace("a.zip", "b.zip"), re.sub(r"/[^/]+/a.zip", "/x/a.zip", local), local.rsplit("/", 2)[0]):
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(wrong)
        assert caught.value.code == 404
    time.sleep(0.4)
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(local)
    downloads.close()
    assert len(address.split("/")[3]) >= 20


def test_the_zip_has_the_key_but_no_derived_files(desk):
    archive = device_archive(desk, "aabbccddeeff")
    put(archive, afternoon())
    (archive.folder / ".clapmark" / "index.sqlite").write_bytes(b"derived")
    names = zipfile.ZipFile(io.BytesIO(packed(archive))).namelist()
    assert "clapmark-aabbccddeeff/.clapmark/share.key" in names
    assert f"clapmark-aabbccddeeff/.clapmark/share/{SLUG}.json" in names
    assert not any("index.sqlite" in name for name in names)
    assert f"clapmark-aabbccddeeff/conferences/{SLUG}/schedule.json" in names


def test_sync_share_needs_an_opt_in(tmp_path):
    archive = make_archive(tmp_path / "archive")
    code, _, err = type_("sync", "--share", "--archive", archive.folder)
    assert code == 2
    assert "clapmark share --to" in err
