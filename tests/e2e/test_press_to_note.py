"""From a press to a note: what `make demo` shows, held against the post that it is meant to give."""

import os
from pathlib import Path

import pytest

from clapmark.base.environment import Environment
from clapmark.sim.demo.demo import SLUG, Demo

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture(scope="module")
def demos(tmp_path_factory):
    """Return two runs of the demo: their home folders and what they printed."""
    runs = []
    for name in ("first", "second"):
        home = tmp_path_factory.mktemp(name) / "demo"
        out = (home.parent / "out").open("w+")
        error = (home.parent / "err").open("w+")
        environment = Environment(stdout=out, stderr=error, variables=dict(os.environ))
        code = Demo(home, environment).run()
        error.seek(0)
        assert code == 0, error.read()
        out.seek(0)
        error.seek(0)
        runs.append((home, out.read(), error.read()))
    return runs


def post_of(home: Path) -> bytes:
    return (home / "archive" / "content" / "posts" / f"{SLUG}.md").read_bytes()


def test_the_post_is_the_golden_one(demos):
    assert post_of(demos[0][0]).decode() == (GOLDEN / f"{SLUG}.md").read_text()


def test_a_second_run_gives_the_same_post_byte_for_byte(demos):
    assert post_of(demos[0][0]) == post_of(demos[1][0])


def test_it_ends_with_a_section_the_chairs_table_and_the_next_command(demos):
    _, out, error = demos[0]
    assert "Maintaining a Python Project" in out
    table = out[out.index("planned") :]
    assert table.count("5:00") == 12
    assert "+0:57" in table
    assert "60:00" in table
    assert "Try next: cd" in error
    assert error.index("The post:") < error.index("Try next")


def test_what_was_undone_is_not_there_and_what_was_retagged_has_its_new_tag(demos):
    post = post_of(demos[0][0]).decode()
    assert "15:41" not in post
    assert "**15:33** idea" in post
    assert "**17:36** link" in post


def test_the_screens_were_photographed(demos):
    pictures = sorted(path.name for path in (demos[0][0] / "device").glob("*.png"))
    assert "note-saved.png" in pictures and "countdown-overtime.png" in pictures
