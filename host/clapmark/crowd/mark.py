"""A shared mark: all that leaves the laptop of one bookmark, and the id that only its owner can make.

A mark has no words, no serial number and no clock time. Its id is an HMAC of the bookmark's place in the journal, so
that the same bookmark always has the same id, and nobody else can calculate it or read a device from it.
"""

import hashlib
import hmac
from dataclasses import dataclass

ID_BYTES = 16
KEY_BYTES = 32
MAX_TAG = 24  # characters
MAX_TALK = 120  # characters of a talk's reference
MAX_AT_S = 86_400  # a mark is at most a day before or behind its talk's start
MAX_ERROR_S = 3_600
MAX_LENGTH_S = 86_400

# what a talk is called on the wire: by the source's own identifiers, which every importer of the schedule has
GUID, CODE, ID = "guid:", "code:", "id:"


@dataclass(frozen=True, slots=True)
class SharedMark:
    """One mark. Times are whole seconds; `at_s` counts from the talk's start in the schedule."""

    id: bytes  # ID_BYTES long
    talk: str  # GUID, CODE or ID, and the identifier
    at_s: int
    error_s: int
    tag: str
    length_s: int  # of a passage, 0 for a moment


def contributor_key(master: bytes, hub: str, slug: str) -> bytes:
    """Return the key for one conference at one hub: two conferences cannot be connected through a person.

    Args:
        master: the secret of the person, KEY_BYTES long.
        hub: the origin of the hub's address, such as https://hub.example.
        slug: the conference's short name in the archive.

    """
    return hmac.digest(master, f"clapmark conference\n{hub}\n{slug}".encode(), "sha256")


def contributor_token(key: bytes) -> str:
    """Return what identifies a contributor to the hub: 64 hexadecimal digits, from which the key cannot be found."""
    return hmac.digest(key, b"clapmark contributor", "sha256").hex()


def token_hash(token: str) -> bytes:
    """Return the only form in which a hub keeps a contributor's token."""
    return hashlib.sha256(b"clapmark token\n" + token.encode("ascii")).digest()


def mark_id(key: bytes, device: str, epoch: str, seq: int) -> bytes:
    """Return the id of the mark of record `seq` in the journal `epoch` of `device`."""
    return hmac.digest(key, f"clapmark mark\n{device}\n{epoch}\n{seq}".encode(), "sha256")[:ID_BYTES]
