"""`clapmark rescue`: every readable record of a raw flash gets into the archive once, and the rest is reported."""

import io
import json

import pytest

from clapmark import cli
from clapmark.archive.archive import Archive, init_archive
from clapmark.base.environment import Environment
from clapmark.flash.partition_table import APP, DATA, Partition, format_table
from clapmark.rescue.flash_dump import FlashDump
from clapmark.rescue.reader import read_rescue
from clapmark.sync.sync import sync
from tests.faults.journal.day import DEVICE, EPOCH, Dice, Handheld, History, formatted, items, live
from tests.faults.line.laptop import JournalLink, environment

SECTOR = 4096
JOURNAL_AT = 0x200000


class Rescuer:
    """A laptop with an archive, and `type` for its command line."""

    def __init__(self, folder):
        init_archive(folder)
        self.archive = Archive(folder)
        self.log = self.archive.log_path(DEVICE.decode(), EPOCH.decode())

    def type(self, *words):
        made = Environment(stdout=io.StringIO(), stderr=io.StringIO(), variables={})
        code = cli.run([*map(str, words), "--archive", str(self.archive.folder)], made)
        return code, made.stdout.getvalue(), made.stderr.getvalue()

    @property
    def lines(self):
        return self.log.read_bytes().splitlines(keepends=True) if self.log.exists() else []


@pytest.fixture
def laptop(tmp_path):
    return Rescuer(tmp_path / "archive")


def written(sectors=8, records=200):
    """Return a flash with so many records, and its history."""
    flash = formatted(sectors)
    history = History()
    dice = Dice(5)
    device = Handheld(flash, history)
    while len(history.saved) < records:
        device.press(dice)
        device.idle()
    return flash, history


def whole_flash(journal: bytes, label="journal") -> bytes:
    """Return 4 MB of flash with a partition table, an app, and the journal where the table says."""
    rows = [
        Partition("nvs", DATA, 2, 0x9000, 0x6000),
        Partition("factory", APP, 0, 0x10000, 0x1F0000),
        Partition(label, 0x40, 0, JOURNAL_AT, len(journal)),
    ]
    flash = bytearray(b"\xff" * (4 << 20))
    flash[0x8000 : 0x8000 + 0xC00] = format_table(rows)
    flash[0x10000:0x20000] = bytes(range(256)) * 256
    flash[JOURNAL_AT : JOURNAL_AT + len(journal)] = journal
    return bytes(flash)


def rescued(data: bytes, nameless=None):
    sectors = tuple(data[start : start + SECTOR].ljust(SECTOR, b"\xff") for start in range(0, len(data), SECTOR))
    return read_rescue(FlashDump(sectors, "here", -len(data) % SECTOR), nameless)


def test_every_record_of_a_partition_dump_gets_into_the_archive_once(laptop, tmp_path):
    flash, history = written()
    image = tmp_path / "journal.bin"
    image.write_bytes(flash.data)
    code, _, said = laptop.type("rescue", image)
    assert (code, laptop.lines) == (0, history.saved)
    assert "200 records are readable; 200 were added, 0 were in the archive already" in said
    before = laptop.log.stat().st_mtime_ns
    code, _, said = laptop.type("rescue", image)
    assert code == 0 and "0 were added, 200 were" in said
    assert (laptop.log.stat().st_mtime_ns, laptop.lines) == (before, history.saved)
    assert image.read_bytes() == bytes(flash.data)


def test_what_a_sync_has_brought_is_not_added_again(laptop, tmp_path):
    flash, history = written()
    device = Handheld(flash, history)
    sync(JournalLink(device), laptop.archive, environment())
    for _ in range(20):
        device.press(Dice(3))
    (tmp_path / "flash.bin").write_bytes(flash.data)
    code, out, _ = laptop.type("rescue", tmp_path, "--json")  # a state folder
    found = json.loads(out)["journals"][0]
    assert (code, found["new"]) == (0, 20)
    assert found["already_there"] == len(laptop.lines) - 20
    assert len(set(laptop.lines)) == len(laptop.lines)
    assert set(history.saved) <= set(laptop.lines)


def test_the_partition_table_says_where_the_journal_is_in_a_whole_flash(laptop, tmp_path):
    flash, history = written()
    image = tmp_path / "all.bin"
    image.write_bytes(whole_flash(bytes(flash.data)))
    code, _, _ = laptop.type("rescue", image)
    assert (code, laptop.lines) == (0, history.saved)


def test_a_journal_in_files_is_found_in_a_flash_without_a_journal_partition(laptop, tmp_path):
    flash, history = written()
    image = tmp_path / "all.bin"
    image.write_bytes(whole_flash(bytes(flash.data), label="vfs"))
    assert laptop.type("rescue", image)[0] == 0
    assert laptop.lines == history.saved


def test_a_folder_with_a_file_for_each_sector_is_read(laptop, tmp_path):
    flash, history = written()
    folder = tmp_path / "journal"
    folder.mkdir()
    for number in range(8):
        data = bytes(flash.data[number * SECTOR : (number + 1) * SECTOR]).rstrip(b"\xff")
        if data:
            (folder / f"{number:03}").write_bytes(data)
    assert laptop.type("rescue", folder)[0] == 0
    assert laptop.lines == history.saved


def test_a_dry_run_writes_nothing_and_needs_no_archive(laptop, tmp_path):
    flash, _ = written()
    image = tmp_path / "journal.bin"
    image.write_bytes(flash.data)
    code, _, said = laptop.type("rescue", image, "--dry-run")
    assert code == 0 and "200 would be added" in said and "dry run" in said
    assert not (laptop.archive.folder / "journal").exists()
    made = Environment(stdout=io.StringIO(), stderr=io.StringIO(), variables={})
    assert cli.run(["rescue", str(image), "--dry-run", "--archive", str(tmp_path)], made) == 0
    assert "200 would be added" in made.stderr.getvalue()


@pytest.mark.parametrize("seed", range(6))
def test_a_flipped_bit_costs_one_record_at_most_and_is_reported(seed):
    flash, history = written()
    dice = Dice(seed)
    used = len(bytes(flash.data).rstrip(b"\xff"))
    for _ in range(30):
        place = dice.below(used)
        rotten = bytearray(flash.data)
        rotten[place] ^= 1 << dice.below(8)
        rescue = rescued(bytes(rotten))
        found = [line.data for journal in rescue.journals for line in journal.records]
        lost = [line for line in history.saved if line not in found]
        assert len(lost) <= 1 and set(found) <= set(history.saved)
        if lost:
            assert rescue.exit_code == 4 and rescue.journals[0].damaged


@pytest.mark.parametrize("seed", range(4))
def test_every_undamaged_record_is_found_next_to_any_damage(seed):
    flash, history = written()
    dice = Dice(seed)
    for number in range(20):
        rotten = bytearray(flash.data)
        for _ in range(20 * number):
            rotten[dice.below(16384)] ^= 1 << dice.below(8)
        rescue = rescued(bytes(rotten), (DEVICE.decode(), EPOCH.decode()))
        found = {line.data for journal in rescue.journals for line in journal.records}
        assert found == {line for line in history.saved if line in rotten}


def test_damage_is_kept_and_reported(laptop, tmp_path):
    flash, _ = written()
    flash.data[700] ^= 4
    image = tmp_path / "journal.bin"
    image.write_bytes(flash.data)
    code, out, _ = laptop.type("rescue", image, "--json")
    found = json.loads(out)["journals"][0]
    assert code == 4
    assert (found["new"], found["new_damaged"], len(found["gaps"])) == (199, 1, 1)
    damage = laptop.archive.damage_path(DEVICE.decode(), EPOCH.decode()).read_bytes()
    assert damage.startswith(b"damaged sector=0 offset=")
    code, out, said = laptop.type("rescue", image)
    assert code == 4 and "0 of them not known before" in said and "neither in the image nor in the archive" in said
    assert laptop.archive.damage_path(DEVICE.decode(), EPOCH.decode()).read_bytes() == damage


@pytest.mark.parametrize("length", [SECTOR // 2, SECTOR, SECTOR + 1, 2 * SECTOR - 1, 9000, 3 * SECTOR + 777])
def test_a_cut_image_gives_all_that_is_whole_in_it(laptop, tmp_path, length):
    flash, history = written()
    image = tmp_path / "cut.bin"
    image.write_bytes(bytes(flash.data)[:length])
    code, _, said = laptop.type("rescue", image)
    assert code == 0
    assert laptop.lines == [line for line in history.saved if line in bytes(flash.data)[:length]]
    assert ("bytes are missing at its end" in said) == bool(length % SECTOR)
    image.write_bytes(whole_flash(bytes(flash.data))[: JOURNAL_AT + length])
    code, _, said = laptop.type("rescue", image)
    assert code == 0 and "bytes are missing at its end" in said


def test_sectors_without_headers_find_their_place_or_are_asked_about(laptop, tmp_path):
    flash, history = written()
    for place in range(160):
        flash.data[SECTOR + place] &= 0xE7  # both copies in the second sector
    assert [line.data for line in rescued(bytes(flash.data)).journals[0].records] == [
        line for line in history.saved if line in flash.data
    ]
    for start in range(0, len(flash.data), SECTOR):
        for place in range(start, start + 160):
            flash.data[place] &= 0xE7
    image = tmp_path / "journal.bin"
    image.write_bytes(flash.data)
    code, _, said = laptop.type("rescue", image)
    assert code == 1 and "--journal DEVICE/EPOCH" in said and not laptop.lines
    code, _, _ = laptop.type("rescue", image, "--journal", f"{DEVICE.decode()}/{EPOCH.decode()}")
    assert code == 4
    assert laptop.lines == [line for line in history.saved if line in flash.data]


def test_an_older_epoch_is_recovered_into_its_own_log(laptop, tmp_path):
    first, old = written(records=60)
    second, new = written(records=60)
    second.data[:] = bytes(second.data).replace(EPOCH, b"1BADF00D")  # headers only, and their CRC is wrong now
    image = tmp_path / "journal.bin"
    image.write_bytes(first.data)
    assert laptop.type("rescue", image, "--json")[0] == 0
    two = rescued(bytes(first.data[: 2 * SECTOR]) + bytes(second.data[: 2 * SECTOR]), (DEVICE.decode(), "1BADF00D"))
    assert [journal.epoch for journal in two.journals] == [EPOCH.decode(), "1BADF00D"]
    assert [[line.data for line in journal.records] for journal in two.journals] == [old.saved, new.saved]


def test_a_wrapped_ring_after_a_long_life_gives_what_it_still_holds():
    for seed in range(8):
        flash = formatted(3 + seed % 2)
        history = History()
        device = live(seed - seed % 4, flash, history)
        rescue = rescued(bytes(flash.data))
        found = [line.data for line in rescue.journals[0].records]
        assert found == [data for seq, data, _, _ in items(device.journal) if seq]


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "no flash image"),
        (b"\xff" * 65536, "blank"),
        (b"\x00" * 65536, "no Clapmark journal"),
        (b"hello world\n" * 8000, "no Clapmark journal"),
    ],
)
def test_what_is_no_journal_is_said_and_nothing_is_changed(laptop, tmp_path, data, word):
    image = tmp_path / "image.bin"
    image.write_bytes(data)
    code, _, said = laptop.type("rescue", image)
    assert code in (1, 2) and word in said
    assert not (laptop.archive.folder / "journal").exists()
