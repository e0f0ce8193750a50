"""The countdown: what is left, which stage that is, and what a press of the chair's button does to it.

All times are milliseconds of uptime (`core.clock`), integers. The remaining time is always calculated from the
deadline, so pauses, adjustments and a busy device add no error.
"""

from .portable import const

# states
READY = const(0)
RUNNING = const(1)
PAUSED = const(2)
ENDED = const(3)

# stages, in the order in which a speaker meets them; ONE_FINGER is a room clapping with one finger
STAGE_RUNNING = const(0)
STAGE_ONE_FINGER = const(1)
STAGE_TWO_FINGER = const(2)
STAGE_APPLAUSE = const(3)
STAGE_OVERTIME = const(4)

CUE_TICK = const(5)  # no stage: what is heard in each of the last ten seconds

STAGE_NAMES = (b"running", b"one-finger", b"two-finger", b"applause", b"overtime")

_APPLAUSE_MS = const(5000)  # how long the full applause stands before overtime is counted


class Countdown:
    """One countdown. The methods that change it take `now_ms` and return True where they changed something."""

    def __init__(self):
        self.planned_ms = 300_000
        self.one_finger_ms = 60_000
        self.two_finger_ms = 20_000
        self.overtime = True
        self.counts_up = False  # show the time that has passed, in the colours of the time that is left
        self.state = READY
        self.total_ms = self.planned_ms  # what was planned, and what was given since
        self._deadline_ms = 0
        self._left_ms = self.planned_ms

    def load(self, planned_ms, one_finger_ms, two_finger_ms, overtime):
        """Make a countdown of `planned_ms` ready, with its cue points (milliseconds left) and overtime on or off."""
        self.planned_ms = planned_ms
        self.one_finger_ms = one_finger_ms
        self.two_finger_ms = two_finger_ms
        self.overtime = overtime
        self.reset()

    def reset(self):
        """Go back to the start of the loaded countdown."""
        self.state = READY
        self.total_ms = self._left_ms = self.planned_ms

    def restore(self, is_running, left_ms, total_ms, now_ms):
        """Go on with a loaded countdown that had `left_ms` left of `total_ms` when it was interrupted."""
        self.state = RUNNING if is_running else PAUSED
        self.total_ms = total_ms
        self._left_ms = left_ms
        self._deadline_ms = now_ms + left_ms

    def start(self, now_ms):
        """Start a countdown that is ready."""
        if self.state != READY:
            return False
        self._deadline_ms = now_ms + self._left_ms
        self.state = RUNNING
        return True

    def pause(self, now_ms):
        """Hold the countdown where it is."""
        if self.state != RUNNING:
            return False
        self._left_ms = self._deadline_ms - now_ms
        self.state = PAUSED
        return True

    def resume(self, now_ms):
        """Go on after a pause."""
        if self.state != PAUSED:
            return False
        self._deadline_ms = now_ms + self._left_ms
        self.state = RUNNING
        return True

    def adjust(self, delta_ms):
        """Give `delta_ms` more time (less, if negative), in any state but ENDED."""
        if self.state == ENDED:
            return False
        self.total_ms += delta_ms
        self._left_ms += delta_ms
        self._deadline_ms += delta_ms
        return True

    def stop(self, now_ms):
        """End the countdown; what was left stays readable."""
        if self.state not in (RUNNING, PAUSED):
            return False
        if self.state == RUNNING:
            self._left_ms = self._deadline_ms - now_ms
        self.state = ENDED
        return True

    def remaining_ms(self, now_ms):
        """Return what is left; below zero it is overtime, whether it is shown or not."""
        if self.state == RUNNING:
            return self._deadline_ms - now_ms
        return self._left_ms

    def stage(self, now_ms):
        """Return the stage, one of the STAGE_ numbers."""
        left_ms = self.remaining_ms(now_ms)
        if left_ms > self.one_finger_ms:
            return STAGE_RUNNING
        if left_ms > self.two_finger_ms:
            return STAGE_ONE_FINGER
        if left_ms > 0:
            return STAGE_TWO_FINGER
        if left_ms > -_APPLAUSE_MS or not self.overtime:
            return STAGE_APPLAUSE
        return STAGE_OVERTIME

    def stage_name(self, now_ms):
        """Return the word of the stage, bytes."""
        return STAGE_NAMES[self.stage(now_ms)]

    def stage_began_ms(self, stage, now_ms):
        """Return the uptime at which the running countdown reached, or reaches, `stage` (not STAGE_RUNNING)."""
        if stage == STAGE_ONE_FINGER:
            left_ms = self.one_finger_ms
        elif stage == STAGE_TWO_FINGER:
            left_ms = self.two_finger_ms
        else:
            left_ms = 0 if stage == STAGE_APPLAUSE else -_APPLAUSE_MS
        return now_ms + self.remaining_ms(now_ms) - left_ms

    def shown_seconds(self, now_ms):
        """Return the seconds for the display: rounded up while counting down, overtime negative and rounded down.

        0 therefore appears exactly at the deadline. With overtime off it stays 0. A countdown that counts up shows
        the seconds that have passed, and changes at the same moments.
        """
        left_ms = self.remaining_ms(now_ms)
        left_s = (left_ms + 999) // 1000
        if left_ms < 0:
            left_s = -(-left_ms // 1000) if self.overtime else 0
        return (self.total_ms + 999) // 1000 - left_s if self.counts_up else left_s

    def ms_to_next_change(self, now_ms):
        """Return the milliseconds until the shown seconds or the stage change, or -1 while nothing moves."""
        if self.state != RUNNING:
            return -1
        left_ms = self._deadline_ms - now_ms
        if left_ms > 0:
            wait_ms = (left_ms - 1) % 1000 + 1
            if 0 < left_ms - self.one_finger_ms < wait_ms:
                wait_ms = left_ms - self.one_finger_ms
            if 0 < left_ms - self.two_finger_ms < wait_ms:
                wait_ms = left_ms - self.two_finger_ms
            return wait_ms
        return 1000 + left_ms % -1000
