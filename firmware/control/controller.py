"""What presses and time do: turns button events into what notes, talks and countdown do, and into what is shown.

The core decides, the journal keeps, the state is shown. Nothing here waits.
"""

from firmware.control.bookmarks import Notes
from firmware.control.countdown_runner import Chair
from firmware.control.record_writer import Recorder
from firmware.control.talks import Talks
from firmware.core import countdown, state
from firmware.core.buttons import ACTION, HELD, MARK, PRESS, RELEASE
from firmware.core.portable import const
from firmware.core.schedule import ScheduleError

_MENU_MS = const(10_000)  # a menu that nobody touches closes
_QUIET_MS = const(3000)


class Controller:
    """The device's behaviour. `handle` takes button events, `tick` the passing of time; both update `state`."""

    def __init__(self, journal, clock, settings, shown, cues):
        self.state = shown
        self.settings = settings
        self.settings_changed = False  # on the device: the app keeps them when there is time
        self.home = state.NOTE  # the screen below a menu
        self.journal = journal
        recorder = Recorder(journal, shown)
        self.notes = Notes(recorder)
        self.talks = Talks(recorder, clock)
        self.chair = Chair(recorder, clock, settings, cues)
        self.last_press_ms = -_MENU_MS
        self._recorder = recorder
        self._clock = clock
        self._menu = None  # while it is open
        self._pressed_ms = [0, 0, 0]
        # by button: whether its release does nothing, because the press has done something or brought the light back
        self._is_used = [False, False, False]
        self._menu_ends_ms = 0
        self.apply_settings()

    # what the app tells it

    def apply_settings(self):
        """Take over settings that have changed."""
        settings = self.settings
        self.notes.marking.set_tags(tuple([tag.encode() for tag in settings["tags"]]))
        self.state.silent = settings["silent"]
        self.talks.room = bytes([ord(letter) for letter in settings["room"]])  # Latin-1, as in the schedule
        self.chair.apply_settings()

    def change_setting(self, name, value):
        """A person has changed a setting on the device."""
        self.settings[name] = value
        self.settings_changed = True
        self.state.silent = self.settings["silent"]

    def use_schedule(self, schedule):
        """Take another schedule, or None."""
        self.talks.use(schedule)
        if self.state.screen == state.MENU:
            self.show(self.home)  # what it offers may be gone

    def clock_changed(self, offset_s, ms):
        """The wall clock was set; `offset_s` is the laptop's local time minus UTC, for want of a conference's."""
        if self.talks.schedule is None:
            self.state.utc_offset_s = offset_s
        self.talks.look_now()
        self.chair.clock_changed(ms)

    def is_idle(self, now_ms):
        """Return whether neither a press nor a cue happened within the last seconds, so that slow work may be done."""
        return now_ms - self.last_press_ms > _QUIET_MS and now_ms - self.chair.last_cue_ms > _QUIET_MS

    def handle(self, button, event, ms):
        """Take one event of core.buttons; `ms` is the uptime of its edge."""
        self.last_press_ms = ms
        try:
            if event == PRESS:
                self._pressed_ms[button] = ms
                self._is_used[button] = self.state.is_dark and button != MARK
                if button == MARK:
                    self._mark(ms)
            elif event == HELD:
                self._is_used[button] = True
                self._held(button, ms)
            elif event == RELEASE:
                self._release(button, ms)
        except ScheduleError as error:
            self.talks.lose(error)
        except MemoryError:  # a part that is loaded when it is needed found no room
            self.state.fault = b"no memory"
            self.show(state.FAULT)
        self._refresh(self.state.now_ms if self.state.now_ms > ms else ms)

    def tick(self, now_ms):
        """Do what is due at `now_ms`, bring the state up to date, and return the milliseconds until the next tick."""
        shown = self.state
        recorder = self._recorder
        self.chair.tick(now_ms)
        recorder.tick(now_ms)
        if shown.screen == state.MENU and now_ms >= self._menu_ends_ms:
            self.show(self.home)
        if self.home != state.COUNTDOWN:  # the clock changes no speaker
            self.talks.tick(now_ms)
        self._refresh(now_ms)
        wait_ms = 1000 - now_ms % 1000
        change_ms = shown.countdown.ms_to_next_change(now_ms)
        if change_ms > 0 and shown.screen == state.COUNTDOWN:
            wait_ms = change_ms
        for_ms = recorder.flash_ends_ms - now_ms
        if 0 < for_ms < wait_ms:
            wait_ms = for_ms
        for_ms = self.notes.marking.window_left_ms(now_ms)
        if 0 < for_ms < wait_ms:
            wait_ms = for_ms
        return change_ms if 0 <= change_ms < wait_ms else wait_ms

    # buttons

    def _mark(self, ms):
        self.notes.mark(ms)
        if self.state.screen not in (state.NOTE, state.COUNTDOWN):
            self.show(state.COUNTDOWN if self.home == state.COUNTDOWN else state.NOTE)

    def _held(self, button, ms):
        screen = self.state.screen
        if button == MARK:
            self._recorder.flash(state.FLASH_PASSAGE, ms)
        elif button != ACTION:
            return
        elif screen == state.MENU:
            self._menu_ends_ms = ms + _MENU_MS
            self._menu.choose(ms)
        elif screen == state.NOTE and self.notes.marking.in_window(self._pressed_ms[ACTION]):
            self.notes.take_back(ms)
        else:
            from firmware.control.menu import Menu  # in memory only while it is open

            self._menu_ends_ms = ms + _MENU_MS
            self._menu = Menu(self)
            self.state.screen = state.MENU

    def _release(self, button, ms):
        is_used = self._is_used[button]
        pressed_ms = self._pressed_ms[button]
        if button == MARK:
            if is_used:
                self.notes.passage(pressed_ms, ms)
        elif is_used:
            return
        elif button == ACTION:
            self._action(pressed_ms)
        elif self.state.screen == state.MENU:
            self.show(self.home)
        else:
            self.next_talk(pressed_ms)

    def _action(self, ms):
        screen = self.state.screen
        if screen == state.MENU:
            self._menu.step()
            self._menu_ends_ms = ms + _MENU_MS
        elif screen == state.COUNTDOWN:
            if not self.chair.go_on(ms):
                self.next_talk(ms)
        elif screen == state.NOTE:
            self.notes.next_tag(ms)
        else:
            self.show(self.home)

    def show(self, screen):
        """Go to a screen; NOTE, COUNTDOWN and CLOCK are also what a menu returns to."""
        if screen <= state.CLOCK:
            self.home = screen
        self.state.screen = screen
        self._menu = None

    def next_talk(self, ms):
        """Go on to the next talk of the room: the next speaker, when a countdown is shown."""
        if self.home == state.COUNTDOWN:
            self.chair.stop(ms)
            self.chair.reset()
        self.talks.next(ms)

    def is_running(self):
        """Return whether a countdown runs or is paused."""
        return self.state.countdown.state in (countdown.RUNNING, countdown.PAUSED)

    def _refresh(self, now_ms):
        shown = self.state
        journal = self.journal
        shown.now_ms = now_ms
        shown.utc_min = self._clock.utc_min(now_ms)
        self.notes.tick(now_ms)
        shown.unsynced = journal.last_seq - journal.committed_seq
        shown.journal_percent = journal.percent
        if shown.screen == state.MENU:
            shown.menu_items = self._menu.labels
            shown.menu_index = self._menu.index
