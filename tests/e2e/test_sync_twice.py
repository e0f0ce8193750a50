"""A second sync with nothing new changes no byte of the archive, and writes no file."""

import json

from clapmark.sim import EventKind
from clapmark.sim.script import Press
from tests.support.desk import tree

LISTING = "A conference\n\nOne talk\n\nAda Lovelace\nFriday 3:15 p.m.–4 p.m. in Hall 1\n\nWhat it is about.\n"


def test_a_second_sync_and_second_notes_change_no_byte_and_write_no_file(device, laptop, tmp_path):
    listing = tmp_path / "talks.txt"
    listing.write_text(LISTING, encoding="utf-8")
    zone = ("--start", "2019-05-03", "--zone", "America/New_York")
    assert laptop.type_here("schedule", "load", listing, *zone).code == 0
    assert laptop.type_here("schedule", "push", "--port", device.port).code == 0
    device.simulation.post(Press("A"))
    device.wait_for(EventKind.PRESSED)
    new = []
    before = None
    for _ in range(3):
        answer = laptop.type_here("sync", "--json", "--port", device.port)
        assert answer.code == 0, answer.stderr
        new.append(json.loads(answer.stdout)["new"])
        assert laptop.type_here("notes").code == 0
        after = tree(laptop.archive)
        assert before is None or after == before
        before = after
    assert new[0] >= 3, "boot, clock and bookmark"
    assert new[1:] == [0, 0]


def test_a_press_between_two_syncs_is_all_that_the_second_one_adds(device, laptop):
    assert laptop.type_here("sync", "--port", device.port).code == 0
    before = tree(laptop.archive)
    device.simulation.post(Press("A"))
    device.wait_for(EventKind.PRESSED)
    answer = laptop.type_here("sync", "--json", "--port", device.port)
    assert json.loads(answer.stdout)["new"] == 1
    after = tree(laptop.archive)
    changed = [name for name in after if after[name] != before.get(name)]
    assert len(changed) == 1 and changed[0].endswith(".log")
    assert after[changed[0]][0].startswith(before[changed[0]][0])
