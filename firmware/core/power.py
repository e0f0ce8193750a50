"""How bright the panel is, and whether the chip may sleep: decided from what is known, nothing else."""

from .portable import const

_DIM_SHARE = const(4)  # dim is a quarter of the brightness
_DARK_TIMES = const(10)  # dark comes after ten times the time to dim
_HOST_MS = const(30_000)  # a laptop that has said nothing for so long is no longer there
_SLEEP_AFTER_MS = const(5000)


def light_percent(brightness, dim_after_s, idle_ms, is_counting, is_chairing):
    """Return the brightness for now, in percent.

    `brightness` and `dim_after_s` are the settings (0 s: never dim), `idle_ms` the time since the last press,
    `is_counting` whether a countdown runs or is paused: it stays readable across the table;
    `is_chairing` whether the countdown screen is the one in use: the start of a talk must not meet a dark screen.
    """
    dim_ms = dim_after_s * 1000
    if is_counting or not dim_ms or idle_ms < dim_ms:
        return brightness
    if is_chairing or idle_ms < dim_ms * _DARK_TIMES:
        return max(1, brightness // _DIM_SHARE)
    return 0


def may_sleep(idle_ms, host_ms, is_counting):
    """Return whether the chip may fall into light sleep, which drops the serial line.

    `idle_ms` is the time since the last press or cue, `host_ms` the time since a laptop said something.
    """
    return not is_counting and idle_ms >= _SLEEP_AFTER_MS and host_ms >= _HOST_MS
