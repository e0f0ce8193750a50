"""Decode text files that others wrote: UTF-8, UTF-16, and single bytes of Windows-1252 among them."""

import codecs
from dataclasses import dataclass

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE_BYTES = 4_000
_HANDLER = "clapmark-windows-1252"


@dataclass(frozen=True)
class Decoded:
    """A text without byte order mark, and a sentence where its encoding had to be guessed ("" otherwise)."""

    text: str
    note: str = ""


def decode_text(data: bytes) -> Decoded:
    """Return the text in `data`. It never fails: binary data becomes nonsense.

    A byte order mark decides. Without one, many zero bytes mean UTF-16 (Windows), and everything else is UTF-8;
    bytes that cannot be UTF-8 are read as Windows-1252 and noted.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _decoded(data[len(mark) :], encoding)
    sample = data[:_SAMPLE_BYTES]
    odd, even = sample[1::2].count(0), sample[::2].count(0)
    if len(sample) >= 4 and max(odd, even) * 5 > len(sample) and min(odd, even) * 10 <= max(odd, even):
        return _decoded(data, "utf-16-le" if odd > even else "utf-16-be")
    return _decoded(data, "utf-8")


def _decoded(data: bytes, encoding: str) -> Decoded:
    try:
        return Decoded(data.decode(encoding))
    except UnicodeDecodeError as error:
        first = error.start
    if encoding != "utf-8":
        return Decoded(data.decode(encoding, "replace"), "Some characters are damaged; they are shown as \ufffd.")
    line = data.count(b"\n", 0, first) + 1
    note = (
        f"From line {line} on, bytes are not UTF-8; they were read as Windows-1252. If letters look wrong, save the "
        "file as UTF-8 and load it again."
    )
    return Decoded(data.decode("utf-8", _HANDLER), note)


def _as_windows_1252(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error(_HANDLER, _as_windows_1252)
