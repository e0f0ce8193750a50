"""Wall time for the screens, in whole minutes: small integers, where milliseconds since 1970 would be large ones."""

from micropython import const

UNKNOWN = const(-1 << 20)

_DAY_MIN = const(1440)


def day_minute(state):
    """Return the minute of the conference's local day, 0 to 1439, or UNKNOWN."""
    if not state.utc_ms:
        return UNKNOWN
    return (state.utc_ms // 60_000 + state.utc_offset_s // 60) % _DAY_MIN


def elapsed_min(state, talk):
    """Return the whole minutes since `talk` began, below zero before its start, or UNKNOWN."""
    if talk is None or not talk.start_utc_s or not state.utc_ms:
        return UNKNOWN
    return state.utc_ms // 60_000 - talk.start_utc_s // 60


def length_min(talk):
    """Return how many minutes a talk lasts, or UNKNOWN."""
    if talk is None or not talk.start_utc_s or talk.end_utc_s <= talk.start_utc_s:
        return UNKNOWN
    return talk.end_utc_s // 60 - talk.start_utc_s // 60
