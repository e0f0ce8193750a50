"""Build the device's fonts: `python -m tools.fonts.fonts FOLDER` writes firmware/ui/*_font.py.

FOLDER holds three unpacked Debian packages. Any user can make it, without root:

    apt-get download xfonts-75dpi xfonts-100dpi fonts-bebas-neue
    for package in *.deb; do dpkg -x $package FOLDER; done

With the packages installed, FOLDER is `/`. The script knows the font files by their SHA-256, so that the same input
always gives the same output. It needs fonttools, which `pip install .[dev]` brings.

Two kinds of font come out. The text faces, a large and a small one, are Adobe's hand-tuned Helvetica bitmaps with all
of Latin-1; a letter that is exactly its base letter plus an accent is stored as that pair. The display face is Bebas
Neue as polygons, which the device draws at any size; for the countdown's size the build also works out which rectangles
of a digit change when the next digit takes its place.
"""

import gzip
import hashlib
import io
import unicodedata
from collections.abc import Iterable
from pathlib import Path

import click
from PIL import PcfFontFile

from tools.fonts.outlines import MOST_RECTANGLES, changed_rectangles, read_outlines

DISPLAY_HEIGHT_PX = 88
TEXT_CODES = [*range(32, 127), *range(161, 256)]
DISPLAY_FIRST = 35
DISPLAY_LAST = 90
DISPLAY_LETTERS = b"#-ABCDEFGHIJKLMNOPQRSTUVWXYZ"  # small letters look like capitals
DISPLAY_TIME = b"+0123456789:"  # drawn as high as the panel allows, the others at half of it
MISSING = 0xFFFF
TICKS = [*((digit, (digit + 1) % 10) for digit in range(10)), (0, 5)]
_MOST_TOP_PX = 15
_PAIR = 31  # in place of a height
_MOST_ACCENTS = 16
_BLOCK_GLYPHS = 16
_FINE_PX = 0.4  # how far a polygon may lie from the curve
_COARSE_PX = 1.2
_MOST_POINTS = 60

OUTPUT_FOLDER = Path(__file__).parents[2] / "firmware" / "ui"
X11_FOLDER = Path("usr/share/fonts/X11")
BEBAS_FOLDER = Path("usr/share/fonts/opentype/bebas-neue")

TEXT_FACES = {"text_font": "100dpi/helvB12-ISO8859-1.pcf.gz", "small_font": "75dpi/helvR08-ISO8859-1.pcf.gz"}
DISPLAY_FACE = "BebasNeue-Bold.otf"
SHA256 = {
    "helvB12-ISO8859-1.pcf.gz": "251e5f9742cfe8c7e047ae996224652c30375a39cff1b24a8c1b47c234dd4360",
    "helvR08-ISO8859-1.pcf.gz": "116dcf52b6def77ed4b9c2d709423c7d7d3d7ff4922508038fb1a76414fde86d",
    DISPLAY_FACE: "b5601ad8805b1502a5e6cdb2186b9a9cf49ffe2c973d137e6077ec70ca68e828",
}

HELVETICA_NOTE = '''"""Text face, packed pixels. Built by `python -m tools.fonts.fonts` from {name}; don't edit.

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

BEBAS_NOTE = '''"""Display face, polygons. Built by `python -m tools.fonts.fonts` from {name}; don't edit.

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

    `rows` holds each glyph's pixels, row after row without gaps, from bit 7 of its first byte on. `index` holds three
    bytes per glyph, for the space, the characters 33 to 126 and 161 to 255, and then the accents:

    - bits 4 to 7: width in pixels - 1; bits 0 to 3: pixels from the line's top to the glyph's
    - bits 0 to 4: height in pixels, or 31 for a letter with an accent
    - bits 6 and 7: left bearing; bits 0 to 4: advance

    A letter with an accent has instead: accent in bits 4 to 7 and its x offset + 8 below; 31; number of the letter,
    which has the same advance. `starts` holds where the pixels of every sixteenth glyph begin, as two bytes, low first.
    """

    def __init__(self, packed: bytes) -> None:
        glyphs = _read_pcf(packed)
        inked = [pixels for _, pixels in glyphs.values() if pixels]
        self.ascent_px = -min(y for pixels in inked for _, y in pixels)
        self.height_px = self.ascent_px + 1 + max(y for pixels in inked for _, y in pixels)
        self._accents: dict[Pixels, int] = {}
        numbers = {code: number for number, code in enumerate(TEXT_CODES)}
        entries = []
        for code in TEXT_CODES:
            advance, pixels = glyphs[code]
            pair = self._pair(code, glyphs)
            if pair:
                letter, accent, offset = pair
                entries.append((bytes((accent << 4 | offset + 8, _PAIR, numbers[letter])), b""))
            else:
                entries.append(self._entry(advance, pixels))
        entries += [self._entry(0, accent) for accent in self._accents]
        self.index = b"".join(entry for entry, _ in entries)
        self.rows = b""
        self.starts = b""
        for number, (_, rows) in enumerate(entries):
            if number % _BLOCK_GLYPHS == 0:
                self.starts += len(self.rows).to_bytes(2, "little")
            self.rows += rows

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
            if len(self._accents) == _MOST_ACCENTS:
                return None
            self._accents[accent] = len(self._accents)
        return ord(parts[0]), self._accents[accent], offset

    def _entry(self, advance: int, pixels: Pixels) -> tuple[bytes, bytes]:
        """Return the index entry, and the packed pixels."""
        if not pixels:
            return bytes((0, 0, advance)), b""
        left = min(x for x, _ in pixels)
        top = min(min(y for _, y in pixels) + self.ascent_px, _MOST_TOP_PX)
        width = max(x for x, _ in pixels) - left + 1
        height = max(y for _, y in pixels) + self.ascent_px - top + 1
        bits = 0
        for y in range(top - self.ascent_px, top - self.ascent_px + height):
            for x in range(left, left + width):
                bits = bits << 1 | ((x, y) in pixels)
        spare = -width * height % 8
        if width > 16 or height >= _PAIR or not 0 <= left <= 3 or advance > 31:
            raise FontError("a glyph does not fit the packed form")
        rows = (bits << spare).to_bytes((width * height + spare) // 8, "big")
        return bytes(((width - 1) << 4 | top, height, left << 6 | advance)), rows


def _read_pcf(packed: bytes) -> dict[int, tuple[int, Pixels]]:
    font = PcfFontFile.PcfFontFile(io.BytesIO(gzip.decompress(packed)))
    glyphs = {}
    for code in TEXT_CODES:
        glyph = font.glyph[code]
        if glyph is None:
            raise FontError(f"the font has no character {code}")
        (advance, _), (left, top, _, _), _, image = glyph
        pixels = frozenset(
            (left + x, top + y) for x in range(image.width) for y in range(image.height) if image.getpixel((x, y))
        )
        glyphs[code] = (advance, pixels)
    return glyphs


def text_module(name: str, packed: bytes) -> str:
    """Return the source of a text face's module."""
    face = TextFace(packed)
    return "\n".join(
        (
            HELVETICA_NOTE.format(name=name),
            "",
            f"HEIGHT_PX = {face.height_px}",
            f"INDEX = {_literal(face.index)}",
            f"STARTS = {_literal(face.starts)}",
            f"ROWS = {_literal(face.rows)}",
            "",
        )
    )


def display_module(name: str, path: Path) -> str:
    """Return the source of the display face's module.

    `OUTLINES` holds per glyph: advance, number of polygons, then per polygon its number of points, with bit 7 set for a
    hole, and the points, x and y. `INDEX` holds where each glyph begins, as two bytes, low first, for the characters
    35 to 90, and 65535 for those that the face has not. `CHANGES` holds x, y, width and height of four rectangles for
    each of the pairs in `TICKS`, in their order.
    """
    glyphs = read_outlines(path, DISPLAY_LETTERS, DISPLAY_HEIGHT_PX, _COARSE_PX)
    glyphs |= read_outlines(path, DISPLAY_TIME, DISPLAY_HEIGHT_PX, _FINE_PX)
    outlines = bytearray()
    index = bytearray()
    for code in range(DISPLAY_FIRST, DISPLAY_LAST + 1):
        index += (len(outlines) if code in glyphs else MISSING).to_bytes(2, "little")
        if code not in glyphs:
            continue
        glyph = glyphs[code]
        outlines += bytes((glyph.advance_px, len(glyph.contours)))
        for is_hole, points in glyph.contours:
            if len(points) > _MOST_POINTS:
                raise FontError(f"the device has no room for a polygon of {len(points)} points")
            outlines.append(len(points) | is_hole << 7)
            for x, y in points:
                outlines += bytes((x, y))
    changes = bytearray()
    for before, after in TICKS:
        rectangles = changed_rectangles(glyphs[before + 48], glyphs[after + 48])
        for number in range(MOST_RECTANGLES):
            changes += bytes(rectangles[min(number, len(rectangles) - 1)])
    return "\n".join(
        (
            BEBAS_NOTE.format(name=name),
            "",
            f"INDEX = {_literal(index)}",
            f"OUTLINES = {_literal(outlines)}",
            f"CHANGES = {_literal(changes)}",
            "",
        )
    )


def _literal(data: Iterable[int]) -> str:
    data = bytes(data)
    lines = []
    for start in range(0, len(data), 27):
        lines.append('b"' + "".join(f"\\x{byte:02x}" for byte in data[start : start + 27]) + '"')
    return lines[0] if len(lines) == 1 else "(\n    " + "\n    ".join(lines) + "\n)"


@click.command(help=(__doc__ or "").replace("    apt-get", "\b\n    apt-get"))
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def main(folder: Path) -> None:
    """Write the font modules."""
    for module, face in TEXT_FACES.items():
        file = folder / X11_FOLDER / face
        source = text_module(file.name, checked_bytes(file))
        (OUTPUT_FOLDER / f"{module}.py").write_text(source, encoding="ascii")
    path = folder / BEBAS_FOLDER / DISPLAY_FACE
    checked_bytes(path)
    (OUTPUT_FOLDER / "display_font.py").write_text(display_module(DISPLAY_FACE, path), encoding="ascii")


if __name__ == "__main__":
    main()
