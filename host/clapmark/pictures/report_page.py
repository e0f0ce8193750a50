"""The chair's report as one page to print: a table and the picture below it, in one HTML file without scripts."""

from collections.abc import Sequence
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, tostring  # nosec B405  # writes only

from clapmark.base import durable
from clapmark.base.errors import ConflictError
from clapmark.pictures.svg import Svg
from clapmark.schedule.text import one_line

_GENERATOR = "clapmark"
_MAX_TEXT = 400
_STYLE = """
@page { margin: 14mm }
body { font: 10.5pt/1.35 system-ui, -apple-system, "Segoe UI", sans-serif; color: #000; background: #fff; margin: 1em }
h1 { font-size: 15pt; margin: 0 0 .4em }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums }
th, td { text-align: left; padding: .2em .5em; border-bottom: 1px solid #ccc; vertical-align: top }
.number { text-align: right; white-space: nowrap }
tr.over td { font-weight: bold }
tr.skipped td { color: #555; font-style: italic }
tfoot td { font-weight: bold; border-top: 2px solid #000 }
thead { display: table-header-group }
tr { break-inside: avoid }
svg { max-width: 100%; height: auto; break-inside: avoid; margin-top: 1em }
"""


class ReportPage:
    """A page with one table; columns whose heading is in `numbers` are aligned to the right."""

    def __init__(self, title: str, headings: Sequence[str], numbers: Sequence[str]) -> None:
        self._numbers = [heading in numbers for heading in headings]
        self.root = Element("html", {"lang": "en", "data-generator": _GENERATOR})
        head = SubElement(self.root, "head")
        SubElement(head, "meta", {"charset": "utf-8"})
        SubElement(head, "title").text = one_line(title, _MAX_TEXT)
        SubElement(head, "style").text = _STYLE
        self._body = SubElement(self.root, "body")
        SubElement(self._body, "h1").text = one_line(title, _MAX_TEXT)
        table = SubElement(self._body, "table")
        self._fill(SubElement(SubElement(table, "thead"), "tr"), headings, "th")
        self._rows = SubElement(table, "tbody")
        self._foot = SubElement(table, "tfoot")

    def row(self, cells: Sequence[str], kind: str = "") -> None:
        """Add a row; `kind` is "", "over" or "skipped"."""
        self._fill(SubElement(self._rows, "tr", {"class": kind} if kind else {}), cells)

    def sums(self, cells: Sequence[str]) -> None:
        """Add the row of sums."""
        self._fill(SubElement(self._foot, "tr"), cells)

    def picture(self, svg: Svg) -> None:
        """Put a picture below the table."""
        self._body.append(svg.root)

    def to_bytes(self) -> bytes:
        """Return the page as a file, the same bytes for the same calls."""
        return f"<!doctype html>\n{tostring(self.root, encoding='unicode', method='html')}\n".encode()

    def save(self, path: Path) -> bool:
        """Write the page; return whether the file changed.

        Raises ConflictError where a file is in the way that is no page of clapmark's, and OSError.
        """
        if path.exists() and f'data-generator="{_GENERATOR}"'.encode() not in path.read_bytes()[:2_000]:
            raise ConflictError(
                f"{path} exists and was not written by clapmark; it was left as it is. Name another file."
            )
        return durable.replace_file(path, self.to_bytes())

    def _fill(self, row: Element, cells: Sequence[str], tag: str = "td") -> None:
        for text, is_number in zip(cells, self._numbers, strict=True):
            SubElement(row, tag, {"class": "number"} if is_number else {}).text = one_line(text, _MAX_TEXT)
