"""How long the panel is lit and the chip awake on a conference day: the firmware's own policy, asked once a second."""

from firmware.core import power, settings

_DAY_S = 24 * 3600
_TALKS_FROM_S, _TALKS_TO_S = 9 * 3600, 18 * 3600
_MARK_EVERY_S = 360  # four or five in a talk
_CHAIR_FROM_S, _CHAIR_TO_S = 17 * 3600, 18 * 3600  # an hour of lightning talks, in the chair
_SYNCS_S = (9 * 3600, 18 * 3600)
_SYNC_FOR_S = 60
_AWAKE_MS, _SLEEP_MS = 20, 1000  # firmware.app


def duty_cycle() -> dict[str, float]:
    """Return the shares of 24 hours, in percent: marks from nine to six, the last hour in the chair, two syncs.

    `duty.awake_percent` is with `light_sleep` on; without it the chip is awake all the time.
    """
    wanted = settings.defaults()
    full, dim, asleep = 0, 0, 0
    pressed_s = heard_s = -_DAY_S
    for now_s in range(_DAY_S):
        is_chairing = _CHAIR_FROM_S <= now_s < _CHAIR_TO_S
        if _TALKS_FROM_S <= now_s < _TALKS_TO_S and not now_s % _MARK_EVERY_S:
            pressed_s = now_s
        if any(0 <= now_s - sync_s < _SYNC_FOR_S for sync_s in _SYNCS_S):
            heard_s = now_s
        idle_ms = (now_s - pressed_s) * 1000
        percent = power.light_percent(wanted["brightness"], wanted["dim_after_s"], idle_ms, is_chairing, is_chairing)
        full += percent == wanted["brightness"]
        dim += 0 < percent < wanted["brightness"]
        asleep += not percent and power.may_sleep(idle_ms, (now_s - heard_s) * 1000, is_chairing)
    slept = asleep * _SLEEP_MS / (_SLEEP_MS + _AWAKE_MS)
    return {
        "duty.lit_percent": round(100 * full / _DAY_S, 1),
        "duty.dim_percent": round(100 * dim / _DAY_S, 1),
        "duty.dark_percent": round(100 - 100 * (full + dim) / _DAY_S, 1),
        "duty.awake_percent": round(100 - 100 * slept / _DAY_S, 1),
    }
