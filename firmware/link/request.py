"""What the verbs share: the fields of a request, and the refusal of one."""


class RequestError(Exception):
    """A request that can only be answered with an error.

    `code` is one word of docs/link.md, which the laptop puts into a sentence; `say` adds what only the device knows.
    """

    def __init__(self, code, say=b""):
        super().__init__(code, say)


def value(values, key):
    """Return the field `key`, bytes. Raises RequestError if it is missing."""
    found = values.get(key)
    if found is None:
        raise RequestError(b"argument", key.encode())
    return found


def number(values, key, low, high):
    """Return the field `key` as an integer from `low` to `high`. Raises RequestError if it is none."""
    try:
        found = int(value(values, key))
    except ValueError:
        found = low - 1
    if not low <= found <= high:
        raise RequestError(b"argument", b"%s=%d..%d" % (key.encode(), low, high))
    return found


def mounted(journal):
    """Return `journal`. Raises RequestError if there is nothing to read."""
    if not journal.is_mounted:
        raise RequestError(b"journal", journal.problem)
    return journal
