"""A picture as text: two pixels in a character (half blocks), or four where the window is too narrow for that."""

from collections.abc import Iterable

from PIL import Image

_RESET = "\x1b[0m"
# by which of its four quarters a character fills: upper left 1, upper right 2, lower left 4, lower right 8
_QUARTERS = " ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█"
_Colour = tuple[int, int, int]


def fitted(size: tuple[int, int], columns: int, rows: int) -> tuple[int, int, bool]:
    """Return the columns and rows that a picture of `size` pixels takes, and whether characters hold four pixels.

    Half blocks where the picture fits in its own size or larger; else it is reduced, in proportion, to quarters.
    """
    width, height = size
    scale = min(columns / width, 2 * rows / height)
    if scale >= 1:
        scale = float(int(scale))
    return max(1, int(width * scale)), max(1, int(height * scale) + 1 >> 1), scale < 1


def block_lines(picture: Image.Image, columns: int, rows: int) -> list[str]:
    """Return the picture as lines of coloured characters, at most `columns` times `rows` of them."""
    across, down, is_quarters = fitted(picture.size, columns, rows)
    width, height = (2 * across if is_quarters else across), 2 * down
    kind = Image.Resampling.BOX if is_quarters else Image.Resampling.NEAREST
    small = picture.convert("RGB").resize((width, height), kind)
    data = small.tobytes()
    pixels = [(data[at], data[at + 1], data[at + 2]) for at in range(0, len(data), 3)]
    lines = [pixels[row * width : (row + 1) * width] for row in range(height)]
    return [
        _quarter_line(upper, lower) if is_quarters else _half_line(upper, lower)
        for upper, lower in zip(lines[::2], lines[1::2], strict=True)
    ]


def _half_line(upper: list[_Colour], lower: list[_Colour]) -> str:
    return _coloured(("▀", top, bottom) for top, bottom in zip(upper, lower, strict=True))


def _quarter_line(upper: list[_Colour], lower: list[_Colour]) -> str:
    cells = ((*upper[at : at + 2], *lower[at : at + 2]) for at in range(0, len(upper), 2))
    return _coloured(_quarters(cell) for cell in cells)


def _quarters(cell: tuple[_Colour, ...]) -> tuple[str, _Colour, _Colour]:
    """Return the character and the two colours that come closest to four pixels."""
    dark, light = min(cell, key=sum), max(cell, key=sum)
    limit = (sum(dark) + sum(light)) / 2
    if sum(light) == sum(dark):
        return " ", dark, dark
    mask = sum(1 << at for at, colour in enumerate(cell) if sum(colour) > limit)
    return _QUARTERS[mask], _mean([c for c in cell if sum(c) > limit]), _mean([c for c in cell if sum(c) <= limit])


def _mean(colours: list[_Colour]) -> _Colour:
    red, green, blue = (sum(channel) // len(colours) for channel in zip(*colours, strict=True))
    return red, green, blue


def _coloured(cells: Iterable[tuple[str, _Colour, _Colour]]) -> str:
    """Return the characters with their colours, which are only set where they change."""
    parts: list[str] = []
    before: tuple[_Colour, _Colour] | None = None
    for letter, front, back in cells:
        if (front, back) != before:
            parts.append("\x1b[38;2;{};{};{};48;2;{};{};{}m".format(*front, *back))
            before = front, back
        parts.append(letter)
    return "".join(parts) + _RESET
