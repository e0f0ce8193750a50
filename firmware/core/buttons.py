"""Decide what is a press from the levels that were read, for every order of interrupts, polls and bounce.

No hardware here. What the chip gives is poor evidence: an interrupt is served up to SERVICE_MS after the level changed,
it reads the level of that later moment, several edges may be served as one or dropped, and a poll may run before the
interrupt of the edge that it sees. So an interrupt says two things only: the level now, and that there was an edge.

A press counts once, because each PRESS needs evidence that no earlier press can explain. There are two kinds of it.

1. The level was up, and is down now. The level that was up is a release only if it was read BOUNCE_MS after the press
   began (before, it may be that press's bounce). The level that is down now is a new press only if it is read BOUNCE_MS
   after the level was first up (before, it may be the release's bounce). Between the two there was a release and a
   press, because a contact at rest does not change its level.
2. An interrupt was served, and the level is up before and after: a press too short to be read as down, or only
   a late edge of the press before. It is a new press if no edge of the old one can be left: as soon as the driver knows
   that the queue of interrupts has been empty since (`is_new`), or a second after its bounce was over. On an overloaded
   machine interrupts may be served later than SERVICE_MS; if later than that second, one press may become two.

docs/reliability.md says what two presses merge into if this evidence is missing; the fault tests count them.
"""

from .portable import const

# which button, by what it does
MARK = const(0)
ACTION = const(1)
NEXT = const(2)

# what happened to it
NONE = const(0)
PRESS = const(1)  # at the first evidence of it
HELD = const(2)  # still down at the hold threshold
RELEASE = const(3)

BOUNCE_MS = const(11)  # tactile switches bounce for up to 10 ms; one more, as times are cut to milliseconds
QUIET_MS = const(30)  # worn switches bounce longer; a release is reported, and a doubtful press counts, after this
SERVICE_MS = const(200)  # the longest that an interrupt waits: a flash erase and what is queued before it
HOLD_MS = const(700)

_LATEST_MS = const(1000)  # for so long, an edge at which nobody has seen the level down proves no press
_PAUSE_MS = const(20)  # the shortest pause between two presses, less the release's bounce
_NEVER = const(-1)
_LONG_AGO = const(-1 << 20)


class Button:
    """One button. All times are milliseconds of uptime.

    `pressed_ms` is when the current or last press began, `released_ms` when it ended, `was_held` whether it lasted to
    the hold threshold. A button that is down at boot is `pressed`, but reports nothing until it is pressed again.
    """

    def __init__(self, pressed_at_boot):
        self.pressed = pressed_at_boot
        self.pressed_ms = 0
        self.released_ms = 0
        self.was_held = pressed_at_boot
        self._is_ignored = pressed_at_boot
        self._proof_ms = 2 * _LONG_AGO  # when this press was proved: its bounce is over BOUNCE_MS later
        self._held_ms = _LONG_AGO  # when the level of this press was last read as down
        self._up_ms = _NEVER if pressed_at_boot else _LONG_AGO  # when it was first read as up after that
        self._down_ms = _LONG_AGO  # when it was last read as down
        self._is_up = True  # the level, as last read
        self._again_ms = _NEVER  # when it was down again after `_up_ms`: a press, if it is not bounce
        self._gap_ms = 0  # how long the pause before `_again_ms` was at most
        self._edge_ms = _NEVER  # the newest interrupt since a poll read the level as down
        self._is_edge_down = False  # the level there

    def edge(self, edge_ms, was_down=False, is_down=None, is_new=False):
        """Take an interrupt that was served at `edge_ms`. Return PRESS, RELEASE or NONE.

        Args:
            edge_ms: when it was served.
            was_down: the level at the interrupt served before it, whose stamp may have been lost.
            is_down: the level at this one. Default: the other level.
            is_new: whether no edge of an earlier press can have been waiting.

        On RELEASE the edge itself has not been looked at: call again with the same arguments. (It has proved that the
        press before it is over.)

        """
        if is_down is None:
            is_down = not was_down
        if self.pressed and self._edge_ms > self.pressed_ms and self._is_edge_down != bool(was_down):
            if not was_down:
                self._see_up(self._edge_ms)
            elif self._up_ms == self._edge_ms:
                self._up_ms = _NEVER
                self._held_ms = self._down_ms = self._edge_ms
        event = self._see_down(edge_ms) if is_down else self._see_edge(edge_ms, is_new and not was_down)
        if event != RELEASE:
            self._edge_ms = edge_ms
            self._is_edge_down = is_down
        return event

    def settle(self, is_down, last_edge_ms, now_ms):
        """Take a poll of the level. Return PRESS, HELD, RELEASE or NONE; on RELEASE, call again.

        Args:
            is_down: the level at `now_ms`.
            last_edge_ms: when the pin's newest interrupt was served, bounce included.
            now_ms: when the level was read.

        """
        if is_down:
            event = self._see_down(now_ms)
            if event == NONE and self._up_ms == _NEVER and self.pressed:
                self._edge_ms = _NEVER
                if not self.was_held and now_ms - self.pressed_ms >= HOLD_MS:
                    self.was_held = True
                    return HELD
            return event
        self._see_up(now_ms)
        is_quiet = now_ms - last_edge_ms >= QUIET_MS
        if self.pressed and is_quiet and self._up_ms - self._proof_ms >= BOUNCE_MS:
            if self._edge_ms <= self.pressed_ms and last_edge_ms > self._down_ms:
                self._edge_ms = last_edge_ms
            return self._release()
        return NONE

    def wait_ms(self, last_edge_ms, now_ms):
        """Return after how many milliseconds `settle` has something to decide, or -1 when only an edge can matter."""
        quiet_ms = last_edge_ms + QUIET_MS - now_ms
        if quiet_ms > 0:
            return quiet_ms
        if self.pressed and not self.was_held:
            hold_ms = self.pressed_ms + HOLD_MS - now_ms
            return hold_ms if hold_ms > 0 else 0
        return -1

    def needs_polls(self, now_ms):
        """Return whether to poll the level every few milliseconds, so that late and lost interrupts do no harm."""
        if self.pressed:
            return not self._is_ignored
        return now_ms - self._up_ms <= BOUNCE_MS + SERVICE_MS

    def is_at_rest(self, now_ms):
        """Return whether the press is over, and its bounce: interrupts of it come no more, only out of the queue."""
        up_ms = self._up_ms
        return up_ms != _NEVER and up_ms - self._proof_ms >= BOUNCE_MS and now_ms - up_ms >= BOUNCE_MS

    def _see_up(self, ms):
        """Note that the level is up."""
        if ms - self._again_ms >= BOUNCE_MS:
            self._again_ms = _NEVER  # it was bounce
        self._is_up = True
        up_ms = self._up_ms
        if self.pressed and (up_ms == _NEVER or up_ms - self._proof_ms < BOUNCE_MS):
            self._up_ms = ms  # an earlier one was the press's bounce

    def _see_down(self, ms):
        """Note that the level is down, and return what that proves: a release, a press or nothing."""
        up_ms = self._up_ms
        if self.pressed and (up_ms == _NEVER or up_ms - self._proof_ms < BOUNCE_MS):
            self._up_ms = _NEVER
            self._held_ms = self._down_ms = ms
            return NONE
        pause_ms = ms - self._down_ms
        self._down_ms = ms
        if self._again_ms == _NEVER:
            self._again_ms = ms
            self._gap_ms = ms - self._held_ms
        elif pause_ms >= _PAUSE_MS and (self._is_up or self._gap_ms < QUIET_MS):
            self._again_ms = ms
            if self._gap_ms < pause_ms:  # the longer of two: the later one may be bounce
                self._gap_ms = pause_ms
        self._is_up = False
        since_up_ms = ms - up_ms
        if since_up_ms < BOUNCE_MS:
            return NONE
        if self._gap_ms < QUIET_MS:  # a long bounce, or the end of a pause whose beginning was not read
            if since_up_ms < QUIET_MS:
                return NONE
            if self.pressed and self._gap_ms < _PAUSE_MS:  # no pause: the contact was away for a moment
                self._up_ms = self._again_ms = _NEVER
                self._held_ms = ms
                return NONE
        if self.pressed and self._release() == RELEASE:
            return RELEASE
        self._press(self._again_ms, ms)
        self._up_ms = _NEVER
        self._held_ms = ms
        return PRESS

    def _see_edge(self, ms, is_new):
        """Note that the level is up at an interrupt, and return what the edge before it proves."""
        self._see_up(ms)
        since_up_ms = ms - self._up_ms
        if self.pressed:
            if not (is_new and since_up_ms >= BOUNCE_MS):  # 0 within the bounce of the press: see _see_up
                return NONE
            if self._release() == RELEASE:
                return RELEASE
        elif since_up_ms <= BOUNCE_MS + _LATEST_MS and not is_new:
            return NONE
        self._press(ms, ms)
        self._up_ms = ms
        self._held_ms = _LONG_AGO  # it was never read as down
        return PRESS

    def _press(self, ms, proof_ms):
        self.pressed = True
        self.pressed_ms = ms
        self._proof_ms = proof_ms
        self.was_held = False
        self._again_ms = _NEVER

    def _release(self):
        edge_ms = self._edge_ms
        self.released_ms = edge_ms if self.pressed_ms < edge_ms < self._up_ms else self._up_ms
        self.pressed = False
        self._edge_ms = _NEVER
        if self._is_ignored:
            self._is_ignored = False
            return NONE
        return RELEASE
