"""A picture for terminals that can draw: as sixels (DEC VT340), or with kitty's graphics protocol."""

import base64
import io
from dataclasses import dataclass
from enum import Enum

from PIL import Image

_COLOURS = 64
_BAND = 6  # rows of a sixel
_KITTY_ID = 7
_KITTY_PIECE = 4096
_DEFAULT_CELL = (8, 16)

QUERY = "\x1b_Gi=7,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\\x1b[16t\x1b[c"
KITTY_REMOVE = f"\x1b_Ga=d,d=I,i={_KITTY_ID},q=2\x1b\\"


class Graphics(Enum):
    """How a terminal draws pictures."""

    BLOCKS = "blocks"
    SIXEL = "sixel"
    KITTY = "kitty"


@dataclass(frozen=True)
class Abilities:
    """What a terminal says it can do; `cell` is the size of a character in pixels."""

    graphics: Graphics = Graphics.BLOCKS
    cell: tuple[int, int] = _DEFAULT_CELL


def is_answered(answer: str) -> bool:
    """Whether the last answer to `QUERY` is there: every terminal gives that one (DA1, `ESC [ ? ... c`)."""
    start = answer.rfind("\x1b[?")
    return start >= 0 and "c" in answer[start:]


def abilities(answer: str) -> Abilities:
    """Return what the answers to `QUERY` say.

    Kitty's protocol is there if its query was answered with OK, sixels if DA1 lists the extension 4.
    """
    cell = _cell(answer)
    if f"\x1b_Gi={_KITTY_ID};OK" in answer:
        return Abilities(Graphics.KITTY, cell)
    start = answer.rfind("\x1b[?")
    extensions = answer[start + 3 :].partition("c")[0].split(";") if start >= 0 else []
    return Abilities(Graphics.SIXEL if "4" in extensions[1:] else Graphics.BLOCKS, cell)


def _cell(answer: str) -> tuple[int, int]:
    _, found, rest = answer.partition("\x1b[6;")
    numbers = rest.partition("t")[0].split(";") if found else []
    if len(numbers) == 2 and all(number.isdecimal() for number in numbers):
        height, width = (int(number) for number in numbers)
        if 2 <= width <= 100 and 4 <= height <= 200:
            return width, height
    return _DEFAULT_CELL


def kitty(picture: Image.Image, columns: int, rows: int) -> str:
    """Return the sequence that draws the picture over so many characters, at the cursor, in place of the one before."""
    file = io.BytesIO()
    picture.convert("RGB").save(file, "PNG")
    data = base64.b64encode(file.getvalue()).decode("ascii")
    pieces = [data[at : at + _KITTY_PIECE] for at in range(0, len(data), _KITTY_PIECE)]
    head = f"a=T,f=100,i={_KITTY_ID},p=1,c={columns},r={rows},C=1,q=2,"
    return "".join(
        f"\x1b_G{'' if number else head}m={int(number < len(pieces) - 1)};{piece}\x1b\\"
        for number, piece in enumerate(pieces)
    )


def sixel(picture: Image.Image, width: int, height: int) -> str:
    """Return the sequence that draws the picture at the cursor, as large as fits into `width` x `height` pixels."""
    scale = min(width / picture.width, height / picture.height)
    if scale < 1:
        size = (max(1, int(picture.width * scale)), max(1, int(picture.height * scale)))
        picture, scale = picture.convert("RGB").resize(size, Image.Resampling.BOX), 1.0
    zoom = int(scale)
    palette_picture = picture.convert("RGB").quantize(_COLOURS)
    across, down = palette_picture.size
    data = palette_picture.tobytes()
    rows = [data[row * across : (row + 1) * across] for row in range(down) for _ in range(zoom)]
    parts = [f'\x1bP0;1q"1;1;{across * zoom};{len(rows)}']
    palette = palette_picture.getpalette() or []
    for number in sorted(set(data)):
        red, green, blue = (channel * 100 // 255 for channel in palette[3 * number : 3 * number + 3])
        parts.append(f"#{number};2;{red};{green};{blue}")
    bands = [_band(rows[top : top + _BAND], zoom) for top in range(0, len(rows), _BAND)]
    return "".join(parts) + "-".join(bands) + "\x1b\\"


def _band(rows: list[bytes], zoom: int) -> str:
    """Return six rows: one pass over the line for each colour in them, each column a character."""
    passes = []
    for colour in sorted(set(b"".join(rows))):
        matches = ([value == colour for value in column] for column in zip(*rows, strict=True))
        columns = [sum(1 << bit for bit, is_set in enumerate(column) if is_set) for column in matches]
        passes.append(f"#{colour}" + _run_lengths(columns, zoom))
    return "$".join(passes)


def _run_lengths(columns: list[int], zoom: int) -> str:
    parts = []
    start = 0
    for at in range(1, len(columns) + 1):
        if at == len(columns) or columns[at] != columns[start]:
            parts.append(f"!{(at - start) * zoom}{chr(63 + columns[start])}")
            start = at
    return "".join(parts)
