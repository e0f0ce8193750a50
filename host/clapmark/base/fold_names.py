"""Compare names as people type them: one folding for look-up, headings, rooms and search.

Folded text has no case, no accents and no width: `Łukasz` and `lukasz` are equal, so are `It’s` and `It's`, `ﬁ` and
`fi`, `Ａ` and `a`, `–` and `-`. Letters of other scripts stay what they are. The steps, for each character by itself:

1. Compatibility decomposition (Unicode NFKD) and case folding.
2. Accents are dropped: combining marks of Latin, Greek and Cyrillic, and the vowel points of Hebrew and Arabic.
   Marks that make another letter stay: the vowel signs of Hindi or Thai, the voicing marks of Japanese.
3. Latin letters that do not decompose become plain ones: `ł` l, `ø` o, `æ` ae, `ß` ss, `ı` i.
4. Arabic and Persian letters that are typed for each other become one (yeh, kaf, teh marbuta); digits become 0 to 9.
5. Typographic quotation marks, dashes and spaces become the ones on a keyboard; invisible characters are dropped.

Use `fold` to compare, `title_letters` where punctuation does not count either, `fold_words` for the words of a search.
"""

import unicodedata

from anyascii import anyascii

# combining marks that are dropped; other marks of category Mn make another letter
_ACCENTS = (
    (0x0300, 0x036F),  # Latin, Greek, Cyrillic
    (0x0483, 0x0487),  # Cyrillic
    (0x0591, 0x05C7),  # Hebrew points
    (0x0610, 0x061A),  # Arabic
    (0x064B, 0x065F),
    (0x0670, 0x0670),
    (0x1AB0, 0x1AFF),
    (0x1DC0, 0x1DFF),
    (0x20D0, 0x20FF),
    (0xFE00, 0xFE0F),  # variation selectors
    (0xFE20, 0xFE2F),
)
# letters that are typed for each other: Arabic and Persian, as search engines fold them
_ALIKE = {
    "\u0649": "\u064a",
    "\u06cc": "\u064a",
    "\u06a9": "\u0643",
    "\u0629": "\u0647",
    "\u0640": "",
    "\u0671": "\u0627",
}
_KEYBOARD = {
    **dict.fromkeys("’‘‚‛′`´ʼʻˈ‹›", "'"),
    **dict.fromkeys("“”„‟″«»〝〞〟「」『』", '"'),
    **dict.fromkeys("‐‑‒–—―−﹘", "-"),  # the dashes of Unicode
}
# scripts that put no space between words: each of their characters is found by itself
_UNSPACED = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Burmese
    (0x1780, 0x17FF),  # Khmer
    (0x3005, 0x3007),
    (0x3041, 0x30FF),  # Hiragana, Katakana
    (0x31F0, 0x31FF),
    (0x3400, 0x4DBF),  # Han
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0x20000, 0x3FFFF),
)


class _Characters(dict[int, str]):
    """What each character becomes, computed once: the table of `str.translate`."""

    def __missing__(self, code: int) -> str:
        self[code] = text = self.folded(chr(code))
        return text

    def folded(self, character: str) -> str:
        """Return what `character` becomes."""
        if character in _KEYBOARD:
            return _KEYBOARD[character]
        decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold())
        return "".join(_plain(piece) for piece in decomposed)


class _WordCharacters(_Characters):
    """The same, with spaces around each character of a script that puts none between its words."""

    def folded(self, character: str) -> str:
        text = _CHARACTERS[ord(character)]
        return "".join(f" {piece} " if is_unspaced(piece) else piece for piece in text)


def _plain(character: str) -> str:
    code = ord(character)
    if 0x20 <= code < 0x80:
        return character
    if character in _KEYBOARD:
        return _KEYBOARD[character]
    if character in _ALIKE:
        return _ALIKE[character]
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    category = unicodedata.category(character)
    if category in {"Zs", "Zl", "Zp", "Cc"}:
        return " "
    if category == "Cf" or _is_in(code, _ACCENTS):
        return ""
    if code < 0x250 or 0x1E00 <= code < 0x1F00:  # the blocks of Latin letters
        return anyascii(character).casefold() if category.startswith("L") else character
    return character


def _is_in(code: int, ranges: tuple[tuple[int, int], ...]) -> bool:
    return any(first <= code <= last for first, last in ranges)


_CHARACTERS = _Characters()
_WORD_CHARACTERS = _WordCharacters()


def fold(text: str) -> str:
    """Return `text` as it is compared: equal for everything that a person would call the same name.

    "" is what an absent name becomes; two absent names are not equal, which the caller must see to.
    """
    return " ".join(text.translate(_CHARACTERS).split())


def contains(text: str, part: str) -> bool:
    """Return whether the name `text` has `part` in it, as a person would type it."""
    return fold(part) in fold(text)


def title_letters(text: str) -> str:
    """Return the letters and digits of a title, folded, with the `+` and `#` of names such as C++ and C#.

    A title without any, such as `:-)`, is returned folded.
    """
    folded = fold(text)
    kept: list[str] = []
    is_name = False  # whether a + or # here belongs to a name
    for character in folded:
        if character.isalnum() or unicodedata.category(character).startswith("M"):
            is_name = True
        elif character not in "+#":
            is_name = False
        if is_name:
            kept.append(character)
    return "".join(kept) or folded.replace(" ", "")


def fold_words(text: str) -> str:
    """Return `text` folded for a full-text index: characters of scripts without spaces are words of their own."""
    return text.translate(_WORD_CHARACTERS)


def fold_words_map(text: str) -> tuple[str, list[int]]:
    """Return `fold_words(text)`, and for each of its characters the position in `text` that it came from."""
    pieces = [_WORD_CHARACTERS[ord(character)] for character in text]
    positions = [position for position, piece in enumerate(pieces) for _ in piece]
    return "".join(pieces), positions


def is_unspaced(character: str) -> bool:
    """Return whether `character` belongs to a script that puts no space between its words."""
    return _is_in(ord(character), _UNSPACED)
