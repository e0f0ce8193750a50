"""What `clapmark doctor` finds out: one sentence of what is so, and one of what to do about it."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding matters."""

    OK = "ok"
    NOTE = "note"  # worth knowing, nothing to do
    WARNING = "warning"  # something was lost or will be: the person should act
    ERROR = "error"  # does not work as it is


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. Both texts are sentences for the person; `what_to_do` is "" for nothing."""

    severity: Severity
    what: str
    what_to_do: str = ""
