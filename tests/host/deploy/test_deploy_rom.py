"""`clapmark deploy` to a MicroPython with a ROM file system: the app runs from there, and power may fail at any write.

The ROM is NOR flash behind MicroPython's own VfsRom; only `vfs.rom_ioctl` is a model (board_model.py), because no port
that runs here writes a ROM.
"""

import os

import pytest

from clapmark.base.errors import ClapmarkError
from clapmark.deploy import on_device
from clapmark.deploy.deploy import DeployError
from clapmark.device_files import device_root
from clapmark.firmware_build.rom_image import APP_FILE, rom_image
from clapmark.flash.device_files import app_files, board_file
from tests.support.board.board_on_pty import BoardOnPty
from tests.support.command_line import type_

ROM_BYTES = 128 * 1024  # MicroPython's own table for 4 MB has as much
BOARD = board_file("tdisplay")
VERSION = "firmware/version.mpy"


@pytest.fixture(scope="module")
def app() -> dict[str, bytes]:
    """The compiled app."""
    return app_files()


@pytest.fixture
def board(tmp_path, app):
    """A device whose app is in the file system and in ROM, switched on."""
    image = rom_image(app)
    files = app | {"board.json": BOARD, APP_FILE: image.name.encode()}
    with BoardOnPty(tmp_path, files, rom_bytes=ROM_BYTES) as board:
        board.rom.write_bytes(image.data.ljust(ROM_BYTES, b"\xff"))
        board.power_on()
        yield board


def newer(app: dict[str, bytes]) -> dict[str, bytes]:
    """The app with other modules: one more, one less."""
    files = app | {"main.py": app["main.py"] + b"# newer\n", "firmware/extra.mpy": app[VERSION]}
    del files["firmware/link/verbs/press.mpy"]
    return files


def test_the_app_goes_into_rom_and_runs_from_there(tmp_path, app) -> None:
    with BoardOnPty(tmp_path, app | {"board.json": BOARD}, rom_bytes=ROM_BYTES) as board:
        board.power_on()
        moved: list[tuple[int, int]] = []
        result = board.deploy(app, progress=lambda done, whole: moved.append((done, whole)))
        image = rom_image(app)
        assert (result.changes.added, result.is_in_rom) == ([APP_FILE], True)
        assert result.hello.board == "tdisplay"
        assert result.sent_bytes == len(image.data) + len(image.name) == moved[-1][0] == moved[-1][1]
        board.power_off()
        assert board.rom.read_bytes() == image.data.ljust(ROM_BYTES, b"\xff")
        assert board.files()[APP_FILE] == image.name.encode()


def test_the_app_in_rom_is_the_one_that_starts(tmp_path, app) -> None:
    image = rom_image(app)
    files = {path: b"" if path.endswith(".mpy") else data for path, data in app.items()}  # it cannot start from here
    files |= {"board.json": BOARD, APP_FILE: image.name.encode()}
    with BoardOnPty(tmp_path, files, rom_bytes=ROM_BYTES) as board:
        board.rom.write_bytes(image.data.ljust(ROM_BYTES, b"\xff"))
        board.power_on()
        assert board.hello().board == "tdisplay"


def test_a_second_deploy_writes_nothing(board) -> None:
    code, out, err = type_("deploy", "--port", board.port)
    assert (code, out) == (0, "")
    assert "Already up to date" in err
    assert rom_image(app_files()).name.encode() == board.files()[APP_FILE]


def test_an_app_that_runs_from_rom_is_replaced(board, app) -> None:
    files = newer(app)
    result = board.deploy(files)
    assert result.is_in_rom
    assert result.changes.removed == ["firmware/link/verbs/press.mpy"]
    assert board.hello().board == "tdisplay"
    board.power_off()
    image = rom_image(files)
    assert board.rom.read_bytes()[: len(image.data)] == image.data
    assert board.files()[APP_FILE] == image.name.encode() != rom_image(app).name.encode()


def test_a_dry_run_leaves_the_rom(board, app) -> None:
    before = board.rom.read_bytes()
    assert board.deploy(newer(app), dry_run=True).changes.changed == ["main.py", APP_FILE]
    assert board.rom.read_bytes() == before
    assert board.files()[APP_FILE] == rom_image(app).name.encode()
    assert board.hello().board == "tdisplay"


@pytest.mark.parametrize("content", [b"", b"\x00" * 4096], ids=["blank", "another's"])
def test_a_rom_that_somebody_else_has_written_is_not_run_and_written_again(board, app, content) -> None:
    board.power_off()
    board.rom.write_bytes(content.ljust(ROM_BYTES, b"\xff"))
    board.power_on()
    assert board.hello().board == "tdisplay", "the file system has the app"
    assert board.deploy(app).is_in_rom
    board.power_off()
    assert board.rom.read_bytes().startswith(rom_image(app).data)


def test_sources_run_from_the_file_system(board, app) -> None:
    files = {path: data for path, data in app.items() if path != "firmware/version.mpy"}
    files["firmware/version.py"] = (device_root() / "firmware/version.py").read_bytes()
    result = board.deploy(files)
    assert not result.is_in_rom
    assert APP_FILE in result.changes.removed
    assert result.hello.board == "tdisplay"


def test_a_rom_that_is_too_small_is_left_alone(tmp_path, app) -> None:
    with BoardOnPty(tmp_path, app | {"board.json": BOARD}, rom_bytes=64 * 1024) as board:
        board.power_on()
        result = board.deploy(app)
        assert not result.changes
        assert not result.is_in_rom
        assert board.rom.read_bytes().strip(b"\xff") == b""


def test_an_app_that_does_not_start_is_undone_and_the_file_systems_app_starts(board, app) -> None:
    files = app | {"main.py": b"raise ValueError('broken')\n", "firmware/extra.mpy": app[VERSION]}
    with pytest.raises(DeployError, match=r"did not start.*back to the app before"):
        board.deploy(files)
    assert board.hello().board == "tdisplay"
    board.power_off()
    assert APP_FILE not in board.files()
    assert board.files()["main.py"] == app["main.py"]


# erases of the ROM, its writes, the swap; CLAPMARK_EVERY_CUT=1 takes half an hour
CUTS = range(1, 230) if os.environ.get("CLAPMARK_EVERY_CUT") else (14, 20, 26, 40, 60, 110, 165, 172, 180, 190, 200)


@pytest.mark.parametrize("cut", CUTS)
def test_a_power_cut_at_any_write_leaves_an_app_that_starts(board, app, cut, monkeypatch) -> None:
    monkeypatch.setattr("clapmark.deploy.deploy._START_S", 6)
    for name, seconds in (("_READ_S", 1), ("_ENTER_S", 3), ("_WORK_S", 3)):
        monkeypatch.setattr(f"clapmark.deploy.board_repl.{name}", seconds)
    board.hello()
    board.power_off()
    board.power_on(cut + 12)  # the app's start writes too
    board.hello()
    new = newer(app)
    is_done = False
    try:
        is_done = board.deploy(new).is_in_rom
    except ClapmarkError as error:
        assert board.is_cut.wait(5), error
        assert any(word in str(error).lower() for word in ("clapmark deploy", "reset", "back to the app")), error
    board.power_off()
    board.power_on()
    assert board.hello().board == "tdisplay"
    board.power_off()
    files = board.files()
    found = {path: data for path, data in files.items() if path.startswith("firmware/") or path == "main.py"}
    found = {path: data for path, data in found.items() if not path.endswith((on_device.NEW, on_device.OLD))}
    assert not is_done or APP_FILE in files
    started = next(one for one in (app, new) if found == {path: one[path] for path in one if path != "boot.py"})
    assert files.get(APP_FILE, b"").decode() in ("", rom_image(started).name)
