r"""The push: the JSON text that `clapmark share` sends to a hub. It is written and read here, and nowhere else.

    {"clapmark":"share","version":1,"code":CODE,"contributor":TOKEN,"rev":N,"marks":[...],"gone":[ID,...]}

A mark is {"id","talk","at","error","tag","length"}. `rev` grows with every push of a contributor: what comes late or
twice changes nothing. docs/hub.md describes the format for other programs.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from clapmark.base.foreign_text import one_line
from clapmark.crowd.mark import (
    CODE,
    GUID,
    ID,
    ID_BYTES,
    MAX_AT_S,
    MAX_ERROR_S,
    MAX_LENGTH_S,
    MAX_TAG,
    MAX_TALK,
    SharedMark,
)

VERSION = 1
MAX_BODY = 1_000_000  # bytes of a push, unpacked
MAX_MARKS = 2_000  # in one push, those that are gone included
MAX_REV = 2_000_000_000

_CODE_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no letters that look like digits
_LOOKALIKES = str.maketrans("ILOU", "110V")
CODE_LENGTH = 12  # 60 bits
_TOKEN = re.compile(r"[0-9a-f]{64}")
_MARK_ID = re.compile(rf"[0-9a-f]{{{2 * ID_BYTES}}}")


class WireError(ValueError):
    """What came is no push. `reason` is a short name for programs, the message a sentence without any secret."""

    def __init__(self, reason: str, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason


@dataclass(frozen=True)
class Push:
    """One message of a contributor: marks that are new or changed, and the ids of those that were taken back."""

    code: str  # normal form, see `normal_code`
    contributor: str  # token
    rev: int
    marks: tuple[SharedMark, ...] = ()
    gone: tuple[bytes, ...] = ()


def normal_code(text: str) -> str:
    """Return a code as it is kept: CODE_LENGTH letters and digits; "" if `text` is no code. Forgives what people type.

    Case, blanks and dashes do not matter; I and L are read as 1, O as 0.
    """
    code = "".join(text.upper().split()).replace("-", "").translate(_LOOKALIKES)
    return code if len(code) == CODE_LENGTH and all(letter in _CODE_LETTERS for letter in code) else ""


def code_of(number: int) -> str:
    """Return the code for a random number of 60 bits."""
    return "".join(_CODE_LETTERS[number >> 5 * place & 31] for place in reversed(range(CODE_LENGTH)))


def shown_code(code: str) -> str:
    """Return a code in groups of four, as it is printed."""
    return "-".join(code[place : place + 4] for place in range(0, len(code), 4))


def to_bytes(push: Push) -> bytes:
    """Return the body of the request: the same bytes for the same push."""
    value = _head(push.code, push.contributor, push.rev)
    value["marks"] = [
        {
            "id": mark.id.hex(),
            "talk": mark.talk,
            "at": mark.at_s,
            "error": mark.error_s,
            "tag": mark.tag,
            "length": mark.length_s,
        }
        for mark in push.marks
    ]
    value["gone"] = [mark_id.hex() for mark_id in push.gone]
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def read_push(data: bytes) -> Push:
    """Return the push in a request's body. Raises WireError for everything else."""
    value = _object(data)
    marks, gone = value.get("marks", []), value.get("gone", [])
    if not isinstance(marks, list) or not isinstance(gone, list):
        raise WireError("malformed", '"marks" and "gone" must be lists.')
    if len(marks) + len(gone) > MAX_MARKS:
        raise WireError("too-many", f"A push has at most {MAX_MARKS} marks; send them in several.")
    found = tuple(_mark(mark) for mark in marks)
    taken_back = tuple(_id(mark_id) for mark_id in gone)
    ids = {mark.id for mark in found} | set(taken_back)
    if len(ids) != len(marks) + len(gone):
        raise WireError("malformed", "A mark may be in a push only once.")
    return Push(_code(value), _token(value), _number(value, "rev", 1, MAX_REV), found, taken_back)


def read_request(data: bytes) -> Push:
    """Return code, contributor and rev of a request without marks (`forget`, `mine`). Raises WireError."""
    value = _object(data)
    return Push(_code(value), _token(value), _number(value, "rev", 0, MAX_REV))


def request_bytes(code: str, contributor: str, rev: int = 0) -> bytes:
    """Return the body of a request without marks."""
    return json.dumps(_head(code, contributor, rev), separators=(",", ":")).encode()


def read_ids(value: object) -> list[bytes]:
    """Return the mark ids in a hub's answer. Raises WireError."""
    if not isinstance(value, list):
        raise WireError("malformed", "The ids must be a list.")
    return [_id(one) for one in value]


def batches(
    marks: Sequence[SharedMark], gone: Sequence[bytes], size: int
) -> list[tuple[tuple[SharedMark, ...], tuple[bytes, ...]]]:
    """Return marks and ids in groups of at most `size` together, none if there are none."""
    mixed: list[SharedMark | bytes] = [*marks, *gone]
    groups = [mixed[start : start + size] for start in range(0, len(mixed), size)]
    return [
        (
            tuple(one for one in group if isinstance(one, SharedMark)),
            tuple(one for one in group if isinstance(one, bytes)),
        )
        for group in groups
    ]


def _head(code: str, contributor: str, rev: int) -> dict[str, Any]:
    return {"clapmark": "share", "version": VERSION, "code": code, "contributor": contributor, "rev": rev}


def _object(data: bytes) -> dict[str, Any]:
    if len(data) > MAX_BODY:
        raise WireError("too-large", f"A push has at most {MAX_BODY} bytes.")
    try:
        value = json.loads(data.decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:  # UnicodeDecodeError is a ValueError
        raise WireError("malformed", "The body is not JSON in UTF-8.") from error
    if not isinstance(value, dict) or value.get("clapmark") != "share":
        raise WireError("malformed", "The body is not a push of clapmark.")
    version = value.get("version")
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        raise WireError("malformed", '"version" must be a number from 1 on.')
    if version > VERSION:
        raise WireError("version", f"This hub reads version {VERSION}; the push is newer. Update the hub.")
    return value


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _code(value: dict[str, Any]) -> str:
    code = value.get("code")
    normal = normal_code(code) if isinstance(code, str) and len(code) <= 40 else ""
    if not normal:
        raise WireError("code", "The code is not one that a hub prints.")
    return normal


def _token(value: dict[str, Any]) -> str:
    token = value.get("contributor")
    if not isinstance(token, str) or not _TOKEN.fullmatch(token):
        raise WireError("malformed", '"contributor" must have 64 hexadecimal digits.')
    return token


def _mark(value: object) -> SharedMark:
    if not isinstance(value, dict):
        raise WireError("malformed", "A mark must be an object.")
    talk, tag = value.get("talk"), value.get("tag")
    if not isinstance(talk, str) or not talk.startswith((GUID, CODE, ID)) or not 0 < len(talk) <= MAX_TALK:
        raise WireError("malformed", f'"talk" must begin with {GUID}, {CODE} or {ID}.')
    if not isinstance(tag, str) or len(tag) > 4 * MAX_TAG:
        raise WireError("malformed", f'"tag" must be a text of at most {MAX_TAG} characters.')
    return SharedMark(
        id=_id(value.get("id")),
        talk=one_line(talk, MAX_TALK),
        at_s=_number(value, "at", -MAX_AT_S, MAX_AT_S),
        error_s=_number(value, "error", 0, MAX_ERROR_S),
        tag=one_line(tag, MAX_TAG),
        length_s=_number(value, "length", 0, MAX_LENGTH_S),
    )


def _id(value: object) -> bytes:
    if not isinstance(value, str) or not _MARK_ID.fullmatch(value):
        raise WireError("malformed", f"A mark's id must have {2 * ID_BYTES} hexadecimal digits.")
    return bytes.fromhex(value)


def _number(value: dict[str, Any], key: str, least: int, most: int) -> int:
    number = value.get(key)
    if isinstance(number, bool) or not isinstance(number, int) or not least <= number <= most:
        raise WireError("malformed", f'"{key}" must be a whole number from {least} to {most}.')
    return number
