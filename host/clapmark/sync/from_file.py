"""A saved log into the archive: what the reader page has saved (docs/reader.md), or the log of another archive.

The records are added as if they had come from the device, each once. The device is not asked, so it forgets nothing.
"""

import re
from pathlib import Path

from clapmark.archive import record
from clapmark.archive.archive import Archive
from clapmark.archive.journal_log import JournalLog
from clapmark.archive.journals import KNOWN_KINDS
from clapmark.base.errors import UsageError
from clapmark.sync.sync import SyncResult
from firmware.core.lines.fields import LineError, decimal, fields
from firmware.core.lines.line import TRAILER_BYTES, body_length
from firmware.core.lines.sector import MAX_SEQ

_LARGEST_BYTES = 200_000_000  # forty times what fills 16 MB of flash
_NAME = re.compile(r"(?<![0-9A-Za-z])([0-9a-f]{12})[^0-9A-Za-z]([0-9A-F]{8})(?![0-9A-Za-z])")
_MOST = 1 << 49


def sync_file(path: Path, archive: Archive) -> SyncResult:
    """Add what the archive does not have from the log `path`, and return what that was.

    `damaged` also counts lines of the file that are damaged; they are not added. Takes the archive's lock. Raises
    UsageError if the file is no log or its name does not say whose, LockedError, OSError.
    """
    if path.stat().st_size > _LARGEST_BYTES:
        raise UsageError(f"{path} has more than {_LARGEST_BYTES // 1_000_000} MB: it is no log. Nothing was changed.")
    data = path.read_bytes()
    match = _NAME.search(f"{path.absolute().parent.name}/{path.name}")
    if match is None:
        raise UsageError(
            f"{path.name} does not say which device and journal it is from. Give it back its name, such as "
            "clapmark-a1b2c3d4e5f6-9ACE8F55.log. Nothing was changed."
        )
    *lines, rest = data.split(b"\n")
    whole = [line + b"\n" for line in lines if line]
    device, epoch = str(match[1]), str(match[2])
    with archive.lock():
        log = JournalLog(archive, device, epoch)
        result = SyncResult(device, epoch)
        for line in whole:
            _take(line, log, result)
        result.damaged += bool(rest)
        if not (result.new or result.already_there or result.damaged_known):
            raise UsageError(f"{path} is no log of a Clapmark: it holds no record. Nothing was changed.")
        log.flush()
        log.remember()
    return result


def _take(line: bytes, log: JournalLog, result: SyncResult) -> None:
    try:
        entry = record.parse(line)
    except (LineError, UnicodeError):
        _take_damage(line, log, result)
        return
    if log.has_line(line):
        result.already_there += 1
        return
    result.conflicts += log.has_seq(entry.seq)
    result.new += 1
    if entry.kind not in KNOWN_KINDS:
        result.unknown_kinds[entry.kind.decode("ascii", "replace")] += 1
    log.add(entry.seq, line)


def _take_damage(line: bytes, log: JournalLog, result: SyncResult) -> None:
    """Take a line of a damaged.log: a place of the flash, or numbers that the device does not have."""
    end = body_length(line, len(line)) if len(line) > TRAILER_BYTES else -1
    word, *words = line[: max(end, 0)].split(b" ")
    try:
        values = fields(words)
        if word == b"damaged":
            place = decimal(values["sector"], 0, _MOST), decimal(values["offset"], 0, _MOST)
            result.damaged += log.add_damage(*place, values["data"])
        elif word == b"missing":
            first, last = (decimal(values[key], 1, MAX_SEQ) for key in ("first", "last"))
            if log.unknown(first, last):
                log.add_missing(first, last)
                result.gaps.append((first, last))
        else:
            result.damaged += 1
            return
        result.damaged_known = True
    except (LineError, KeyError):
        result.damaged += 1
