"""What the pages need to work offline and to be installed: the service worker's list of files, and the icons."""

import hashlib
import io
import json

from PIL import Image, ImageDraw

_GREEN, _LIGHT, _INK = "#14532d", "#4ae37c", "#000000"
_ICON_UNITS = 32  # as icon.svg, which this draws again
_NOT_KEPT = ("sw.js", "docs/")  # the documentation is read online


def add_offline(files: dict[str, bytes]) -> None:
    """Add the icons to the site's files, and write the list of files into its service worker.

    The list's version changes whenever a file does: then browsers fetch all of them again.
    """
    for size in (192, 512):
        files[f"icon-{size}.png"] = _icon(size)
    kept = sorted(name for name in files if not name.startswith(_NOT_KEPT))
    digest = hashlib.sha256(b"".join(name.encode() + b"\0" + files[name] for name in kept)).hexdigest()[:16]
    worker = files["sw.js"].decode("utf-8")
    for before, after in (
        ('VERSION = "unbuilt"', f'VERSION = "{digest}"'),
        ("FILES = []", f"FILES = {json.dumps(kept)}"),
    ):
        if worker.count(before) != 1:
            raise ValueError(f"sw.js should have {before} once")
        worker = worker.replace(before, after)
    files["sw.js"] = worker.encode("utf-8")


def _icon(size: int) -> bytes:
    picture = Image.new("RGB", (size, size), _GREEN)  # square: systems cut it to their own shape
    draw = ImageDraw.Draw(picture)
    unit = size / _ICON_UNITS
    draw.rounded_rectangle([4 * unit, 8 * unit, 28 * unit, 24 * unit], 2 * unit, fill=_LIGHT)
    draw.line([(8 * unit, 16 * unit), (12 * unit, 20 * unit), (20 * unit, 12 * unit)], _INK, round(3 * unit), "curve")
    file = io.BytesIO()
    picture.save(file, "PNG", optimize=True)
    return file.getvalue()
