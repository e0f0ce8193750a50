"""Every screen on every board looks as docs/screens.md shows it; where one does not, build/screens/ has the difference.

A screen that is meant to look otherwise: `make screens`, look at the pictures, commit them.
"""

import json

import pytest
from PIL import Image, ImageChops

from tests.screens.screenshots import BOARDS, MOMENTS, REFERENCES, ROOT, moments, reference, take

DIFFERENCES = ROOT / "build" / "screens"
PAGE = ROOT / "docs" / "screens.md"
MOST = 0.001  # of the pixels may differ
MOST_OF = {"info": 0.02}  # it shows how much of the heap is free


def share_of_difference(expected: Image.Image, found: Image.Image) -> float:
    """Return which share of the pixels differs by more than a shade."""
    changed = ImageChops.difference(expected, found).convert("L").point(lambda value: 255 if value > 8 else 0)
    return changed.histogram()[255] / (changed.width * changed.height)


def save_difference(board: str, name: str, expected: Image.Image, found: Image.Image) -> str:
    """Save what was expected, what was found, and where they differ, one above the other; return the path."""
    DIFFERENCES.mkdir(parents=True, exist_ok=True)
    sheet = Image.new("RGB", (expected.width, 3 * expected.height))
    for row, picture in enumerate((expected, found, ImageChops.difference(expected, found))):
        sheet.paste(picture, (0, row * expected.height))
    path = DIFFERENCES / f"{board}-{name}.png"
    sheet.save(path)
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("board", BOARDS)
def test_every_screen_looks_as_the_documentation_shows_it(board) -> None:
    pictures = take(board)
    assert pictures.keys() == {path.stem for path in (REFERENCES / board).glob("*.png")}
    wrong = []
    for name, found in pictures.items():
        with Image.open(reference(board, name)) as picture:
            expected = picture.convert("RGB")
        if expected.size != found.size or share_of_difference(expected, found) > MOST_OF.get(name, MOST):
            wrong.append(save_difference(board, name, expected, found))
    assert not wrong, f"other than before: {', '.join(wrong)}; `make screens` renews them"


def test_the_page_shows_every_screen_on_every_board_and_lets_a_reader_try_it() -> None:
    text = PAGE.read_text()
    for board in BOARDS:
        for path in (REFERENCES / board).glob("*.png"):
            assert f"(screens/{board}/{path.name})](http://127.0.0.1:8010/#board={board}&try={path.stem})" in text


def test_the_device_page_can_play_up_to_every_screen() -> None:
    known = json.loads(MOMENTS.read_text())
    assert known == moments(), "run `make screens`"
    assert known["screens"].keys() == {path.stem for path in (REFERENCES / "tdisplay").glob("*.png")}


def test_a_difference_is_seen_and_a_shade_is_not() -> None:
    with Image.open(reference("tdisplay", "note-saved")) as picture:
        one = picture.convert("RGB")
    with Image.open(reference("tdisplay", "note-new-tag")) as picture:
        other = picture.convert("RGB")
    assert share_of_difference(one, one.point(lambda value: min(255, value + 4))) == 0
    assert share_of_difference(one, other) > 0.5
