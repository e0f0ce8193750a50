"""Separate what a person added to a bullet's line from what clapmark wrote."""

import re

from clapmark.posts.document import LiveBullet
from clapmark.posts.write_log import Written

MARK = re.compile(r"\s*(?:<!-- clapmark \S+ -->|%% clapmark \S+ %%|(?<!\S)\^clap-[a-z2-7]{10}(?![\w-]))")
ITEM = re.compile(r"^\s*(?:[-*+]|\d{1,9}[.)])\s+")
_MOMENT = r"(?:\d{4}-\d\d-\d\d )?\d{1,2}:\d\d"
# a bullet as clapmark writes it without a template: used if the list of written lines was lost
_OWN = re.compile(
    rf"^(?:[-*+]\s+)?\**(?:time unknown|(?:\\?~|before |after )?{_MOMENT}(?: to {_MOMENT})?)\**\s*"
    r"(?:\[(?:[\d:]+|video)\]\([^()\s]*\)\s*)?"
    r"(?:#?[^\s,]{1,48}(?:$|(?:, (?:about )?\d+ min (?:in|before the start|after the end))(?:, [\d mins]+ long)?))?"
)


def words_on_line(line: str, bullet: LiveBullet, written: Written) -> str:
    """Return the rest of a bullet's `line` (without its line end) after the longest text that clapmark wrote."""
    mark = MARK.search(line)
    own_mark = mark[0].strip() if mark else ""
    body = " ".join((line[: mark.start()] + line[mark.end() :]).split(" ")) if mark else line
    parts = body.rstrip().split(" ")
    for count in range(len(parts), 0, -1):
        if written.has_text(bullet.id, bullet.key, f"{' '.join(parts[:count])} {own_mark}"):
            return _plain_start(" ".join(parts[count:]))
    return _plain_start(ITEM.sub("", _OWN.sub("", body.strip())))


def _plain_start(words: str) -> str:
    """Return words without what joined them to the text before them."""
    return words.strip().lstrip(",;:–—").strip()
