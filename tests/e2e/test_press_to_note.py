"""From a press to a note: what `make demo` shows, held against the post that it is meant to give."""

import os
import re
from pathlib import Path
from typing import NamedTuple

import pytest

from clapmark.base.environment import Environment
from clapmark.sim.demo.demo import SLUG, Demo

GOLDEN = Path(__file__).parent / "golden"


CROWD_LINE = re.compile(r"^- crowd: .* \(\d+ people, .*\) <!-- clapmark \w+ -->\n", re.MULTILINE)


class Played(NamedTuple):
    """One demo: its folder, what it printed, and the post after act one."""

    demo: Demo
    out: str
    error: str
    first_post: str


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """Play both acts once."""
    home = tmp_path_factory.mktemp("demo") / "demo"
    with (home.parent / "out").open("w+") as out, (home.parent / "err").open("w+") as error:
        demo = Demo(home, Environment(stdout=out, stderr=error, variables=dict(os.environ)))
        posts = []
        act_two = demo.act_two
        demo.act_two = lambda: (posts.append(demo.post.read_text()), act_two())
        code = demo.run()
        error.seek(0)
        assert code == 0, error.read()
        out.seek(0)
        error.seek(0)
        yield Played(demo, out.read(), error.read(), posts[0])


def test_the_post_is_the_golden_one_byte_for_byte(played):
    assert played.first_post == (GOLDEN / f"{SLUG}.md").read_text()


def test_act_two_adds_lines_of_the_crowd_and_changes_nothing_else(played):
    post = played.demo.post.read_text()
    assert len(CROWD_LINE.findall(post)) >= 3
    assert CROWD_LINE.sub("", post) == played.first_post


def test_it_ends_with_a_section_the_chairs_table_and_the_next_command(played):
    out, error = played.out, played.error
    assert "Maintaining a Python Project" in out
    table = out[out.index("planned") :]
    table = table[: table.index("\n", table.index("60:00"))]
    assert table.count("5:00") == 12
    assert "+0:57" in table
    assert "Try next: cd" in error
    assert error.index("The post:") < error.index("Try next")


def test_what_was_undone_is_not_there_and_what_was_retagged_has_its_new_tag(played):
    post = played.first_post
    assert "15:41" not in post
    assert "**15:33** idea" in post
    assert "**17:36** link" in post


def test_the_screens_were_photographed(played):
    pictures = sorted(path.name for path in played.demo.device.glob("*.png"))
    assert "note-saved.png" in pictures and "countdown-overtime.png" in pictures
