"""Counts the bookmarks of each talk from the journal after a reset. Needed once: not kept in memory."""

from firmware.core.lines.fields import fields
from firmware.core.lines.sector_reader import NOTHING, RECORD
from firmware.core.portable import const
from firmware.journal.reader import Cursor

_RECORDS = const(100)  # the newest, which are looked through: more than a talk has


def recount(journal, count):
    """Call `count(talk_id, change)` for the bookmarks and undos among the newest records; b"" is not a talk.

    The count without a talk starts again at power-up. A flash that cannot be read ends it: the numbers are only shown.
    """
    cursor = Cursor(journal)
    cursor.seek(max(1, journal.last_seq - _RECORDS))
    newest = talk = b""
    try:
        while True:
            found = cursor.next()
            if found == NOTHING:
                return
            if found != RECORD:
                continue
            words = bytes(cursor.line[: cursor.length]).split(b" ")
            kind = words[3]
            if kind not in (b"bookmark", b"undo", b"boot"):
                continue
            values = fields(words[4:-1])
            if kind == b"bookmark":
                newest = words[0]
                talk = values.get("talk", b"")
                count(talk, 1)
            elif kind == b"undo":
                if values.get("of") == newest:
                    count(talk, -1)
            elif values.get("reset") == b"poweron":
                count(b"", -count(b"", 0))
    except (OSError, ValueError):
        pass  # the numbers start again at 1; a sync reports what is wrong with the flash
