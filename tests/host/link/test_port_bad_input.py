"""With anything at the port, removed at any time, each command for boards loses nothing and says what to do next."""

import os
import threading
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from clapmark.deploy.deploy import DeployError, deploy
from clapmark.flash.device_files import app_files, board_file
from clapmark.flash.file_system import FileSystemError, make_file_system
from clapmark.link.client import LinkClient, SerialTransport, frame
from tests.support.board import stock_image as stock
from tests.support.board.board_on_pty import BoardOnPty
from tests.support.board.flash_chip import MB, PORT, Chip, flash, journal_with
from tests.support.command_line import type_

BOARD = board_file("tdisplay")
HELLO = b" protocol=1 firmware=0.1.0 device=a1b2c3d4e5f6 board=sim epoch=9ACE8F55 boot=1 first=1 last=5 commit=0"


@pytest.fixture(scope="module")
def app() -> dict[str, bytes]:
    return app_files()


def test_a_truncated_firmware_is_refused_before_the_port_is_opened(chip: Chip, firmware: Path) -> None:
    firmware.write_bytes(stock.stock_image()[:-50])
    code, _, err = flash(firmware)
    assert (code, chip.calls()) == (2, [])
    assert "cut short" in err
    assert "micropython.org/download" in err


@pytest.mark.parametrize("at", [0, 0.5, 1])
def test_a_port_that_vanishes_in_the_middle_of_a_deploy_leaves_the_app_before(tmp_path, app, at) -> None:
    new = app | {name: app[name] + b"# newer\n" for name in ("boot.py", "main.py")}
    with BoardOnPty(tmp_path, app | {"board.json": BOARD}) as board:
        board.power_on()
        transport = SerialTransport(board.port)

        def pull(done: int, whole: int) -> None:
            if done >= at * whole:
                board.close()

        with pytest.raises(DeployError, match=r"went away.*repeat `clapmark deploy`"):
            deploy(transport, new, progress=pull)
        transport.close()
        flash_bytes = board.flash.read_bytes()
    with BoardOnPty(tmp_path, {}) as board:
        board.flash.write_bytes(flash_bytes)
        board.power_on()
        with LinkClient(SerialTransport(board.port)) as client:
            assert client.hello().board == "tdisplay"
        board.power_off()
        assert {path: board.files()[path] for path in app} == app


def test_a_file_system_that_fills_up_in_the_middle_of_a_deploy_keeps_the_app_before(tmp_path, app, monkeypatch) -> None:
    monkeypatch.setattr("clapmark.deploy.deploy.check_room", lambda *_: None)  # as if the device had said too much
    new = app | {"main.py": bytes(range(256)) * 400}
    with BoardOnPty(tmp_path, app | {"board.json": BOARD, "holiday.jpg": bytes(120_000)}, size=720 * 1024) as board:
        board.power_on()
        transport = SerialTransport(board.port)
        with pytest.raises(DeployError, match=r"file system is full.*previous app is unchanged.*`clapmark deploy`"):
            deploy(transport, new)
        transport.close()
        with LinkClient(SerialTransport(board.port)) as client:
            assert client.hello().board == "tdisplay"
        board.power_off()
        assert {path: board.files()[path] for path in app} == app


def test_a_deploy_keeps_bookmarks_that_no_laptop_has(tmp_path, app) -> None:
    with BoardOnPty(tmp_path, app | {"board.json": BOARD}) as board:
        board.power_on()
        with LinkClient(SerialTransport(board.port)) as client:
            before = client.hello()
        board.power_off()
        journal = {path: data for path, data in board.files().items() if path.startswith("journal/")}
        board.power_on()
        transport = SerialTransport(board.port)
        after = deploy(transport, app | {"main.py": app["main.py"] + b"# newer\n"}).hello
        transport.close()
        assert after is not None
        assert (after.epoch, after.first_seq, after.damaged) == (before.epoch, before.first_seq, 0)
        assert after.last_seq > before.last_seq > before.committed_seq
        board.power_off()
        for path, data in journal.items():
            assert board.files()[path].startswith(data.rstrip(b"\xff"))


def smallest_file_system(files: dict[str, bytes]) -> int:
    """Return how many bytes of flash these files fill, to the last block."""
    for blocks in range(len(files), 4 * len(files)):
        try:
            make_file_system(files, blocks * 4096)
        except FileSystemError:
            continue
        return blocks * 4096
    raise AssertionError


def test_a_setting_that_a_full_file_system_does_not_take_is_reported_and_the_old_one_stays(tmp_path, app) -> None:
    files = app | {"board.json": BOARD, "settings.json": b'{"brightness": 44}'}
    with BoardOnPty(tmp_path, files, size=smallest_file_system(files)) as board:
        board.power_on()
        assert "it says: flash error" in type_("devices", "--port", board.port)[1]
        code, out, err = type_("settings", "set", "presets", '[["lightning talks", 5, 60, 20]]', "--port", board.port)
        assert (code, out) == (1, "")
        assert "is it full?" in err
        assert type_("settings", "get", "brightness", "--port", board.port)[1] == "44\n"


@contextmanager
def vanishing(answers: int) -> Iterator[str]:
    """A Clapmark that gives so many answers to `hello`, and is gone with the next request."""
    master, slave = os.openpty()
    tty.setraw(slave)

    def speak() -> None:
        heard = b""
        left = answers
        while True:
            heard += os.read(master, 1024)
            while b"?" in heard and b"\n" in heard.split(b"?", 1)[1]:
                line, heard = heard.split(b"?", 1)[1].split(b"\n", 1)
                if not left or b" hello" not in line:
                    os.close(slave)
                    os.close(master)
                    return
                left -= 1
                writer = frame.FrameWriter(300)
                writer.begin(frame.ANSWER, int(line.split()[0]), b"hello")
                writer.raw(HELLO)
                os.write(master, b"\n" + bytes(writer.line[: writer.seal()]))

    name = os.ttyname(slave)
    thread = threading.Thread(target=speak, daemon=True)
    thread.start()
    yield name
    thread.join(5)
    assert not thread.is_alive(), "somebody should have asked more than that"


@pytest.mark.parametrize(
    "words",
    [
        ("settings", "list"),
        ("settings", "set", "brightness", "50"),
        ("settings", "save", "settings.json"),
        ("deploy",),
        ("doctor",),
        ("devices",),
    ],
    ids=" ".join,
)
def test_a_port_that_vanishes_after_the_greeting_is_reported_with_what_to_do(words, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    with vanishing(answers=0 if words == ("devices",) else 1) as port:
        code, out, err = type_(*words, "--port", port)
    assert code in (1, 3)
    assert "went away" in out + err
    assert "Traceback" not in err
    assert any(word in out + err for word in ("repeat", "Plug it in"))
    assert not Path("settings.json").exists()


@pytest.mark.parametrize("words", [("settings", "list"), ("sync",)], ids=" ".join)
def test_a_board_at_its_prompt_is_reported_with_what_to_do(words, tmp_path, monkeypatch) -> None:
    assert type_("init", tmp_path / "archive")[0] == 0
    monkeypatch.chdir(tmp_path / "archive")
    with BoardOnPty(tmp_path, {"main.py": b"print('hello')\n"}) as board:
        board.power_on()
        board.wait_for_prompt()
        code, _, err = type_(*words, "--port", board.port)
    assert code == 3
    assert "is at the MicroPython prompt" in err
    assert "clapmark deploy" in err


def rescue(archive: Path) -> tuple[int, str, str]:
    return type_("rescue", "--port", PORT, "--archive", archive)


@pytest.fixture
def archive(tmp_path) -> Path:
    assert type_("init", tmp_path / "archive")[0] == 0
    return tmp_path / "archive"


@pytest.mark.parametrize("calls", range(5))
def test_a_port_that_vanishes_in_the_middle_of_a_rescue_costs_nothing(chip, firmware, archive, calls) -> None:
    assert flash(firmware)[0] == 0
    chip.put("journal", journal_with(3))
    before = chip.flash
    chip.forget_calls()
    (chip.folder / "vanish-after").write_text(str(calls))
    code, _, err = rescue(archive)
    (chip.folder / "vanish-after").unlink()
    assert (code, chip.flash) == (3, before)
    assert "Plug the board in and try again" in err
    code, _, err = rescue(archive)
    assert code == 0, err
    assert "4 records are readable" in err


@pytest.mark.parametrize(("kind", "size", "says"), [("ESP32-S3", 8, "an ESP32-S3"), ("ESP32", 2, "2 MB")])
def test_a_rescue_of_another_chip_or_a_small_flash_changes_nothing(chip, archive, kind, size, says) -> None:
    (chip.folder / "chip").write_text(kind)
    chip.flash = b"\xff" * (size * MB)
    code, _, err = rescue(archive)
    assert code == 2
    assert says in err
    assert not {"write-flash", "erase-region"} & set(chip.verbs())


def test_a_rescue_of_a_board_that_is_not_ours_says_so(chip: Chip, archive: Path) -> None:
    rows = (
        (1, 2, 0x9000, 0x5000, b"nvs"),
        (0, 0x10, 0x10000, 0x140000, b"app0"),
        (1, 0x82, 0x290000, 0x160000, b"spiffs"),
    )
    chip.flash = (b"\xff" * 0x8000 + stock.table_bytes(rows) + b"somebody else's").ljust(4 * MB, b"\xff")
    code, _, err = rescue(archive)
    assert code == 1
    assert "no Clapmark journal" in err
    assert not list(archive.rglob("*.log"))
