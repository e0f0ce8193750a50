"""Text for the device's screen: Latin-1, printable, never empty, cut where a word ends."""

import unicodedata

from anyascii import anyascii

_CUT_MARK = b"..."
_DROPPED_CATEGORIES = ("C", "So", "Sk", "Mn", "Me", "Z")  # not letters: emoji, joiners, single accents


def fold(text: str, fallback: str = "") -> bytes:
    """Return `text` as printable Latin-1: letters of other scripts in Latin letters, emoji left out.

    What has nothing but emoji is spelled out in words (`:rocket:`). What still is empty becomes `fallback`, or `?`.
    """
    composed = unicodedata.normalize("NFC", text)
    folded = _single_spaces("".join(_folded(character) for character in composed))
    if not folded:
        folded = _single_spaces(anyascii(composed))
    return folded.encode("latin-1") or (fold(fallback) if fallback else b"?")


def cut(text: bytes, width: int) -> bytes:
    """Return `text` (Latin-1) in at most `width` bytes: whole, or cut behind a word and marked with `...`."""
    if len(text) <= width:
        return text
    if width <= len(_CUT_MARK):
        return text[:width]
    room = width - len(_CUT_MARK)
    head = text[:room]
    if text[room : room + 1] != b" " and b" " in head[room // 2 :]:
        head = head[: head.rindex(b" ")]
    return head.rstrip(b" ,;:-") + _CUT_MARK if head.strip(b" ,;:-") else head + _CUT_MARK


def _folded(character: str) -> str:
    if character.isspace():
        return " "
    code = ord(character)
    if 0x20 <= code <= 0x7E or (0xA1 <= code <= 0xFF and code != 0xAD):
        return character
    category = unicodedata.category(character)
    if category.startswith(_DROPPED_CATEGORIES):
        return ""
    return "".join(piece for piece in anyascii(character) if 0x20 <= ord(piece) <= 0x7E)


def _single_spaces(text: str) -> str:
    return " ".join("".join(piece for piece in text if piece.isprintable()).split())
