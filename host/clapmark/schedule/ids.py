"""Short names: talk ids that stay the same from import to import, and slugs that may name a folder."""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Container, Sequence
from itertools import count

from anyascii import anyascii

from clapmark.schedule.model import MAX_SLUG

MAX_ID = 12
_ID = re.compile(r"[A-Za-z0-9_-]{1,12}")
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
_WINDOWS_DEVICE = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)")
_SHORT_WORDS = frozenset(
    ("a", "an", "and", "for", "from", "how", "i", "in", "is", "my", "of", "on", "the", "to", "what", "why")
)
_HASH_LETTERS = "23456789abcdefghjkmnpqrstvwxyz"  # none that is mistaken for another when it is read aloud
_WORD_LENGTH = 7


def is_id(text: str) -> bool:
    """Return whether `text` can be the id of a talk."""
    return _ID.fullmatch(text) is not None


def is_slug(text: str) -> bool:
    """Return whether `text` can be the slug of a conference: it is safe as the name of a folder everywhere."""
    return _SLUG.fullmatch(text) is not None and not _WINDOWS_DEVICE.fullmatch(text)


def slug_of(title: str) -> str:
    """Return the slug of a conference's title: `PyCon US 2019` becomes `pycon-us-2019`."""
    words = re.sub(r"[^a-z0-9]+", "-", _ascii(title)).strip("-")
    slug = words[:MAX_SLUG]
    if len(words) > MAX_SLUG and words[MAX_SLUG] != "-" and "-" in slug:
        slug = slug.rpartition("-")[0]
    slug = slug.strip("-")
    if is_slug(slug):
        return slug
    return f"conference-{slug}" if slug else f"conference-{_hash(title, 5)}"


def talk_ids(wanted: Sequence[str], identities: Sequence[Sequence[str]]) -> list[str]:
    """Return one id per talk, all different.

    `wanted` holds the conference's own short name of each talk, or "". It is taken where it can be an id and is the
    only one of its kind, also if case is ignored. The others get a word of their title and a
    hash of the first of their `identities` (strings, the title first, then what tells two talks of one title apart)
    that no other talk has. So a talk keeps its id when other talks come and go, or when its time changes.
    """
    counts = Counter(name.lower() for name in wanted)
    ids = [name if is_id(name) and counts[name.lower()] == 1 else "" for name in wanted]
    taken = {name.lower() for name in ids if name}
    missing = [index for index, name in enumerate(ids) if not name]
    depth = max((len(identities[index]) for index in missing), default=0)
    for level in range(1, depth + 1):
        keys = {index: "\n".join(identities[index][:level]) for index in missing}
        alike = Counter(keys.values())
        for index in sorted(missing, key=lambda number: keys[number]):
            if alike[keys[index]] == 1 or level == depth:
                ids[index] = free_id(identities[index][0], keys[index], taken)
                taken.add(ids[index])
        missing = [index for index in missing if not ids[index]]
    return ids


def free_id(title: str, identity: str, taken: Container[str]) -> str:
    """Return an id that is not in `taken`: a word of `title` and a hash of `identity`; in small letters only."""
    words = [word for word in re.findall(r"[a-z0-9]+", _ascii(title)) if word not in _SHORT_WORDS]
    word = (words[0] if words else "talk")[:_WORD_LENGTH]
    seeds = (f"{identity}\n{attempt}" if attempt else identity for attempt in count())
    names = (f"{word}-{_hash(seed, MAX_ID - 1 - _WORD_LENGTH)}" for seed in seeds)
    return next(name for name in names if name not in taken)


def _ascii(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).replace("'", "").replace("’", "")
    return anyascii(plain).lower()


def _hash(text: str, length: int) -> str:
    number = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])
    out = ""
    for _ in range(length):
        number, digit = divmod(number, len(_HASH_LETTERS))
        out += _HASH_LETTERS[digit]
    return out
