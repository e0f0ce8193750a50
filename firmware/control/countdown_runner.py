"""Runs the countdown for the session chair: buttons and time become stages, cues and records."""

from firmware.control import countdown_backup
from firmware.core import countdown as core
from firmware.core.portable import const

_MINUTE_MS = const(60_000)
_TICKS_MS = const(10_000)
_PRESET_KEY_BYTES = const(8)  # " preset="
_TALK_BYTES = const(18)  # " talk=" and an id of 12 letters
_ALERT_MS = const(4000)  # how often an end alert calls until somebody dismisses it


class CountdownRunner:
    """Turns what the chair wants, and the passing of time, into records and cues. Times are milliseconds of uptime.

    `on_change(run_seq)` is called whenever the countdown has changed, so that it can survive a reset; `run_seq` is the
    seq of the run's start record, 0 before it. `backup` is the module that saves the countdown for this.
    """

    backup = countdown_backup

    def __init__(self, records, clock, settings, cues, on_change):
        self.last_cue_ms = -_MINUTE_MS
        self.end_utc_ms = 0  # the wall clock time at which it must end, however late it began; 0: none
        self.run_seq = 0  # of the start record
        self._on_change = on_change
        self._records = records
        self._clock = clock
        self._settings = settings
        self._cues = cues
        self._countdown = records.state.countdown = core.Countdown()
        self._stage = 0
        self._tick_s = 0  # the newest second that was ticked
        self._adjusted_ms = 0  # when the run was adjusted last: it reached no stage before that which it had not
        self._alert_ms = 0

    def apply_settings(self):
        """Take over settings that have changed; a run that has begun keeps its plan."""
        countdown = self._countdown
        countdown.counts_up = self._settings["count_up"]
        if countdown.state == core.READY:
            self.load(0)

    def load(self, index):
        """Prepare the preset of that number."""
        settings = self._settings
        name, minutes, one_finger_s, two_finger_s = settings["presets"][index]
        self._countdown.load(minutes * _MINUTE_MS, one_finger_s * 1000, two_finger_s * 1000, settings["overtime"])
        self._records.state.preset = name.encode()
        self.reset()

    def reset(self):
        """Be ready for another run with the same preset."""
        self._countdown.reset()
        self._stage = 0
        self.run_seq = 0
        self._end_at(0)

    def end_at(self, utc_min, ms):
        """Let the countdown end at that minute of the wall clock, even if it starts late or runs already."""
        if self._countdown.state in (core.READY, core.ENDED):
            self._countdown.reset()
        self._end_at(utc_min)
        if self._countdown.state != core.READY:
            self._hold_end(ms)

    def _end_at(self, utc_min):
        self.end_utc_ms = utc_min * _MINUTE_MS
        self._records.state.end_min = utc_min

    def keep_end(self, now_ms):
        """Set a countdown with a fixed end to the time left until then."""
        utc_ms = self._clock.utc_ms(now_ms) if self.end_utc_ms else 0
        if utc_ms:
            countdown = self._countdown
            countdown.adjust(self.end_utc_ms - utc_ms - countdown.remaining_ms(now_ms))

    def add_minutes(self, minutes, ms):
        """Give so many minutes more (less, if negative)."""
        if self._countdown.adjust(minutes * _MINUTE_MS):
            if self.end_utc_ms:
                self._end_at(self._records.state.end_min + minutes)
            if self._countdown.state != core.READY:
                self._adjusted(minutes * _MINUTE_MS, ms)

    def _hold_end(self, ms):
        """Keep a fixed end, and record by how much that changes what is left."""
        countdown = self._countdown
        left_ms = countdown.remaining_ms(ms)
        self.keep_end(ms)
        by_ms = countdown.remaining_ms(ms) - left_ms
        if by_ms:
            self._adjusted(by_ms, ms)

    def _adjusted(self, by_ms, ms):
        self._adjusted_ms = ms
        writer = self.begin(b"adjust", ms)
        writer.number_field(b"by", by_ms)
        self._save_left(writer, ms)

    def stop(self, ms):
        """End the countdown."""
        self.tick(ms)
        self._records.state.alert = False
        if self._countdown.stop(ms):
            self._note(b"stop", ms)

    def go_on(self, ms):
        """Do what the chair's button means now: start, pause, resume, dismiss the alert, stop what is over.

        Returns False where there is nothing left to do: the run has ended.
        """
        countdown = self._countdown
        if self._records.state.alert:
            self._records.state.alert = False
        elif countdown.state == core.READY:
            self._start(ms)
        elif countdown.state == core.ENDED:
            return False
        elif countdown.state == core.PAUSED:
            self._hold_end(ms)
            countdown.resume(ms)
            self._note(b"resume", ms)
        elif countdown.stage(ms) >= core.STAGE_APPLAUSE:
            self.stop(ms)
        else:
            countdown.pause(ms)
            self._note(b"pause", ms)
        return True

    def _start(self, ms):
        countdown = self._countdown
        state = self._records.state
        self.keep_end(ms)
        if countdown.remaining_ms(ms) <= 0:  # its end is over
            self.reset()
        countdown.start(ms)
        self._stage = self._adjusted_ms = 0
        self.run_seq = 0
        writer = self.begin(b"start", ms)
        writer.number_field(b"plan", countdown.remaining_ms(ms))
        room = writer.room - _PRESET_KEY_BYTES - (_TALK_BYTES if state.talk is not None else 0)
        writer.text_field(b"preset", state.preset, room)  # 17 bytes even behind the highest numbers
        if state.talk is not None:
            writer.text_field(b"talk", state.talk.id)
        self.run_seq = self._records.save(ms)
        self._changed()

    def restore(self, run_seq, end_min, ms):
        """The countdown was interrupted by a reset: leave a record, and play no cue that was due before."""
        countdown = self._countdown
        self.run_seq = run_seq
        self._end_at(end_min)
        self._stage = countdown.stage(ms)
        if countdown.state == core.RUNNING:
            self._note(b"resume", ms)

    def clock_changed(self, ms):
        """The wall clock was set: a fixed end stays where it is on it."""
        if self._countdown.state == core.RUNNING:
            self._hold_end(ms)
        self._changed()  # in the time of the chip's clock, which was set too

    def tick(self, now_ms):
        """Record the stages that were reached and play what is due."""
        countdown = self._countdown
        if countdown.state != core.RUNNING:
            if countdown.state == core.READY:
                self.keep_end(now_ms)
            return
        stage = countdown.stage(now_ms)
        if stage < self._stage:  # more time was given
            self._stage = stage
            self._records.state.alert = False
        while self._stage < stage:
            self._stage += 1
            self._reach(self._stage, stage, now_ms)
        settings = self._settings
        if self._records.state.alert:
            if now_ms >= self._alert_ms:
                self._alert_ms = now_ms + _ALERT_MS
                self._play(core.STAGE_APPLAUSE, now_ms)
        elif settings["ticks"]:
            left_ms = countdown.remaining_ms(now_ms)
            second = (left_ms + 999) // 1000
            if 0 < left_ms <= _TICKS_MS and second != self._tick_s and self.last_cue_ms != now_ms:
                self._tick_s = second
                self._play(core.CUE_TICK, now_ms)

    def _reach(self, reached, stage, now_ms):
        """Record a stage; only the newest of several is heard."""
        ms = max(self._countdown.stage_began_ms(reached, now_ms), self._adjusted_ms)
        if reached == core.STAGE_OVERTIME:
            self._note(b"overtime", ms)
        else:
            self.begin(b"stage", ms).text_field(b"stage", core.STAGE_NAMES[reached])
            self._records.save(ms)
        if reached == core.STAGE_APPLAUSE and self._settings["end_alert"]:
            self._records.state.alert = True
            self._alert_ms = now_ms + _ALERT_MS
        if reached == stage and not (reached == core.STAGE_OVERTIME and self._records.state.alert):
            self._play(stage, now_ms)

    def _play(self, cue, now_ms):
        self._cues.play(cue, self._records.state.silent)
        self.last_cue_ms = now_ms

    def _changed(self):
        self._on_change(self.run_seq)

    def begin(self, what, ms):
        """Start a record of the countdown; return the line writer for its other fields."""
        writer = self._records.begin(b"countdown", ms)
        writer.text_field(b"do", what)
        if self.run_seq:
            writer.number_field(b"run", self.run_seq)
        return writer

    def _note(self, what, ms):
        self._save_left(self.begin(what, ms), ms)

    def _save_left(self, writer, ms):
        writer.number_field(b"left", self._countdown.remaining_ms(ms))
        self._records.save(ms)
        self._changed()
