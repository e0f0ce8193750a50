"""A run with nothing new looks at contents only, and notices every change of them."""

import io
import os

import pytest

from clapmark import cli
from clapmark.base.environment import Environment
from clapmark.bookmarks.assignments import add_assignments
from clapmark.conference import Conference
from clapmark.notes import up_to_date
from tests.support.archive.notes_archive import SLUG, afternoon, edit, later, make_archive, minutes, put, read


@pytest.fixture
def archive(tmp_path):
    made = make_archive(tmp_path)
    assert run(made)[0] == 0
    return made


def is_settled(archive) -> bool:
    """Whether a run would find nothing to work out."""
    kept = up_to_date._read(archive)
    return up_to_date._settled(Conference(archive, SLUG), kept.get(SLUG)) is not None


def run(archive, *words: str) -> tuple[int, str]:
    environment = Environment(stdout=io.StringIO(), stderr=io.StringIO(), variables={})
    return cli.run(["notes", *words, "--archive", str(archive.folder)], environment), environment.stderr.getvalue()


def test_a_second_run_works_nothing_out_and_says_the_same(archive, monkeypatch):
    told = run(archive)[1]
    (archive.folder / ".clapmark" / "settled.json").unlink()
    assert run(archive)[1] == told
    monkeypatch.setattr(up_to_date, "plan_conference", lambda *_: pytest.fail("calculated again"))
    for _ in range(2):  # what was found is kept, however often nothing is new
        assert run(archive) == (0, told) and "1 bookmark has no talk" in told and "nothing was changed" in told


def test_a_change_that_keeps_size_and_time_is_noticed(archive):
    path = archive.post_path(SLUG)
    stamp = path.stat().st_mtime_ns
    text = read(archive)
    line = next(line for line in text.splitlines(keepends=True) if "**13:05**" in line)
    # the person's own blank in place of the bullet, as long as it was
    path.write_bytes(text.replace(line, "x" * (len(line) - 1) + "\n").encode())
    os.utime(path, ns=(stamp, stamp))
    assert not is_settled(archive)
    put(archive, afternoon())
    assert run(archive)[0] == 0 and "13:05" not in read(archive)
    os.utime(path, ns=(stamp + 1_000_000_000, stamp + 1_000_000_000))
    assert is_settled(archive)


@pytest.mark.parametrize(
    "what", ["post", "journal", "settings", "schedule", "assigned", "written", "post gone", "damaged"]
)
def test_every_input_counts(archive, what):
    assert is_settled(archive)
    if what == "post":
        edit(archive, "**takeaway:**", "**takeaway:** x")
    elif what == "journal":
        later(archive)
    elif what == "assigned":
        add_assignments(archive, {"a" * 10: (SLUG, "bees")}, 1)
    elif what == "post gone":
        archive.post_path(SLUG).unlink()
    elif what == "damaged":
        (archive.folder / ".clapmark" / "settled.json").write_text('{"key": 1, "posts": "x"')
    else:
        names = {"settings": archive.folder / "clapmark.toml", "schedule": archive.schedule_path(SLUG)}
        with names.get(what, archive.written_path(SLUG)).open("a") as file:
            file.write("\n")
    assert not is_settled(archive)


def test_what_is_left_for_the_person_is_reported_every_time(archive):
    edit(archive, "<!-- clapmark end dicts -->", "")
    later(archive, lambda log: log.add(minutes(6), "bookmark", tag="new", talk="dicts"))
    for _ in range(2):
        code, told = run(archive)
        assert code == 5 and "was left as it is" in told
