"""Used by all verbs: read the fields of a request, or refuse it."""

from firmware.core.lines.fields import LineError, decimal, is_crc


class RequestError(Exception):
    """A request that can only be answered with an error.

    `code` is one word of docs/link.md, which the laptop puts into a sentence; `say` (bytes) adds what only the device
    knows.
    """

    def __init__(self, code, say=b""):
        super().__init__(code, say)


def value(values, key):
    """Return the field `key`, bytes. Raises RequestError if it is missing."""
    found = values.get(key)
    if found is None:
        raise RequestError("argument", key.encode())
    return found


def text(values, key):
    """Return the field `key` as a text, "" if it is missing. Raises RequestError if it is not UTF-8."""
    try:
        return values.get(key, b"").decode()
    except UnicodeError:
        raise RequestError("argument", key.encode() + b": UTF-8")


def number(values, key, low, high, default=None):
    """Return the field `key` as an integer from `low` to `high`; `default`, if given, replaces a missing one.

    Raises RequestError if it is not decimal digits, or out of range.
    """
    if default is not None and key not in values:
        return default
    try:
        return decimal(value(values, key), low, high)
    except LineError:
        raise RequestError("argument", b"%s=%d..%d" % (key.encode(), low, high))


def crc(values, key="crc"):
    """Return the field `key`, a CRC-32 as eight upper-case digits. Raises RequestError if it is anything else."""
    found = value(values, key)
    if not is_crc(found):
        raise RequestError("argument", key.encode() + b": 8 digits")
    return found


def mounted(journal):
    """Return `journal`. Raises RequestError if there is nothing to read."""
    if not journal.is_mounted:
        raise RequestError("journal", journal.problem)
    return journal
