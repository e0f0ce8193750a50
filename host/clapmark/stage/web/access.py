"""Who may see the stage, and who may operate it: two tokens, kept in a file of the user's own for twelve hours."""

import json
import secrets
from dataclasses import dataclass
from pathlib import Path

from clapmark.base import durable

VALID_MS = 12 * 3600 * 1000
_BYTES = 18  # 24 characters in the address


@dataclass(frozen=True)
class Tokens:
    """`control` operates the stage and sees it, `view` only sees it."""

    control: str
    view: str
    until_utc_ms: int
    expired: tuple[str, ...] = ()  # earlier ones: an expired link is not a wrong one


def tokens(folder: Path, utc_ms: int, *, is_new: bool = False) -> Tokens:
    """Return the tokens in `folder` while they are valid, or new ones; a phone that has one works after a restart."""
    path = folder / "stage-tokens.json"
    before = _read(path)
    if before and not is_new and before.until_utc_ms - VALID_MS <= utc_ms < before.until_utc_ms:
        return before
    expired = (before.control, before.view, *before.expired)[:8] if before else ()
    fresh = Tokens(secrets.token_urlsafe(_BYTES), secrets.token_urlsafe(_BYTES), utc_ms + VALID_MS, expired)
    values = {"control": fresh.control, "view": fresh.view, "until": fresh.until_utc_ms, "expired": list(expired)}
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    durable.replace_file(path, json.dumps(values).encode())
    path.chmod(0o600)
    return fresh


def _read(path: Path) -> Tokens | None:
    try:
        values = json.loads(path.read_bytes())
        expired = tuple(str(token) for token in values["expired"])
        return Tokens(str(values["control"]), str(values["view"]), int(values["until"]), expired)
    except (OSError, ValueError, TypeError, KeyError):
        return None


class Access:
    """Judges requests. Every answer but "" is a sentence for the person."""

    def __init__(self, held: Tokens, *, view_needs_token: bool) -> None:
        self.tokens = held
        self.view_needs_token = view_needs_token

    def why_not_control(self, token: str, utc_ms: int) -> str:
        """Return why `token` may not operate the stage, "" if it may."""
        if not token:
            return "This needs the stage's link with a token: scan the QR code on the stage page, or in the terminal."
        if _same(token, self.tokens.control) and utc_ms < self.tokens.until_utc_ms:
            return ""
        if _same(token, self.tokens.view):
            return "This link may only look. Scan the QR code for the remote on the stage page, or in the terminal."
        return self._why_not(token)

    def why_not_view(self, token: str, utc_ms: int) -> str:
        """Return why `token` ("" for none) may not see the stage, "" if it may."""
        if not self.view_needs_token:
            return ""
        is_known = _same(token, self.tokens.view) or _same(token, self.tokens.control)
        if is_known and utc_ms < self.tokens.until_utc_ms:
            return ""
        return self._why_not(token) if token else "This stage is shown with its link only: ask the chair for it."

    def _why_not(self, token: str) -> str:
        if token in self.tokens.expired or _same(token, self.tokens.control) or _same(token, self.tokens.view):
            return "This link has expired. Scan the QR code on the stage page, or in the terminal, again."
        return "This link is not of this stage. Scan the QR code on the stage page, or in the terminal, again."


def _same(one: str, two: str) -> bool:
    return secrets.compare_digest(one.encode(), two.encode())
