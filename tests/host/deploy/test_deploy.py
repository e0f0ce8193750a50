"""`clapmark deploy`: after an interruption at any moment, the new app is complete, or the old one still starts.

The device is the real app on a real LittleFS, under the unix port, behind a raw prompt that speaks mpremote's protocol
byte for byte (board_model.py); power cuts come in the middle of a program or an erase of its flash.
"""

import os
from pathlib import Path

import pytest

from clapmark.base.errors import ClapmarkError, NoDeviceError
from clapmark.deploy import on_device
from clapmark.deploy.deploy import DeployError
from clapmark.flash.device_files import app_files, board_file, device_files
from tests.support.board.board_on_pty import BoardOnPty
from tests.support.command_line import type_
from tests.support.desk import Device as VirtualDevice

STOCK = {"boot.py": b"# This file is executed on every boot (including wake-boot from deepsleep)\n"}
BOARD = board_file("tdisplay")
VERSION = "firmware/version.mpy"
ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def app() -> dict[str, bytes]:
    """The compiled app, the same through the whole module."""
    return app_files()


@pytest.fixture
def impatient(monkeypatch) -> None:
    """No board in this test answers after a long silence, so that the laptop need not wait for it."""
    deploying = (("_HELLO_S", 0.1), ("_PROMPT_S", 0.5), ("_START_S", 1), ("_LOOK_S", 0.2))
    for name, seconds in deploying:
        monkeypatch.setattr(f"clapmark.deploy.deploy.{name}", seconds)
    for name, seconds in (("_READ_S", 0.5), ("_ENTER_S", 1), ("_WORK_S", 1)):
        monkeypatch.setattr(f"clapmark.deploy.board_repl.{name}", seconds)


@pytest.fixture
def power_fails(monkeypatch) -> None:
    """A board that became silent has no power, so that the laptop need not wait for it as long as usual."""
    monkeypatch.setattr("clapmark.deploy.deploy._START_S", 6)
    for name, seconds in (("_READ_S", 1), ("_ENTER_S", 3), ("_WORK_S", 3)):
        monkeypatch.setattr(f"clapmark.deploy.board_repl.{name}", seconds)


@pytest.fixture
def board(tmp_path, app):
    """A device with the app on it, switched on."""
    with BoardOnPty(tmp_path, app | {"board.json": BOARD, "settings.json": b'{"brightness": 33}'}) as board:
        board.power_on()
        yield board


def app_on(board: BoardOnPty) -> dict[str, bytes]:
    """Return what the device may start; the other files wait for the next deploy, or to be restored."""
    board.power_off()
    starts = ("firmware/", "boot.py", "main.py")
    return {
        path: data
        for path, data in board.files().items()
        if path.startswith(starts) and path[-4:] not in (".old", ".new")
    }


def newer(app: dict[str, bytes]) -> dict[str, bytes]:
    """The app with a main.py of another text, a module more, a module less, and others changed."""
    files = dict(app)
    files["main.py"] += b"# newer\n"
    files["boot.py"] += b"# newer\n"
    files["firmware/extra.mpy"] = files[VERSION]
    files["firmware/new/deep.py"] = b"VALUE = 1\n"
    del files["firmware/link/verbs/press.mpy"]
    return files


def test_a_stock_micropython_gets_the_whole_app_and_starts_once(tmp_path, app) -> None:
    with BoardOnPty(tmp_path, STOCK) as board:
        board.power_on()
        moved: list[tuple[int, int]] = []
        result = board.deploy(app, board_file=BOARD, progress=lambda done, whole: moved.append((done, whole)))
        assert result.hello is not None
        assert result.hello.board == "tdisplay"
        assert board.resets == 1
        assert moved[-1][0] == moved[-1][1] == sum(map(len, app.values()))
        assert app_on(board) == app
        assert on_device.UNDO not in board.files()


def test_a_second_deploy_copies_nothing_and_only_what_changed_is_copied(board, app) -> None:
    code, out, err = type_("deploy", "--port", board.port)
    assert (code, out) == (0, "")
    assert "Already up to date" in err
    files = newer(app)
    result = board.deploy(files)
    assert result.changes.changed == ["boot.py", "main.py"]
    assert result.changes.added == ["firmware/extra.mpy", "firmware/new/deep.py"]
    assert result.changes.removed == ["firmware/link/verbs/press.mpy"]
    assert board.resets == 2  # one for each deploy
    assert board.hello().faults == 0
    assert app_on(board) == files
    assert board.files()["settings.json"] == b'{"brightness": 33}'


def test_a_dry_run_says_what_would_change(board) -> None:
    code, out, _ = type_("deploy", "--dev", "--dry-run", "--port", board.port)
    assert code == 0
    assert "add firmware/app.py" in out
    assert "remove firmware/app.mpy" in out
    assert board.hello().boot > 0, "the app runs again"


def test_a_device_with_an_older_protocol_can_be_updated(board, app, monkeypatch) -> None:
    monkeypatch.setattr("clapmark.link.hello.PROTOCOL", 2)
    assert "deploy" in type_("devices", "--port", board.port)[1]
    assert board.deploy(newer(app), dry_run=True).changes.changed == ["boot.py", "main.py"]
    monkeypatch.undo()
    assert board.hello().boot > 1, "the app runs again"


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("main.py", b"raise ValueError('broken')\n"),
        ("main.py", b"import machine\nmachine.reset()\n"),
        ("firmware/app.py", b"raise ImportError('no such thing')\n"),
        ("boot.py", b"import machine\nexecfile('deploy-undo.py')\nmachine.reset()\n"),
    ],
    ids=["raises", "resets", "does not import", "resets in boot.py"],
)
def test_an_app_that_does_not_start_is_undone_and_reported(board, app, path, data, monkeypatch) -> None:
    monkeypatch.setattr("clapmark.deploy.deploy._LOOK_S", 0.3)
    monkeypatch.setattr("clapmark.link.client._HELLO_ANSWER_S", 0.3)
    files = app | {path: data}
    if path == "firmware/app.py":
        del files["firmware/app.mpy"]
    with pytest.raises(DeployError, match=r"did not start.*back to the app before"):
        board.deploy(files)
    assert board.hello().board == "tdisplay"
    assert app_on(board) == app
    board.power_on()
    assert board.deploy(app).was_undone


# every write of a deploy: CLAPMARK_EVERY_CUT=1, which takes ten minutes
FEW = (13, 30, 45, 60, 70, 80, 90, 110)
CUTS = [(True, cut) for cut in (range(1, 160) if os.environ.get("CLAPMARK_EVERY_CUT") else FEW)]
CUTS += [(False, 40), (False, 60)]


@pytest.mark.parametrize(("first", "cut"), CUTS)
@pytest.mark.usefixtures("power_fails")
def test_a_power_cut_at_any_write_leaves_the_old_app_or_the_new_one_whole(tmp_path, app, first, cut) -> None:
    old = app | {"board.json": BOARD} if first else STOCK | {"board.json": BOARD}
    new = (
        newer(app)
        if first
        else {"boot.py": app["boot.py"], "main.py": b"print('small')\n", "firmware/a.py": b"A = 1\n"}
    )
    before = {path: data for path, data in old.items() if path != "board.json"}
    with BoardOnPty(tmp_path, old) as board:
        if first:
            board.power_on()
            board.hello()
            board.power_off()
            board.power_on(cut + 12)  # the app's start writes too
            board.hello()
        else:
            board.power_on(cut)
            board.wait_for_prompt()
        try:
            board.deploy(new)
            is_done = True
        except ClapmarkError as error:
            is_done = False
            assert board.is_cut.wait(5), error
            assert any(word in str(error).lower() for word in ("clapmark deploy", "reset", "back to the app")), error
        board.power_off()
        board.power_on()
        if first:
            assert board.hello().board == "tdisplay"
        else:
            board.wait_for_prompt()
        found = app_on(board)
        assert found in (before, new)
        if is_done and first:
            assert found == new


def test_a_full_file_system_is_reported_before_anything_is_copied(tmp_path, app) -> None:
    files = app | {"board.json": BOARD, "holiday.jpg": bytes(range(256)) * 4 * 190}
    with BoardOnPty(tmp_path, files, size=720 * 1024) as board:
        board.power_on()
        with pytest.raises(ClapmarkError, match=r"KB free.*Nothing was changed"):
            board.deploy({path: data + b"#" for path, data in app.items()})
        assert board.hello().board == "tdisplay"
        assert app_on(board) == app


def test_leftovers_of_an_earlier_deploy_make_room(tmp_path, app) -> None:
    """The deploy before had changed every file, and the app twice leaves hardly a block free."""
    old = {path + on_device.OLD: data for path, data in app.items()}
    folders = {path.rpartition("/")[0] for path in app}
    blocks = sum(len(data) // 4096 + 1 for data in (app | old).values()) + 2 * len(folders)
    with BoardOnPty(tmp_path, app | old | {"board.json": BOARD}, size=blocks * 4096) as board:
        board.power_on()
        files = app | {"main.py": app["main.py"] + b"# newer\n"}
        assert board.deploy(files, dry_run=True).changes.changed == ["main.py"]
        assert not old.keys() - board.files().keys(), "a dry run removes nothing"
        assert board.deploy(files).changes.changed == ["main.py"]
        assert app_on(board) == files
        left = [path for path in board.files() if path.endswith(on_device.OLD)]
        assert left == ["boot.py" + on_device.OLD, "main.py" + on_device.OLD]


def test_without_board_json_the_board_must_be_named(tmp_path, app) -> None:
    with BoardOnPty(tmp_path, STOCK) as board:
        board.power_on()
        code, _, err = type_("deploy", "--port", board.port)
        assert code == 1
        assert "--board" in err
        assert board.files().keys() == STOCK.keys()


@pytest.mark.usefixtures("impatient")
def test_a_silent_port_says_how_to_get_there(tmp_path) -> None:
    with BoardOnPty(tmp_path, STOCK) as board, pytest.raises(NoDeviceError, match="safe mode"):
        board.deploy({"main.py": b""})


def test_a_virtual_device_says_that_it_needs_no_deploy(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("clapmark.deploy.board_repl._READ_S", 1.5)
    with VirtualDevice(tmp_path) as device:
        code, out, err = type_("deploy", "--port", device.port)
        assert (code, out) == (3, "")
        assert "a virtual device takes no deploy" in err


def test_the_hook_that_boot_py_needs_is_the_one_it_has() -> None:
    boot = (ROOT / "boot.py").read_text()
    hook = [line.split("  #")[0].rstrip() for line in boot.splitlines()]
    wanted = on_device.HOOK.splitlines()
    assert any(hook[at : at + len(wanted)] == wanted for at in range(len(hook)))
    assert device_files("tdisplay").keys() >= {"boot.py", "main.py", "board.json", "settings.json"}
