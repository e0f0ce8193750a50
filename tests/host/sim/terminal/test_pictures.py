"""The picture of the live screen: as characters, sixels and kitty's graphics, decoded again and compared."""

import base64
import io
import re

import pytest
from PIL import Image

from clapmark.sim.terminal.blocks import block_lines, fitted
from clapmark.sim.terminal.graphics import Abilities, Graphics, abilities, is_answered, kitty, sixel

COLOURED = re.compile(r"\x1b\[38;2;(\d+);(\d+);(\d+);48;2;(\d+);(\d+);(\d+)m")


def checks(width: int, height: int) -> Image.Image:
    picture = Image.new("RGB", (width, height))
    for y in range(height):
        for x in range(width):
            picture.putpixel((x, y), (255, 255, 255) if (x // 3 + y // 2) % 2 else (8, 60 * (x % 3), 0))
    return picture


def decoded_halves(lines: list[str]) -> Image.Image:
    rows = []
    for line in lines:
        upper, lower = [], []
        front = back = (0, 0, 0)
        for part in re.findall(r"\x1b\[[0-9;]*m|▀", line):
            if part == "▀":
                upper.append(front)
                lower.append(back)
            elif match := COLOURED.fullmatch(part):
                numbers = [int(group) for group in match.groups()]
                front, back = tuple(numbers[:3]), tuple(numbers[3:])
        rows += [upper, lower]
    picture = Image.new("RGB", (len(rows[0]), len(rows)))
    picture.putdata([pixel for row in rows for pixel in row])
    return picture


def decoded_sixels(text: str) -> Image.Image:
    match = re.fullmatch(r'\x1bP0;1q"1;1;(\d+);(\d+)(.*)\x1b\\', text)
    assert match
    picture = Image.new("RGB", (int(match[1]), int(match[2])))
    palette = {}
    colour = x = top = 0
    for token in re.finditer(r"#(\d+)(?:;2;(\d+);(\d+);(\d+))?|!(\d+)([?-~])|([$-])", match[3]):
        if token[7]:
            top += 6 if token[7] == "-" else 0
            x = 0
        elif token[2]:
            palette[int(token[1])] = tuple(round(int(token[part]) * 2.55) for part in (2, 3, 4))
        elif token[1]:
            colour = int(token[1])
        else:
            for column in range(x, x + int(token[5])):
                for bit in range(6):
                    if ord(token[6]) - 63 >> bit & 1:
                        picture.putpixel((column, top + bit), palette[colour])
            x += int(token[5])
    return picture


def test_a_window_that_is_large_enough_shows_every_pixel():
    picture = checks(24, 14)
    assert decoded_halves(block_lines(picture, 24, 7)).tobytes() == picture.tobytes()


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (100, 30), (30, 10), (239, 67), (200, 3), (500, 200)])
def test_the_picture_never_exceeds_the_window(columns, rows):
    lines = block_lines(checks(240, 135), columns, rows)
    assert len(lines) <= rows
    assert all(len(re.sub(r"\x1b\[[0-9;]*m", "", line)) <= columns for line in lines)


def test_the_picture_keeps_its_proportions_when_it_is_reduced():
    across, down, is_quarters = fitted((240, 135), 80, 21)
    assert is_quarters and abs(across / (2 * down) - 240 / 135) < 0.1


@pytest.mark.parametrize("zoom", [1, 2, 3])
def test_sixels_draw_the_picture(zoom):
    picture = checks(20, 13)
    shown = decoded_sixels(sixel(picture, 20 * zoom + 1, 13 * zoom + 1))
    assert shown.size == (20 * zoom, 13 * zoom)
    for x in range(20):
        for y in range(13):
            pairs = zip(shown.getpixel((x * zoom, y * zoom)), picture.getpixel((x, y)), strict=True)
            assert all(abs(a - b) <= 3 for a, b in pairs), (x, y)


def test_sixels_fit_a_window_that_is_smaller_than_the_picture():
    shown = decoded_sixels(sixel(checks(240, 135), 100, 90))
    assert shown.width <= 100 and shown.height <= 90


def test_kitty_gets_the_picture_in_pieces_of_4096():
    picture = Image.effect_noise((200, 100), 90).convert("RGB")
    pieces = re.findall(r"\x1b_G([^;]*);([^\x1b]*)\x1b\\", kitty(picture, 80, 20))
    assert len(pieces) > 1 and all(len(data) <= 4096 for _, data in pieces)
    assert [keys[-3:] for keys, _ in pieces] == ["m=1"[-3:]] * (len(pieces) - 1) + ["m=0"]
    assert "c=80,r=20" in pieces[0][0] and "C=1" in pieces[0][0]
    file = io.BytesIO(base64.b64decode("".join(data for _, data in pieces)))
    assert Image.open(file).convert("RGB").tobytes() == picture.tobytes()


@pytest.mark.parametrize(
    ("answer", "graphics", "cell"),
    [
        ("\x1b_Gi=7;OK\x1b\\\x1b[6;20;10t\x1b[?62;c", Graphics.KITTY, (10, 20)),
        ("\x1b[?62;4;6;22c", Graphics.SIXEL, (8, 16)),
        ("\x1b[6;18;9t\x1b[?64;1;4;c", Graphics.SIXEL, (9, 18)),
        ("\x1b[?1;2c", Graphics.BLOCKS, (8, 16)),
        ("\x1b[?4;1c", Graphics.BLOCKS, (8, 16)),  # the first number is the terminal's class
        ("\x1b[?64;14;44c", Graphics.BLOCKS, (8, 16)),
        ("\x1b_Gi=7;ENOTSUPPORTED\x1b\\\x1b[?62c", Graphics.BLOCKS, (8, 16)),
        ("\x1b[6;0;0t\x1b[?62;4c", Graphics.SIXEL, (8, 16)),
        ("\x1b[6;9999999999;1t\x1b[?62c", Graphics.BLOCKS, (8, 16)),
        ("", Graphics.BLOCKS, (8, 16)),
        ("garbage\x1b[?", Graphics.BLOCKS, (8, 16)),
    ],
)
def test_the_terminal_says_what_it_can_draw(answer, graphics, cell):
    assert abilities(answer) == Abilities(graphics, cell)
    assert is_answered(answer) == answer.endswith("c")
