"""How long before a press a link or a clip begins: people press after they have heard it."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from clapmark.archive.archive import SETTINGS_NAME
from clapmark.base.errors import UsageError

DEFAULT_LEAD_S = 10
_MAX_LEAD_S = 600


@dataclass(frozen=True)
class Leads:
    """The lead of every tag in milliseconds, as [video] in clapmark.toml has it."""

    default_ms: int = DEFAULT_LEAD_S * 1000
    tags_ms: Mapping[str, int] = field(default_factory=dict)

    def of(self, tag: str) -> int:
        """Return the lead of bookmarks with `tag`, in milliseconds."""
        return self.tags_ms.get(tag, self.default_ms)


def read_leads(folder: Path) -> Leads:
    """Return what [video] in clapmark.toml of the archive in `folder` says. Raises UsageError if it makes no sense."""
    path = folder / SETTINGS_NAME
    with path.open("rb") as file:
        table = tomllib.load(file).get("video", {})
    try:
        if not isinstance(table, dict) or not isinstance(table.get("tags", {}), dict):
            raise TypeError('"video" and "video.tags" must be tables')
        default_ms = _lead_ms(table, DEFAULT_LEAD_S * 1000)
        return Leads(default_ms, {tag: _lead_ms(value, default_ms) for tag, value in table.get("tags", {}).items()})
    except (TypeError, ValueError) as error:
        raise UsageError(f"{path} cannot be used: {error}. Correct it and try again; nothing was changed.") from error


def _lead_ms(table: object, default_ms: int) -> int:
    if not isinstance(table, dict):
        raise TypeError('a tag under "video.tags" must be a table, such as { lead_s = 0 }')
    value = table.get("lead_s", default_ms / 1000)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _MAX_LEAD_S:
        raise ValueError(f'"lead_s" must be 0 to {_MAX_LEAD_S} seconds')
    return round(value * 1000)
