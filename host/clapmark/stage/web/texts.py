"""The state as texts: for OBS and other programs that show what an address returns."""

from clapmark.stage.anchor import ENDED, PAUSED, READY, Anchor
from clapmark.stage.clock import now_ms
from clapmark.stage.stage import Stage

TEXTS = ("time", "stage", "speaker", "title", "next", "message", "behind")
WORDS = {
    "running": "RUNNING",
    "one-finger": "ONE FINGER",
    "two-finger": "TWO FINGERS",
    "applause": "APPLAUSE",
    "overtime": "OVERTIME",
}
_STATE_TEXTS = ("time", "stage", "speaker", "title", "next", "message", "behind")
WORDS = {READY: "READY", PAUSED: "PAUSED", ENDED: "STOPPED"}
_STATE_WORDS = {READY: "READY", PAUSED: "PAUSED", ENDED: "STOPPED"}


def clock_text(anchor: Anchor, now: float) -> str:
    """Return what the countdown shows, as the device does: 4:05, and +0:12 in overtime."""
    seconds = anchor.shown_seconds(now)
    sign = "+" if seconds < 0 else ""
    return f"{sign}{abs(seconds) // 60}:{abs(seconds) % 60:02}"


def stage_word(anchor: Anchor, now: float) -> str:
    """Return the word for the stage, or for what takes its place."""
    return _STATE_WORDS.get(anchor.state) or WORDS[anchor.stage(now)]


def behind_text(behind_ms: int | None) -> str:
    """Return by how much the session will end late or early, in whole minutes; "" if it is in time."""
    minutes = 0 if behind_ms is None else round(behind_ms / 60_000)
    if not minutes:
        return ""
    return f"{abs(minutes)} min {'behind' if minutes > 0 else 'ahead'}"


def text_of(stage: Stage, what: str) -> str | None:
    """Return the text called `what`, or None."""
    now = now_ms()
    values = stage.values()
    talk, following, session, message = (values[key] for key in ("talk", "next", "session", "message"))
    match what:
        case "time":
            return clock_text(stage.anchor, now)
        case "stage":
            return stage_word(stage.anchor, now)
        case "speaker":
            return ", ".join(talk["speakers"]) if isinstance(talk, dict) else ""
        case "title":
            return str(talk["title"]) if isinstance(talk, dict) else ""
        case "next":
            return ", ".join(following["speakers"]) or str(following["title"]) if isinstance(following, dict) else ""
        case "message":
            is_for_room = isinstance(message, dict) and message["to"] != "speaker"
            return stage.message if is_for_room else ""
        case "behind":
            return behind_text(session["behind_ms"] if isinstance(session, dict) else None)
    return None
