"""The README's day, typed line by line: each command does what its comment says, and the result is a post."""

import re
import shlex
from pathlib import Path

from clapmark.schedule.store import to_json
from tests.support.archive.conference import small_conference
from tests.support.archive.journal_text import DEVICE, EPOCH
from tests.support.archive.notes_archive import SLUG, afternoon
from tests.support.desk import Laptop

README = Path(__file__).parents[2] / "README.md"
WITH_DEVICE = {"schedule push", "settings set", "sync"}
CAPTIONS = "WEBVTT\n\n00:12:20.000 --> 00:12:34.000\nA hive is a thermometer. It hums.\n"


def tour() -> list[list[str]]:
    """Return the words of each `clapmark` line under "A day with it"."""
    block = README.read_text().split("## A day with it")[1].split("```")[1]
    return [shlex.split(line, comments=True)[1:] for line in block.splitlines() if line.startswith("clapmark ")]


def test_the_tour_of_the_readme_ends_with_a_post(tmp_path, monkeypatch, device):
    home = tmp_path / "notes"
    post = home / "content" / "posts" / f"{SLUG}.md"
    schedule = tmp_path / "schedule.json"
    schedule.write_bytes(to_json(small_conference()))
    laptop = Laptop(home)
    typed = []
    for words in tour():
        line = [re.sub(r"https://pretalx\S+", str(schedule), word).replace("youtu.be/ID", "youtu.be/abcdefghijk")
                for word in words]  # fmt: skip
        if line[0] == "init":
            line = ["init", str(home)]
        elif " ".join(line[:2]) in WITH_DEVICE or line[0] in WITH_DEVICE:
            line += ["--port", str(device.port)]
        answer = laptop.type(*line)
        assert answer.code == 0, (line, answer.stderr)
        typed.append(" ".join(words[:2]))
        if line[0] == "init":
            monkeypatch.chdir(home)
            (home / "bees.en.vtt").write_text(CAPTIONS)
        elif line[0] == "sync":  # an afternoon of another device, whose times the tour names
            log = home / "journal" / DEVICE / f"{EPOCH}.log"
            log.parent.mkdir(parents=True)
            log.write_bytes(afternoon().data)
        elif line == ["notes", "--undo"]:
            assert "- **2019-05-03 14:30** link" in post.read_text(), "not moved again"
    assert {"schedule load", "notes", "assign 14:30", "notes --undo", "align bees", "transcript bees"} <= set(typed)
    section = post.read_text().split("## Bees & Sensors")[1].split("**takeaway:**")[0]
    assert "{{< youtube abcdefghijk >}}" in section
    assert "- **13:55** [12:31](https://youtu.be/abcdefghijk?t=741) todo, 15 min in" in section
    assert "  > A hive is a thermometer. It hums." in section
    assert "- **14:30** [47:31]" in section
    assert (home / "pycon.apkg").read_bytes().startswith(b"PK")
