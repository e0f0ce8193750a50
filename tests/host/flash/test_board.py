"""`clapmark flash` onto a board: nothing of the user's is lost, with any board content and any moment of unplugging.

The chip is a model (protocol_chip.py); esptool and everything else is real.
"""

import inspect
import json
import sys
from pathlib import Path

import pytest

from clapmark.flash.board import backups_of
from clapmark.flash.esptool_port import Esptool, EsptoolError
from clapmark.flash.file_system import make_file_system, read_file_system
from clapmark.flash.journal_image import read_journal
from tests.support.board import protocol_chip
from tests.support.board import stock_image as stock
from tests.support.board.flash_chip import MB, PORT, Chip, backups, flash, journal_with
from tests.support.board.stock_image import rows_of
from tests.support.command_line import type_


def test_a_blank_board_becomes_a_device_and_is_started_once(chip: Chip, firmware: Path) -> None:
    code, _, err = flash(firmware, "--board", "tdisplay")
    assert code == 0, err
    files = read_file_system(chip.part("vfs"))
    assert json.loads(files["board.json"]) == {"board": "tdisplay"}
    assert "firmware/app.mpy" in files
    assert chip.part("journal") == b"\xff" * 0x40000
    assert [number for number, verb in enumerate(chip.verbs()) if verb == "reset"] == [len(chip.calls()) - 1]


def test_what_is_written_is_what_the_offline_image_has(chip: Chip, firmware: Path, tmp_path: Path) -> None:
    assert flash(firmware)[0] == 0
    assert type_("flash", "--firmware", firmware, "--image", tmp_path / "image.bin")[0] == 0
    assert chip.flash == (tmp_path / "image.bin").read_bytes()


def test_a_dry_run_tells_all_and_writes_nothing(chip: Chip, firmware: Path) -> None:
    before = chip.flash
    code, out, _ = flash(firmware, "--dry-run")
    assert code == 0
    assert chip.flash == before
    assert out.count("sha256") == 5
    assert not {"write-flash", "erase-region"} & set(chip.verbs())


def test_an_upgrade_of_micropython_keeps_table_journal_settings_and_app(chip: Chip, firmware: Path) -> None:
    assert flash(firmware)[0] == 0
    journal = journal_with(5)
    chip.put("journal", journal)
    before = chip.flash
    chip.forget_calls()
    firmware.write_bytes(stock.stock_image(rows=stock.NEW_TABLE, version="1.29.0"))
    code, _, err = flash(firmware)
    assert code == 0, err
    assert "clapmark deploy" in err
    assert rows_of(chip.flash) == rows_of(before)
    assert chip.part("journal") == journal
    assert chip.flash[0x200000:] == before[0x200000:]
    assert b"v1.29.0" in chip.part("factory")
    assert (backups()[-1] / "journal.bin").read_bytes() == journal


def test_unsynced_bookmarks_are_erased_only_on_request_and_are_kept_even_then(chip: Chip, firmware: Path) -> None:
    assert flash(firmware)[0] == 0
    journal = journal_with(3)
    chip.put("journal", journal)
    before = chip.flash
    code, _, err = flash(firmware, "--erase")
    assert (code, chip.flash) == (5, before)
    assert "3 bookmarks" in err
    assert "clapmark sync" in err
    assert chip.verbs()[-1] == "reset", "the device goes on as it was"
    assert flash(firmware, "--erase", "--yes-erase-unsynced")[0] == 0
    assert chip.part("journal") == b"\xff" * 0x40000
    assert (backups()[-1] / "journal.bin").read_bytes() == journal


def test_a_synced_journal_may_be_erased(chip: Chip, firmware: Path) -> None:
    assert flash(firmware)[0] == 0
    chip.put("journal", journal_with(3, synced=True))
    assert flash(firmware, "--erase")[0] == 0


def test_a_journal_in_files_of_a_board_without_partition_counts_too(chip: Chip, firmware: Path) -> None:
    data = stock.stock_image()
    chip.flash = (b"\xff" * 0x1000 + data).ljust(4 * MB, b"\xff")
    journal = journal_with(2, size=32 * 4096)
    files = {f"journal/{number:03d}": journal[number * 4096 :][:4096].rstrip(b"\xff") for number in range(2)}
    chip.put("vfs", make_file_system(files | {"settings.json": b'{"brightness": 44}'}, 0x200000))
    code, _, err = flash(firmware)
    assert code == 5
    assert "2 bookmarks" in err
    assert flash(firmware, "--yes-erase-unsynced")[0] == 0
    assert read_file_system(chip.part("vfs"))["settings.json"] == b'{"brightness": 44}', "settings stay"


def test_a_larger_micropython_moves_the_journal_along(chip: Chip, firmware: Path) -> None:
    assert flash(firmware)[0] == 0
    journal = journal_with(4)
    chip.put("journal", journal)
    files = read_file_system(chip.part("vfs")) | {"settings.json": b'{"room": "Hall C"}', "schedule.txt": b"rows"}
    chip.put("vfs", make_file_system(files, 0x1C0000))
    app = stock.image(b"MicroPython v1.29.0 on 2026-01-01\0" + b"x" * 0x1F8000)
    data = stock.stock_image(rows=stock.NEW_TABLE, version="1.29.0")
    firmware.write_bytes(data[:0xF000] + app)
    code, _, err = flash(firmware)
    assert code == 0, err
    assert rows_of(chip.flash)["journal"][2] == 0x220000
    assert chip.part("journal") == journal
    found = read_file_system(chip.part("vfs"))
    assert (found["settings.json"], found["schedule.txt"]) == (b'{"room": "Hall C"}', b"rows")
    assert "firmware/app.mpy" in found


@pytest.mark.parametrize("calls", range(6))
def test_a_cable_pulled_at_any_step_loses_nothing_and_the_same_command_goes_on(chip, firmware, calls) -> None:
    journal = journal_with(4)
    test_a_blank_board_becomes_a_device_and_is_started_once(chip, firmware)
    chip.put("journal", journal)
    chip.forget_calls()
    app = stock.image(b"MicroPython v1.29.0 on 2026-01-01\0" + b"x" * 0x1F8000)
    firmware.write_bytes(stock.stock_image(rows=stock.NEW_TABLE, version="1.29.0")[:0xF000] + app)
    (chip.folder / "vanish-after").write_text(str(calls))
    code, _, err = flash(firmware)
    (chip.folder / "vanish-after").unlink()
    if code:
        assert code == 3
        assert "try again" in err
        code, _, err = flash(firmware)
        assert code == 0, err
    assert chip.part("journal") == journal
    assert b"v1.29.0" in chip.part("factory")
    assert read_journal(chip.part("journal")).unsynced == 4
    assert not list(backups_of("30:ae:a4:01:02:03").glob("*/unfinished"))


@pytest.mark.parametrize(("kind", "size", "says"), [("ESP32-S3", 8, "an ESP32-S3"), ("ESP32", 2, "2 MB")])
def test_the_wrong_chip_and_a_small_flash_are_refused_before_anything_is_written(chip, firmware, kind, size, says):
    (chip.folder / "chip").write_text(kind)
    chip.flash = b"\xff" * (size * MB)
    code, _, err = flash(firmware)
    assert code == 2
    assert says in err
    assert chip.verbs() == ["reset"], "it goes on as it was"


def test_firmware_for_another_chip_is_refused_before_the_port_is_opened(chip: Chip, firmware: Path) -> None:
    firmware.write_bytes(stock.stock_image(chip="esp32s3"))
    code, _, err = flash(firmware)
    assert (code, chip.calls()) == (2, [])
    assert "ESP32-S3" in err


def test_a_custom_table_is_left_alone(chip: Chip, firmware: Path) -> None:
    rows = (*stock.OLD_TABLE[:3], (1, 0x82, 0x200000, 0x10000, b"beehive"))
    chip.flash = (b"\xff" * 0x1000 + stock.stock_image(rows=rows)).ljust(4 * MB, b"\xff")
    before = chip.flash
    code, _, err = flash(firmware)
    assert (code, chip.flash) == (5, before)
    assert "beehive" in err
    assert flash(firmware, "--erase")[0] == 0


def test_the_table_of_another_maker_is_replaced(chip: Chip, firmware: Path) -> None:
    rows = ((1, 2, 0x9000, 0x5000, b"nvs"), (1, 0, 0xE000, 0x2000, b"otadata"), (0, 0x10, 0x10000, 0x140000, b"app0"))
    chip.flash = (b"\xff" * 0x8000 + stock.table_bytes((*rows, (1, 0x82, 0x290000, 0x160000, b"spiffs")))).ljust(
        4 * MB, b"\xff"
    )
    assert flash(firmware)[0] == 0
    assert "journal" in rows_of(chip.flash)


def test_without_esptool_one_sentence_says_what_to_do(chip, firmware, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "esptool", None)
    code, _, err = flash(firmware)
    assert code == 1
    assert "esptool cannot be loaded" in err
    assert "install esptool" in err or "clapmark esptool" in err


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        ("[Errno 13] could not open port: [Errno 13] Permission denied: '/dev/ttyUSB7'", 1, "dialout"),
        ("[Errno 2] could not open port: [Errno 2] No such file or directory", 3, "no port"),
        ("[Errno 11] Could not exclusively lock port: Resource temporarily unavailable", 1, "Another program"),
        ("[Errno 16] could not open port: [Errno 16] Device or resource busy", 1, "Another program"),
        ("something unknown", 3, "Plug the board in"),
    ],
)
def test_a_port_that_does_not_open_becomes_a_sentence(chip, firmware, text, code, says) -> None:
    (chip.folder / "problem").write_text(text)
    answer = flash(firmware)
    assert answer[0] == code
    assert says in answer[2]


def test_a_chip_that_does_not_answer_becomes_a_sentence(chip, firmware, monkeypatch) -> None:
    monkeypatch.setattr(protocol_chip.Serial, "_take", lambda self, packet: None)
    code, _, err = flash(firmware)
    assert code == 3
    assert "BOOT" in err
    assert chip.calls() == []


def test_a_write_that_reads_back_wrong_is_an_error_and_the_port_is_closed(chip, firmware, monkeypatch) -> None:
    put = protocol_chip.Serial._put
    monkeypatch.setattr(protocol_chip.Serial, "_put", lambda self, at, data: put(self, at, data.replace(b"M", b"N")))
    tool = Esptool(PORT)
    (chip.folder / "part").write_bytes(b"MicroPython")
    with pytest.raises(EsptoolError, match="could not write the flash"):
        tool.write([(0x10000, chip.folder / "part")])
    monkeypatch.undo()
    assert tool._esp is None


def test_every_call_of_esptool_is_in_the_range_of_versions_that_is_allowed() -> None:
    """The names and parameters that the code uses; a new version without one of them fails here and says which."""
    from esptool import cmds

    wanted = {
        "detect_chip": {"port"}, "run_stub": {"esp"}, "attach_flash": {"esp"}, "detect_flash_size": {"esp"},
        "read_flash": {"esp", "address", "size", "no_progress"}, "write_flash": {"esp", "addr_data", "kwargs"},
        "erase_region": {"esp", "address", "size"}, "reset_chip": {"esp", "reset_mode"},
    }  # fmt: skip
    for name, parameters in wanted.items():
        assert parameters <= inspect.signature(getattr(cmds, name)).parameters.keys(), name
