"""The reserve of the journal: its last sector takes only what a person has marked (docs/journal.md)."""

from .portable import const

MARK_KINDS = (b"bookmark", b"span", b"retag", b"undo")

COMMIT_ROOM_BYTES = const(96)  # kept in the last sector, so that a full journal can still note a commit

# where a record goes
REFUSED = const(0)
HERE = const(1)
NEXT_SECTOR = const(2)


def place(length, is_mark, free_bytes, is_last, next_is_last):
    """Return where a record goes: HERE (the current sector), NEXT_SECTOR or REFUSED.

    Args:
        length: Of the record, in bytes.
        is_mark: Whether its kind is one of MARK_KINDS.
        free_bytes: What is left of the current sector.
        is_last: Whether the sector behind the current one may not be taken.
        next_is_last: Whether that would be so for the sector behind it. Counts only if `is_last` is false.

    """
    if is_last:
        return HERE if is_mark and length + COMMIT_ROOM_BYTES <= free_bytes else REFUSED
    if length <= free_bytes:
        return HERE
    return REFUSED if next_is_last and not is_mark else NEXT_SECTOR
