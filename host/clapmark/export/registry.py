"""The export formats that are installed: clapmark's own, and those of other packages."""

from importlib.metadata import EntryPoint, entry_points

from clapmark.base.errors import UsageError
from clapmark.export.model import ExportError, Format
from clapmark.schedule.text import one_line, quoted

GROUP = "clapmark.exports"


def format_names() -> list[str]:
    """Return the names of all formats, sorted. Loads none of them."""
    return sorted(_points())


def load_format(name: str) -> Format:
    """Return the format `name`. Raises UsageError if there is none, ExportError if its package is broken."""
    points = _points()
    if name not in points:
        raise UsageError(f"There is no format {quoted(name)}. There are: {', '.join(sorted(points))}.")
    point = points[name]
    try:
        found = point.load()
    except Exception as error:  # another package may raise anything
        reason = one_line(f"{type(error).__name__}: {error}", 200)
        raise ExportError(f"The format {name}, from {point.value}, cannot be loaded: {reason}. Update it.") from error
    if not isinstance(found, Format):
        raise ExportError(f"The format {name}, from {point.value}, is not a clapmark.export.Format. Update it.")
    return found


def _points() -> dict[str, EntryPoint]:
    """Return the entry points by name; clapmark's own go before another package's of the same name."""
    found = sorted(entry_points(group=GROUP), key=lambda point: point.value.startswith("clapmark."))
    return {point.name: point for point in found}
