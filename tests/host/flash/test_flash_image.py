"""`clapmark flash --image`: a complete flash that others read as we meant it: esptool, MicroPython, a second parser."""

import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clapmark.firmware_build.micropython import find_micropython
from clapmark.firmware_build.rom_image import APP_FILE
from clapmark.flash.device_files import app_files, board_names
from clapmark.flash.firmware_file import parse_firmware
from clapmark.flash.partition_table import (
    JOURNAL_BYTES,
    Partition,
    PartitionTableError,
    format_table,
    parse_table,
    with_journal,
)
from clapmark.link.client import LinkClient, SerialTransport
from tests.support.board import stock_image as stock
from tests.support.board.board_on_pty import BoardOnPty
from tests.support.board.stock_image import rows_of
from tests.support.command_line import type_

MB = 1 << 20
ROOT = Path(__file__).parents[3]
STOCK_IMAGE = os.environ.get("CLAPMARK_STOCK_IMAGE", "")

MOUNT = """
import os, sys, vfs, binascii, hashlib
class Blocks:
    def __init__(self, path):
        self.file = open(path, "r+b")
        self.count = self.file.seek(0, 2) // 4096
    def readblocks(self, block, buffer, offset=0):
        self.file.seek(block * 4096 + offset)
        self.file.readinto(buffer)
    def writeblocks(self, block, buffer, offset=None):
        assert offset is not None
        self.file.seek(block * 4096 + offset)
        self.file.write(buffer)
    def ioctl(self, request, argument):
        if request == 6:
            self.file.seek(argument * 4096)
            self.file.write(b"\\xff" * 4096)
            return 0
        return {4: self.count, 5: 4096}.get(request, 0)
blocks = Blocks(sys.argv[1])
vfs.mount(blocks, "/flash")  # as _boot.py does: it finds out by itself that this is a LittleFS
def walk(folder):
    for name, kind, *_ in os.ilistdir(folder):
        path = folder + "/" + name
        if kind == 0x4000:
            walk(path)
        else:
            with open(path, "rb") as file:
                print(path[7:], binascii.hexlify(hashlib.sha256(file.read()).digest()).decode())
walk("/flash")
with open("/flash/new.txt", "w") as file:
    file.write("x" * 5000)
os.rename("/flash/new.txt", "/flash/firmware/moved.txt")
os.remove("/flash/boot.py")
assert os.stat("/flash/firmware/moved.txt")[6] == 5000
vfs.umount("/flash")
vfs.mount(blocks, "/flash")
print("boot.py" in os.listdir("/flash"), len(open("/flash/firmware/moved.txt").read()))
"""


def build(tmp_path: Path, *words: object, **stock_words) -> bytes:
    firmware, target = tmp_path / "stock.bin", tmp_path / "out.bin"
    firmware.write_bytes(stock.stock_image(**stock_words))
    code, _, err = type_("flash", "--firmware", firmware, "--image", target, *words)
    assert code == 0, err
    return target.read_bytes()


def esptool(*words: object) -> str:
    command = [sys.executable, "-m", "esptool", *map(str, words)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return answer.stdout


@pytest.mark.parametrize("board", board_names())
def test_micropython_mounts_the_file_system_and_finds_every_file_of_the_app(tmp_path: Path, board: str) -> None:
    check_file_system(tmp_path, build(tmp_path, "--board", board), board)


def test_a_firmware_with_a_rom_file_system_gets_the_app_in_it_and_starts_from_there(tmp_path: Path) -> None:
    image = build(tmp_path, "--board", "tdisplay", rows=stock.ROM_TABLE)
    rows = rows_of(image)
    rom, system = (image[rows[name][2] : rows[name][2] + rows[name][3]] for name in ("romfs", "vfs"))
    with BoardOnPty(tmp_path, {}, size=len(system), rom_bytes=len(rom)) as board:
        board.flash.write_bytes(system)
        board.rom.write_bytes(rom)
        assert board.files()[APP_FILE] in rom[:64]
        board.power_on()
        with LinkClient(SerialTransport(board.port)) as client:
            assert client.hello().board == "tdisplay"


@pytest.mark.skipif(not STOCK_IMAGE, reason="CLAPMARK_STOCK_IMAGE names no .bin of micropython.org")
@pytest.mark.parametrize("board", board_names())
def test_a_micropython_as_it_is_published_becomes_a_whole_flash(tmp_path: Path, board: str) -> None:
    target = tmp_path / "out.bin"
    code, _, err = type_("flash", "--firmware", STOCK_IMAGE, "--image", target, "--board", board)
    assert code == 0, err
    published, image = Path(STOCK_IMAGE).read_bytes(), target.read_bytes()
    assert image[0x10000 : 0x1000 + len(published)] == published[0xF000:]
    assert "journal" in rows_of(image)
    for at in (0x1000, 0x10000):
        said = esptool("--chip", "esp32", "image-info", save(tmp_path, image[at : at + 0x1F0000]))
        assert said.count("(valid)") == 2, "checksum and hash"
    check_file_system(tmp_path, image, board)
    names = re.findall(r"`((?:machine|esp32)\.[\w.]+)`", (ROOT / "docs/hardware-facts.md").read_text())
    parts = {part for name in names for part in name.split(".")}
    assert len(parts) > 20
    assert [part for part in sorted(parts) if part.encode() + b"\0" not in published] == []


def check_file_system(tmp_path: Path, image: bytes, board: str) -> None:
    """Mount it on MicroPython, compare every file, change some, and mount it again."""
    _, _, offset, size = rows_of(image)["vfs"]
    (tmp_path / "fs.bin").write_bytes(image[offset : offset + size])
    (tmp_path / "mount.py").write_text(MOUNT)
    for bits in (32, 64):
        copy = tmp_path / f"fs{bits}.bin"
        copy.write_bytes((tmp_path / "fs.bin").read_bytes())
        command = [*find_micropython(bits), tmp_path / "mount.py", copy]
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
        assert answer.returncode == 0, answer.stdout + answer.stderr
        *lines, last = answer.stdout.splitlines()
        found = dict(line.split() for line in lines)
        wanted = {path: hashlib.sha256(data).hexdigest() for path, data in app_files().items()}
        assert wanted.items() <= found.items()
        assert set(found) - set(wanted) == {"board.json", "settings.json"}
        assert found["board.json"] == hashlib.sha256(json.dumps({"board": board}).encode() + b"\n").hexdigest()
        assert last == "False 5000"


def test_the_journal_takes_the_start_of_an_explicit_file_system(tmp_path: Path) -> None:
    image = build(tmp_path)
    assert len(image) == 4 * MB
    rows = rows_of(image)
    assert rows["journal"] == (0x40, 0, 0x200000, 0x40000)
    assert rows["vfs"] == (1, 0x81, 0x240000, 0x1C0000)
    assert image[0x200000:0x240000].strip(b"\xff") == b"", "the journal is blank"
    assert image[:0x1000].strip(b"\xff") == b""
    firmware = stock.stock_image()
    assert image[0x1000:0x8000].startswith(firmware[:0x7000].rstrip(b"\xff"))
    assert image[0x10000 : 0x1000 + len(firmware)] == firmware[0xF000:]


@pytest.mark.parametrize("size", [4, 8, 16])
def test_it_follows_everything_else_where_micropython_makes_its_file_system_by_itself(tmp_path, size) -> None:
    image = build(tmp_path, "--flash-size", f"{size}MB", rows=stock.NEW_TABLE, version="1.27.0")
    assert len(image) == size * MB
    rows = rows_of(image)
    assert rows["journal"] == (0x40, 0, 0x220000, 0x40000)
    # ports/esp32/main.c: behind the last partition of the table, to the end of the flash
    assert rows["vfs"][2:] == (0x260000, size * MB - 0x260000)
    info = esptool("--chip", "esp32", "image-info", save(tmp_path, image[0x1000:0x8000].rstrip(b"\xff")))
    assert f"Flash size: {size}MB" in info, "the bootloader refuses partitions behind what its header says"
    assert "(valid)" in info
    assert "invalid" not in info


def test_two_apps_keep_their_places_and_the_first_one_starts(tmp_path: Path) -> None:
    rows = rows_of(build(tmp_path, rows=stock.OTA_TABLE, version="1.28.0"))
    assert rows["ota_1"][2:] == (0x190000, 0x180000)
    assert rows["journal"][2:] == (0x310000, 0x40000)
    assert rows["vfs"][2:] == (0x350000, 4 * MB - 0x350000)


def test_a_file_system_for_blocks_of_512_bytes_gets_the_name_of_one_for_4096(tmp_path: Path) -> None:
    old = (*stock.OLD_TABLE[:3], (1, 0x81, 0x200000, 0x200000, b"ffat"))
    rows = rows_of(build(tmp_path, rows=old))
    assert rows["vfs"] == (1, 0x81, 0x240000, 0x1C0000)
    assert "ffat" not in rows


def test_esptool_reads_the_app_and_would_write_the_image(tmp_path: Path) -> None:
    image = build(tmp_path)
    app = save(tmp_path, image[0x10000:0x200000].rstrip(b"\xff"))
    assert "Checksum" in esptool("--chip", "esp32", "image-info", app)
    merged = tmp_path / "merged.bin"
    whole = save(tmp_path, image, "whole.bin")
    esptool("--chip", "esp32", "merge-bin", "--flash-size", "keep", "-o", merged, "0x0", whole)
    assert merged.read_bytes() == image


def save(folder: Path, data: bytes, name: str = "part.bin") -> Path:
    (folder / name).write_bytes(data)
    return folder / name


def test_the_image_is_firmware_itself_and_the_same_every_time(tmp_path: Path) -> None:
    image = build(tmp_path)
    assert build(tmp_path) == image
    again = parse_firmware(image)
    assert (again.version, [row.label for row in again.table][-2:]) == ("1.23.0", ["journal", "vfs"])
    assert with_journal(again.table, 4 * MB) == again.table, "an image that has a journal keeps it where it is"


def test_settings_and_a_makers_own_board_go_in(tmp_path: Path) -> None:
    chosen = tmp_path / "mine.json"
    chosen.write_text('{"board": "tdisplay", "pins": {"buzzer": 25}}')
    settings_path = tmp_path / "settings.json"
    settings_path.write_text('{"brightness": 33}')
    image = build(tmp_path, "--board", chosen, "--settings", settings_path)
    assert b'"pins": {"buzzer": 25}' in image
    assert b'"brightness": 33' in image


def test_a_dry_run_prints_every_offset_and_hash_and_writes_nothing(tmp_path: Path) -> None:
    firmware, target = tmp_path / "stock.bin", tmp_path / "out.bin"
    firmware.write_bytes(stock.stock_image())
    code, out, err = type_("flash", "--firmware", firmware, "--image", target, "--dry-run")
    assert code == 0
    assert not target.exists()
    digest = hashlib.sha256(b"\xff" * JOURNAL_BYTES).hexdigest()
    assert f"0x200000    262144 bytes  journal, blank   sha256 {digest}" in out
    assert [line.split()[0] for line in out.splitlines()] == [
        "0x001000",
        "0x008000",
        "0x010000",
        "0x200000",
        "0x240000",
    ]
    assert "journal" in err


def bad(name: str) -> tuple[bytes, str]:
    good = stock.stock_image()
    s3 = stock.stock_image(chip="esp32s3")
    broken_table = bytearray(good)
    broken_table[0x7005] ^= 1
    broken_app = bytearray(good)
    broken_app[0xF000 + 100] ^= 1
    overlap = (stock.NVS, stock.FACTORY, (1, 0x81, 0x100000, 0x100000, b"vfs"))
    two = (*stock.OLD_TABLE[:3], (1, 0x81, 0x200000, 0x100000, b"vfs"), (1, 0x81, 0x300000, 0x100000, b"ffat"))
    return {
        "empty": (b"", "Not a firmware image"),
        "text": (b"<html>not found</html>" * 100, "Not a firmware image"),
        "s3": (s3, "for an ESP32-S3"),
        "cut in the bootloader": (good[:200], "cut short"),
        "cut in the table": (good[:0x7010], "cut short"),
        "cut before the app": (good[:0xF000], "cut short"),
        "cut in the app": (good[:-50], "cut short or damaged"),
        "a flipped bit in the app": (bytes(broken_app), "cut short or damaged"),
        "a flipped bit in the table": (bytes(broken_table), "MD5"),
        "no app": (good[:0x7000] + stock.table_bytes((stock.NVS, stock.PHY)) + good[0x7C00:], "app"),
        "overlap": (stock.stock_image(rows=overlap), "overlap"),
        "two file systems": (stock.stock_image(rows=two), "custom"),
        "too old": (stock.stock_image(version="1.22.2"), "needs 1.23"),
        "no version": (good[:0xF000] + stock.image(b"MicroPython 85d81e1ca on 2024\0" * 40), "without git's tags"),
        "no MicroPython": (good[:0xF000] + stock.image(b"some other program" * 40), "no MicroPython"),
        "2 MB": (stock.stock_image(rows=(*stock.OLD_TABLE[:2], (0, 0, 0x10000, 0x4F0000, b"factory"))), "only 4 MB"),
    }[name]


@pytest.mark.parametrize(
    "name",
    [
        *("empty", "text", "s3", "cut in the bootloader", "cut in the table", "cut before the app", "cut in the app"),
        *("a flipped bit in the app", "a flipped bit in the table", "no app", "overlap", "two file systems", "too old"),
        *("no MicroPython", "no version", "2 MB"),
    ],
)
def test_a_bad_firmware_is_refused_with_a_sentence_and_nothing_is_written(tmp_path: Path, name: str) -> None:
    data, says = bad(name)
    firmware, target = tmp_path / "stock.bin", tmp_path / "out.bin"
    firmware.write_bytes(data)
    code, _, err = type_("flash", "--firmware", firmware, "--image", target)
    assert code in (1, 2)
    assert says in err
    assert "Traceback" not in err
    assert not target.exists()


def test_a_missing_file_an_unknown_board_and_bad_settings_are_usage_errors(tmp_path: Path) -> None:
    firmware, target = tmp_path / "stock.bin", tmp_path / "out.bin"
    assert type_("flash", "--firmware", firmware, "--image", target)[0] == 2
    firmware.write_bytes(stock.stock_image())
    code, _, err = type_("flash", "--firmware", firmware, "--image", target, "--board", "toaster")
    assert (code, "tdisplay" in err) == (2, True)
    bad_settings = tmp_path / "s.json"
    bad_settings.write_text('{"brightness": 1}')
    assert type_("flash", "--firmware", firmware, "--image", target, "--settings", bad_settings)[0] == 2
    assert not target.exists()


row = st.tuples(st.sampled_from(["nvs", "a", "b", "vfs", "ffat"]), st.integers(0, 2), st.integers(1, 300))


@settings(max_examples=300, deadline=None)
@given(st.lists(row, max_size=8), st.sampled_from([2, 4, 8, 16]))
def test_any_table_keeps_its_rows_and_gets_a_journal_that_overlaps_nothing_or_is_refused(rows, size) -> None:
    table = [Partition("factory", 0, 0, 0x10000, 0x100000)]
    for label, gap, sectors in rows:
        kind = (1, 0x81) if label in ("vfs", "ffat") else (1, 0x40)
        table.append(Partition(label, *kind, table[-1].end + gap * 4096, sectors * 4096))
    try:
        new = with_journal(table, size * MB)
    except PartitionTableError:
        return
    assert parse_table(format_table(new)) == new, "no two overlap"
    assert sum(entry.is_journal for entry in new) == 1
    assert sum(entry.is_file_system for entry in new) == 1
    assert max(entry.end for entry in new) <= size * MB
    kept = [entry for entry in table if not entry.is_file_system]
    assert [entry for entry in new if not entry.is_file_system and not entry.is_journal] == kept


def test_a_device_made_from_the_image_answers_syncs_and_is_up_to_date(tmp_path: Path) -> None:
    image = build(tmp_path, "--board", "tdisplay", rows=stock.NEW_TABLE, version="1.27.0")
    _, _, offset, size = rows_of(image)["vfs"]
    archive = tmp_path / "archive"
    assert type_("init", archive)[0] == 0
    with BoardOnPty(tmp_path, {}) as board:
        board.flash.write_bytes(image[offset : offset + size])
        board.power_on()
        code, _, err = type_("sync", "--port", board.port, "--archive", archive)
        assert code == 0, err
        code, _, err = type_("deploy", "--port", board.port)
        assert code == 0, err
        assert "Already up to date" in err
