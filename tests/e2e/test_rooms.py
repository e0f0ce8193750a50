"""The room that a person sets, from the command line to the post: it counts at once, and links presses before talks."""

import json

from clapmark.archive import record
from clapmark.archive.archive import Archive
from clapmark.archive.journals import read_journals
from clapmark.sim import EventKind

ROOM = "Grand Ballroom of the Convention Center B"
TALKS = "title,start,end,room\n" + "".join(
    f"{title},2019-05-03 {start},2019-05-03 {end},Grand Ballroom of the Convention Center {room}\n"
    for title, start, end, room in (
        ("Early A", "15:00", "15:30", "A"),
        ("Early B", "15:00", "15:30", "B"),
        ("Late A", "15:40", "16:10", "A"),
        ("Late B", "15:40", "16:10", "B"),
    )
)
SCRIPT = """
start 2019-05-03T15:10:00-04:00
5 plug                     # in the middle of a talk: the schedule
30 plug                    # the room
60 plug                    # the schedule once more
300 press A                # 15:15
1680 press A               # 15:38, two minutes before the next talk
1690 plug                  # sync
1700 end
"""


def test_a_press_two_minutes_before_a_talk_is_linked_in_the_room_that_was_set_during_the_one_before(
    played, laptop, tmp_path
):
    table = tmp_path / "talks.csv"
    table.write_text(TALKS)
    assert laptop.type_here("schedule", "load", table, "--zone", "America/New_York").code == 0
    device = played(SCRIPT)
    laptop.variables["CLAPMARK_CLOCK"] = str(device.clock)
    port = ("--port", device.port)
    answer = laptop.type_here("schedule", "push", *port)
    assert answer.code == 0 and ROOM in answer.stderr, answer.stderr
    device.wait_for(EventKind.PLUGGED, 2, 120)
    assert laptop.type_here("settings", "set", "room", "Foyer", *port).code == 2
    answer = laptop.type_here("settings", "set", "room", ROOM, *port)
    assert answer.code == 0 and "in use" in answer.stderr, answer.stderr
    device.wait_for(EventKind.PLUGGED, 3, 120)
    answer = laptop.type_here("schedule", "push", *port)
    assert answer.code == 0 and "is set to" in answer.stderr, answer.stderr
    device.wait_for(EventKind.PLUGGED, 4, 120)
    answer = laptop.type_here("sync", *port)
    assert answer.code == 0, answer.stderr
    rows = [json.loads(line) for line in laptop.type_here("export", "jsonl").stdout.splitlines()]
    assert [row["title"] for row in rows if row.get("title")] == ["Early B", "Late B"]
    entries = [entry for journal in read_journals(Archive(laptop.archive)) for entry in journal.records]
    assert any(entry.kind == record.ROOM for entry in entries)
    marks = [entry for entry in entries if entry.kind == record.BOOKMARK]
    assert ["talk" in entry.fields for entry in marks] == [True, False]
