"""A reader that was written from docs/journal.md alone finds in raw flash what ours finds."""

import ast
from pathlib import Path

import pytest

from firmware.journal.journal import Journal
from firmware.journal.reader import DAMAGED, NOTHING, RECORD, Cursor
from tests.faults.journal import cuts
from tests.faults.journal.day import DEVICE, History, formatted, live, recorded_day
from tests.faults.journal.flash import Dice, Flash
from tests.support.second_flash_image import Contents, read_image

SUPPORT = Path(__file__).parents[1] / "support"


def ours(flash: Flash) -> Contents:
    """Return what the firmware finds; mounting changes nothing in a flash that has a header left."""
    before = bytes(flash.data)
    journal = Journal(flash, DEVICE)
    journal.mount()
    assert journal.problem == b"" and bytes(flash.data) == before
    contents = Contents(DEVICE.decode(), journal.epoch.decode(), journal.committed_seq)
    cursor = Cursor(journal)
    cursor.seek(1)
    while (found := cursor.next()) != NOTHING:
        data = bytes(cursor.line[: cursor.length])
        if found == RECORD:
            contents.records.append((cursor.seq, data))
        elif found == DAMAGED:
            contents.damage.append((cursor.serial, cursor.offset, data))
    return contents


def test_it_shares_no_code_with_clapmark():
    for path in SUPPORT.glob("second_*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module or ""]
            for name in names:
                if name == "tests.support.second_lines":
                    continue  # shared between the two second readers, not with clapmark
                assert name.split(".")[0] not in ("clapmark", "firmware", "tests"), f"{path.name} imports {name}"


@pytest.mark.parametrize("seed", range(8))
def test_it_reads_every_record_and_every_damage_that_power_cuts_leave(seed):
    before, operations, _ = recorded_day(seed)
    count = 0
    for _, _, flash, _ in cuts.states(before, operations, seed, 17, seed):
        contents = read_image(bytes(flash.data))
        if contents.epoch:
            assert contents == ours(flash)
            count += 1
    assert count > 40


@pytest.mark.parametrize("seed", range(8))
def test_it_agrees_about_flipped_bits(seed):
    flash = formatted(3 + seed % 2)
    live(seed - seed % 4, flash, History())
    dice = Dice(seed)
    for number in range(40):
        rotten = flash.copy()
        for _ in range(1 + dice.below(10 * number + 1)):
            place = dice.below(len(rotten.data))
            rotten.data[place] ^= 1 << dice.below(8)
        contents = read_image(bytes(rotten.data))
        assert not contents.epoch or contents == ours(rotten)


@pytest.mark.parametrize("seed", range(4))
def test_it_agrees_about_headers_that_are_lost(seed):
    flash = formatted(4)
    live(4 * seed, flash, History())
    for block in range(4):
        for length in (5, 70, 100, 200, 3000):
            rotten = flash.copy()
            for place in range(block * 4096, block * 4096 + length):
                rotten.data[place] &= 0xE7
            assert read_image(bytes(rotten.data)) == ours(rotten)
