"""`clapmark rescue --port`: a board whose app no longer starts gives its bookmarks through the bootloader."""

from pathlib import Path

from clapmark.flash.file_system import make_file_system
from tests.support.board import stock_image as stock
from tests.support.board.flash_chip import MB, PORT, flash, journal_with
from tests.support.command_line import type_


def rescue(archive: Path) -> tuple[int, str, str]:
    return type_("rescue", "--port", PORT, "--archive", archive)


def test_a_board_whose_app_starts_no_more_gives_its_bookmarks_through_the_bootloader(chip, firmware, tmp_path) -> None:
    assert flash(firmware)[0] == 0
    chip.put("journal", journal_with(3))
    chip.put("vfs", b"\0" * 4096)  # the file system is gone
    before = chip.flash
    archive = tmp_path / "archive"
    assert type_("init", archive)[0] == 0
    code, _, err = rescue(archive)
    assert code == 0, err
    assert "4 records are readable" in err
    assert "clapmark flash" in err
    assert list((archive / "journal" / "a1b2c3d4e5f6").glob("*.log"))
    assert chip.flash == before
    assert chip.verbs()[-1] == "reset"


def test_a_journal_in_files_is_rescued_through_the_bootloader_too(chip, firmware, tmp_path) -> None:
    chip.flash = (b"\xff" * 0x1000 + stock.stock_image()).ljust(4 * MB, b"\xff")
    journal = journal_with(2, size=32 * 4096)
    files = {f"journal/{number:03d}": journal[number * 4096 :][:4096].rstrip(b"\xff") for number in range(32)}
    chip.put("vfs", make_file_system(files, 0x200000))
    archive = tmp_path / "archive"
    assert type_("init", archive)[0] == 0
    code, _, err = rescue(archive)
    assert code == 0, err
    assert "3 records are readable" in err


def test_a_rescue_needs_an_image_or_a_port(tmp_path) -> None:
    assert type_("rescue", "--archive", tmp_path)[0] == 2
