"""The keys that clapmark.toml may have: an unknown key is reported, with the nearest one that exists."""

import difflib
import tomllib
from pathlib import Path

from clapmark.archive.config import SETTINGS_NAME
from clapmark.base.foreign_text import quoted

_ANY = "*"  # a name of the user's own: a tag, a conference

# by the path of the table: its keys. A table below has a path of its own.
_WINDOW = ("before_s", "after_s")
_KEYS: dict[tuple[str, ...], tuple[str, ...]] = {
    (): ("flavour", "notes", "quotes", "templates", "conferences", "sessions", "video", "crowd"),
    ("notes",): ("post", "tags", "grace_minutes"),
    ("quotes",): (*_WINDOW, "tags"),
    ("quotes", "tags", _ANY): _WINDOW,
    ("conferences", _ANY): ("room", "post"),
    ("sessions", _ANY): ("conference", "room", "title", "start", "end", "minutes"),
    ("video",): ("lead_s", "tags"),
    ("crowd",): ("in_posts",),
}


def unknown_keys(folder: Path) -> list[str]:
    """Return a sentence on each unknown key of clapmark.toml in `folder`; none if it cannot be read."""
    try:
        with (folder / SETTINGS_NAME).open("rb") as file:
            content = tomllib.load(file)
    except (OSError, ValueError):
        return []  # whoever needs it reports that
    return list(_unknown(content, ()))


def _unknown(table: dict[str, object], path: tuple[str, ...]) -> list[str]:
    known = _known_keys(path)
    found = []
    for key, value in table.items():
        if known is not None and key not in known:
            found.append(_sentence(key, path, known))
        elif isinstance(value, dict):
            found += _unknown(value, (*path, key))
    return found


def _known_keys(path: tuple[str, ...]) -> tuple[str, ...] | None:
    """Return the keys of the table at `path`, None if it may have any."""
    for pattern, keys in _KEYS.items():
        if len(pattern) == len(path) and all(one in {_ANY, two} for one, two in zip(pattern, path, strict=True)):
            return keys
    return None


def _sentence(key: str, path: tuple[str, ...], known: tuple[str, ...]) -> str:
    where = f" in [{'.'.join(path)}]" if path else ""
    near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
    elsewhere = [table for table, keys in _KEYS.items() if key in keys and table and _ANY not in table]
    if near:
        hint = f'Did you mean "{near[0]}"?'
    elif elsewhere:
        hint = f"It belongs in [{'.'.join(elsewhere[0])}]."
    else:
        hint = f"There are: {', '.join(known)}."
    return f"{SETTINGS_NAME}: nothing{where} is called {quoted(key, 40)}, so it has no effect. {hint}"
