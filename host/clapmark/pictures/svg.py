"""SVG pictures: a few shapes, written through an XML library, so that no text of other people becomes markup."""

from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, indent, tostring  # nosec B405  # writes only

from clapmark.base import durable
from clapmark.base.errors import ConflictError
from clapmark.schedule.text import one_line

_GENERATOR = "clapmark"
_MAX_TEXT = 400
_FONT = "system-ui, -apple-system, 'Segoe UI', sans-serif"


class Svg:
    """A picture on white ground, `width` x `height` px. The order of the calls is the order of the layers."""

    def __init__(self, width: int, height: int, title: str) -> None:
        self.root = Element(
            "svg",
            {
                "xmlns": "http://www.w3.org/2000/svg",
                "viewBox": f"0 0 {width} {height}",
                "width": str(width),
                "height": str(height),
                "role": "img",
                "font-family": _FONT,
                "data-generator": _GENERATOR,
            },
        )
        SubElement(self.root, "title").text = one_line(title, _MAX_TEXT)
        self.rectangle(0, 0, width, height, "#ffffff")

    def group(self, title: str) -> Element:
        """Return a new group with a title that a mouse shows and a screen reader reads; give it as `parent`."""
        group = SubElement(self.root, "g")
        SubElement(group, "title").text = one_line(title, _MAX_TEXT)
        return group

    def rectangle(
        self, x: float, y: float, width: float, height: float, fill: str, parent: Element | None = None
    ) -> None:
        """Draw a filled rectangle."""
        values = {"x": x, "y": y, "width": max(width, 0.0), "height": height}
        self._add("rect", values, {"fill": fill}, parent)

    def line(self, x1: float, y1: float, x2: float, y2: float, colour: str, width: float, parent: Element) -> None:
        """Draw a line, `width` px wide."""
        self._add("line", {"x1": x1, "y1": y1, "x2": x2, "y2": y2, "stroke-width": width}, {"stroke": colour}, parent)

    def polygon(self, points: list[tuple[float, float]], fill: str, parent: Element) -> None:
        """Draw a filled polygon."""
        text = " ".join(f"{_number(x)},{_number(y)}" for x, y in points)
        self._add("polygon", {}, {"points": text, "fill": fill}, parent)

    def circle(self, x: float, y: float, radius: float, fill: str, parent: Element) -> None:
        """Draw a filled circle."""
        self._add("circle", {"cx": x, "cy": y, "r": radius}, {"fill": fill}, parent)

    def text(
        self, x: float, y: float, text: str, *, size: int = 13, anchor: str = "start", colour: str = "#222222",
        weight: str = "normal", parent: Element | None = None,
    ) -> None:  # fmt: skip
        """Write `text` with its baseline at `y`; `anchor` is start, middle or end."""
        options = {"text-anchor": anchor, "fill": colour, "font-weight": weight}
        self._add("text", {"x": x, "y": y, "font-size": size}, options, parent).text = one_line(text, _MAX_TEXT)

    def to_bytes(self) -> bytes:
        """Return the picture as a file, the same bytes for the same calls."""
        indent(self.root, space=" ")
        return f"{tostring(self.root, encoding='unicode')}\n".encode()

    def save(self, path: Path) -> bool:
        """Write the picture; return whether the file changed.

        Raises ConflictError where a file is in the way that is no picture of clapmark's, and OSError.
        """
        if path.exists() and f'data-generator="{_GENERATOR}"'.encode() not in path.read_bytes()[:2_000]:
            raise ConflictError(
                f"{path} exists and was not drawn by clapmark; it was left as it is. Name another file."
            )
        return durable.replace_file(path, self.to_bytes())

    def _add(self, name: str, numbers: dict[str, float], texts: dict[str, str], parent: Element | None) -> Element:
        values = {key: _number(value) for key, value in numbers.items()} | texts
        return SubElement(self.root if parent is None else parent, name, values)


def shortened(text: str, limit: int) -> str:
    """Return `text`, cut to `limit` characters with an ellipsis where it is longer."""
    return text if len(text) <= limit else f"{text[: limit - 1].rstrip()}…"


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
