"""Build the device's fonts: `python -m clapmark.build_fonts FOLDER` writes firmware/ui/*_font.py.

FOLDER holds two unpacked Debian packages. Any user can make it, without root:

    apt-get download xfonts-100dpi fonts-bebas-neue
    for package in *.deb; do dpkg -x $package FOLDER; done

With both packages installed, FOLDER is `/`. The script knows the font files by their SHA-256, so that the same input
always gives the same output. It needs fonttools, which `pip install .[dev]` brings.

Two kinds of font come out. The text faces are Adobe's hand-tuned Helvetica bitmaps with all of Latin-1; a letter that
is exactly its base letter plus an accent is stored as that pair. The display face is Bebas Neue as polygons, which the
device draws at any size; for the countdown's size the build also works out which rectangles of a digit change when
the next digit takes its place.
"""

import gzip
import hashlib
import io
import unicodedata
from collections.abc import Iterable
from pathlib import Path

import click
from PIL import PcfFontFile

from clapmark.build_outlines import changed_rectangles, read_outlines

DISPLAY_HEIGHT_PX = 88
DISPLAY_TOP_PX = 20  # room above the capitals, so that no y is negative
TEXT_CODES = [*range(33, 127), *range(161, 256)]
DISPLAY_FIRST = 33
DISPLAY_LAST = 95
DISPLAY_CODES = sorted(b"!#+,-./0123456789:?ABCDEFGHIJKLMNOPQRSTUVWXYZ_")  # small letters look like capitals
MISSING = 0xFFFF
TICKS = [*((digit, (digit + 1) % 10) for digit in range(10)), (0, 5)]

OUTPUT_FOLDER = Path(__file__).parents[2] / "firmware" / "ui"
HELVETICA_FOLDER = Path("usr/share/fonts/X11/100dpi")
BEBAS_FOLDER = Path("usr/share/fonts/opentype/bebas-neue")

TEXT_FACES = {"text_font.py": "helvB12-ISO8859-1.pcf.gz", "title_font.py": "helvB14-ISO8859-1.pcf.gz"}
DISPLAY_FACE = "BebasNeue-Bold.otf"
SHA256 = {
    "helvB12-ISO8859-1.pcf.gz": "251e5f9742cfe8c7e047ae996224652c30375a39cff1b24a8c1b47c234dd4360",
    "helvB14-ISO8859-1.pcf.gz": "2eda9fde34a4cae5def9c66d6ca2acdf17571278f8d88b9f2d390bf8535d84aa",
    DISPLAY_FACE: "b5601ad8805b1502a5e6cdb2186b9a9cf49ffe2c973d137e6077ec70ca68e828",
}

HELVETICA_NOTE = '''"""{what}, rows of pixels. Built by `python -m clapmark.build_fonts` from {name}; don't edit.

Copyright 1984-1989, 1994 Adobe Systems Incorporated.
Copyright 1988, 1994 Digital Equipment Corporation.

Adobe is a trademark of Adobe Systems Incorporated which may be registered in certain jurisdictions. Permission to use
these trademarks is hereby granted only in association with the images described in this file.

Permission to use, copy, modify, distribute and sell this software and its documentation for any purpose and without
fee is hereby granted, provided that the above copyright notices appear in all copies and that both those copyright
notices and this permission notice appear in supporting documentation, and that the names of Adobe Systems and
Digital Equipment Corporation not be used in advertising or publicity pertaining to distribution of the software
without specific, written prior permission. Adobe Systems and Digital Equipment Corporation make no representations
about the suitability of this software for any purpose. It is provided "as is" without express or implied warranty.
"""'''

BEBAS_NOTE = '''"""Display face, polygons. Built by `python -m clapmark.build_fonts` from {name}; don't edit.

Outlines of Bebas Neue Bold, Copyright (c) 2010 by Ryoichi Tsunekawa, flattened to polygons. This Font Software is
licensed under the SIL Open Font License, Version 1.1, which is available with a FAQ at https://openfontlicense.org
"""'''

Pixels = frozenset[tuple[int, int]]


class FontError(click.ClickException):
    """A font file that is missing or not the one that this script was written for."""


def checked_bytes(path: Path) -> bytes:
    """Return the content of a font file. Raises FontError if it is missing or another version."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise FontError(f"{path} cannot be read ({error.strerror}). --help says how to get it.") from error
    found = hashlib.sha256(content).hexdigest()
    if found != SHA256[path.name]:
        raise FontError(f"{path} is not the version that the fonts were built from: its SHA-256 is {found}.")
    return content


class TextFace:
    """A bitmap face, packed for the device.

    `rows` holds the pixels, one or two bytes per row, the leftmost pixel in bit 7. `index` holds five bytes per glyph,
    for the characters 33 to 126 and 161 to 255 and then the accents:

    - low byte of the first row's position in `rows`
    - high byte's four bits of that position; above them the left bearing + 4
    - height in pixels, or 255 for a letter with an accent
    - pixels from the line's top to the glyph's
    - advance; bit 7 is set where rows have two bytes

    A letter with an accent has instead: number of the letter, number of the accent, 255, x offset of the accent + 8.
    """

    def __init__(self, packed: bytes) -> None:
        glyphs = _read_pcf(packed)
        inked = [pixels for _, pixels in glyphs.values() if pixels]
        self.ascent_px = -min(y for pixels in inked for _, y in pixels)
        self.height_px = self.ascent_px + 1 + max(y for pixels in inked for _, y in pixels)
        self.space_px = glyphs[32][0]
        self.rows = bytearray()
        self._accents: dict[Pixels, int] = {}
        self._accent_entries = bytearray()
        numbers = {code: number for number, code in enumerate(TEXT_CODES)}
        index = bytearray()
        for code in TEXT_CODES:
            advance, pixels = glyphs[code]
            pair = self._pair(code, glyphs)
            if pair:
                letter, accent, offset = pair
                index += bytes((numbers[letter], accent, 255, offset + 8, advance))
            else:
                index += self._entry(advance, pixels)
        self.index = bytes(index + self._accent_entries)

    def _pair(self, code: int, glyphs: dict[int, tuple[int, Pixels]]) -> tuple[int, int, int] | None:
        parts = unicodedata.normalize("NFD", chr(code))
        if len(parts) != 2:
            return None
        advance, pixels = glyphs[code]
        letter_advance, letter = glyphs[ord(parts[0])]
        if not letter < pixels or advance != letter_advance:
            return None
        rest = pixels - letter
        offset = min(x for x, _ in rest)
        accent = frozenset((x - offset, y) for x, y in rest)
        if accent not in self._accents:
            self._accents[accent] = len(TEXT_CODES) + len(self._accents)
            self._accent_entries += self._entry(0, accent)
        return ord(parts[0]), self._accents[accent], offset

    def _entry(self, advance: int, pixels: Pixels) -> bytes:
        left = min(x for x, _ in pixels)
        top = min(y for _, y in pixels)
        width = max(x for x, _ in pixels) - left + 1
        height = max(y for _, y in pixels) - top + 1
        is_wide = width > 8
        position = len(self.rows)
        for y in range(top, top + height):
            bits = sum(0x8000 >> x for x in range(width) if (left + x, y) in pixels)
            self.rows += bits.to_bytes(2, "big")[: 2 if is_wide else 1]
        if width > 16 or position > 0xFFF or not -4 <= left <= 11:
            raise FontError("a glyph does not fit the packed form")
        return bytes(
            (position & 255, position >> 8 | (left + 4) << 4, height, top + self.ascent_px, advance | is_wide << 7)
        )


def _read_pcf(packed: bytes) -> dict[int, tuple[int, Pixels]]:
    font = PcfFontFile.PcfFontFile(io.BytesIO(gzip.decompress(packed)))
    glyphs = {}
    for code in (32, *TEXT_CODES):
        glyph = font.glyph[code]
        if glyph is None:
            raise FontError(f"the font has no character {code}")
        (advance, _), (left, top, _, _), _, image = glyph
        pixels = frozenset(
            (left + x, top + y) for x in range(image.width) for y in range(image.height) if image.getpixel((x, y))
        )
        glyphs[code] = (advance, pixels)
    return glyphs


def text_module(name: str, packed: bytes, what: str) -> str:
    """Return the source of a text face's module."""
    face = TextFace(packed)
    return "\n".join(
        (
            HELVETICA_NOTE.format(name=name, what=what),
            "",
            f"HEIGHT_PX = {face.height_px}",
            f"ASCENT_PX = {face.ascent_px}",
            f"SPACE_PX = {face.space_px}",
            f"INDEX = ({_literal(face.index)}\n)",
            f"ROWS = ({_literal(face.rows)}\n)",
            "",
        )
    )


def display_module(name: str, path: Path) -> str:
    """Return the source of the display face's module.

    `OUTLINES` holds per glyph: advance, number of polygons, then per polygon its number of points, with bit 7 set for a
    hole, and the points, x and y. `INDEX` holds where each glyph begins, as two bytes, low first, for the characters
    33 to 95, and 65535 for those that the face has not. `CHANGES` holds per pair of digits: both digits, number of
    rectangles, then x, y, width and height of each.
    """
    base = DISPLAY_TOP_PX + DISPLAY_HEIGHT_PX
    glyphs = read_outlines(path, DISPLAY_CODES, DISPLAY_HEIGHT_PX, base)
    outlines = bytearray()
    index = bytearray()
    most_points: dict[int, int] = {}
    for code in range(DISPLAY_FIRST, DISPLAY_LAST + 1):
        index += (len(outlines) if code in glyphs else MISSING).to_bytes(2, "little")
        if code not in glyphs:
            continue
        glyph = glyphs[code]
        outlines += bytes((glyph.advance_px, len(glyph.contours)))
        for is_hole, points in glyph.contours:
            most_points[len(points)] = code
            outlines.append(len(points) | is_hole << 7)
            for x, y in points:
                outlines += bytes((x, y))
    changes = bytearray()
    for before, after in TICKS:
        rectangles = changed_rectangles(glyphs[before + 48], glyphs[after + 48])
        changes += bytes((before, after, len(rectangles)))
        for x, y, width, height in rectangles:
            changes += bytes((x, y, width, height))
    return "\n".join(
        (
            BEBAS_NOTE.format(name=name),
            "",
            f"HEIGHT_PX = {DISPLAY_HEIGHT_PX}",
            f"TOP_PX = {DISPLAY_TOP_PX}",
            f"MOST_POINTS = {max(most_points)}",
            f"INDEX = ({_literal(index)}\n)",
            f"OUTLINES = ({_literal(outlines)}\n)",
            f"CHANGES = ({_literal(changes)}\n)",
            "",
        )
    )


def _literal(data: Iterable[int]) -> str:
    data = bytes(data)
    lines = []
    for start in range(0, len(data), 27):
        lines.append('\n    b"' + "".join(f"\\x{byte:02x}" for byte in data[start : start + 27]) + '"')
    return "".join(lines)


@click.command(help=(__doc__ or "").replace("    apt-get", "\b\n    apt-get"))
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def main(folder: Path) -> None:
    """Write the font modules."""
    for (module, name), what in zip(TEXT_FACES.items(), ("Text face", "Title face"), strict=True):
        source = text_module(name, checked_bytes(folder / HELVETICA_FOLDER / name), what)
        (OUTPUT_FOLDER / module).write_text(source, encoding="ascii")
    path = folder / BEBAS_FOLDER / DISPLAY_FACE
    checked_bytes(path)
    (OUTPUT_FOLDER / "display_font.py").write_text(display_module(DISPLAY_FACE, path), encoding="ascii")


if __name__ == "__main__":
    main()
