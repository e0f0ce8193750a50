"""Cues: what a stage does to ear and hand. A pattern is on and off times in milliseconds, in turn, starting with on."""

from .countdown import STAGE_APPLAUSE, STAGE_ONE_FINGER, STAGE_OVERTIME, STAGE_TWO_FINGER

_CLICK = (30,)
_TWO_CLICKS = (30, 170, 30)
_APPLAUSE = (25, 35) * 20 + (25,)  # a roll: 1.2 seconds of clapping
_REMINDER = (120,)

_PATTERNS = {
    STAGE_ONE_FINGER: _CLICK,
    STAGE_TWO_FINGER: _TWO_CLICKS,
    STAGE_APPLAUSE: _APPLAUSE,
    STAGE_OVERTIME: _REMINDER,
}


def pattern(stage):
    """Return the pattern for the moment in which `stage` begins, a tuple that may be empty."""
    return _PATTERNS.get(stage, ())
