"""The page's device and the virtual device are one: whatever is played on both, they leave the same bytes.

The models of panel, flash, edges and line exist twice, in Python and in JavaScript; these tests keep them together.
"""

import pytest

from tests.support.web import both
from tests.support.web.scripts import LONG, SHORT, Job

pytestmark = pytest.mark.skipif(bool(both.why_not()), reason=both.why_not() or "it can run here")


def compare(job: Job, folder) -> None:
    unix = both.on_unix(job, folder)
    wasm = both.in_wasm(job)
    assert wasm.screenshots == unix.screenshots
    assert wasm.events == unix.events
    assert wasm.serial == unix.serial
    assert wasm.flash == unix.flash
    assert unix.flash.strip(b"\xff")


@pytest.mark.parametrize("name", SHORT)
def test_a_script_leaves_the_same_pictures_journal_and_frames_on_both(name, tmp_path):
    compare(SHORT[name], tmp_path / "device")


@pytest.mark.long
@pytest.mark.parametrize("name", LONG)
def test_a_long_script_leaves_the_same_pictures_journal_and_frames_on_both(name, tmp_path):
    compare(LONG[name], tmp_path / "device")


def test_every_script_file_of_the_repository_is_played():
    played = {both.ROOT / "host/clapmark/sim/demo/afternoon.script"}
    assert {path for tree in ("host", "docs", "tests") for path in (both.ROOT / tree).rglob("*.script")} == played
