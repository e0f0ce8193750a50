"""What presses and time do: dispatches button events to bookmarks, talks, countdown and menu, and updates the state.

Nothing here waits.
"""

from firmware.control.bookmarks import Bookmarks
from firmware.control.record_writer import RecordWriter
from firmware.control.talks import Talks
from firmware.core import countdown, power
from firmware.core.buttons import ACTION, HELD, MARK, PRESS, RELEASE
from firmware.core.portable import const
from firmware.core.schedule import ScheduleError
from firmware.core.state import CLOCK, COUNTDOWN, FAULT, FLASH_NOT_SAVED, FLASH_PASSAGE, MENU, NOTE, NoCountdown
from firmware.journal.sector_ring import NO_MEMORY

_MENU_MS = const(10_000)  # a menu closes after this time without a press
_QUIET_MS = const(3000)


def _nothing():
    """Do nothing: there is always room."""


class Controller:
    """The device's behaviour. `handle` takes button events, `tick` the passing of time; both update `state`.

    `on_countdown_change(run_seq)` is called whenever the countdown has changed, `make_room()` before a part is loaded.
    `runner` is the CountdownRunner, in memory only while a countdown is used, else None.
    """

    def __init__(self, journal, clock, settings, state, cues, on_countdown_change):
        self.state = state
        self.settings = settings
        self.has_unsaved_settings = False  # changed on the device; the app writes them when it is idle
        self.home = NOTE  # the screen below a menu
        self.journal = journal
        records = RecordWriter(journal, state)
        self.bookmarks = Bookmarks(records)
        self.talks = Talks(records, clock)
        self.runner = None
        self.last_press_ms = -_MENU_MS
        self.records = records
        self._clock = clock
        self._cues = cues
        self._on_countdown_change = on_countdown_change
        self.make_room = _nothing
        self._menu = None  # while it is open
        self._pressed_ms = [0, 0, 0]
        self._passage_ms = -1  # when the passage began that the screen shows, -1: none
        # by button: whether its release does nothing, because the press has done something or brought the light back
        self._is_used = [False, False, False]
        self._menu_ends_ms = 0
        self.apply_settings(0)  # they count from the start

    # called by the app

    def apply_settings(self, ms):
        """Apply the settings, which have changed at the uptime `ms`."""
        settings = self.settings
        self.bookmarks.marking.set_tags(tuple([tag.encode() for tag in settings["tags"]]))
        self.state.silent = settings["silent"]
        self.talks.set_room(bytes([ord(letter) for letter in settings["room"]]), ms)  # Latin-1, as in the schedule
        if self.runner:
            self.runner.apply_settings()

    def change_setting(self, name, value):
        """Apply a setting that a person has changed on the device."""
        self.settings[name] = value
        self.has_unsaved_settings = True
        self.state.silent = self.settings["silent"]

    def use_schedule(self, schedule):
        """Switch to another schedule, or None."""
        self.talks.use(schedule)
        self.close_menu()

    def close_menu(self):
        """Close the menu: what it offers may be gone, and its memory is needed. Return whether it was open."""
        is_open = self.state.screen == MENU
        if is_open:
            self.show(self.home)
        return is_open

    def clock_changed(self, offset_s, ms):
        """Use the wall clock that was set; `offset_s` (the laptop's local time minus UTC) counts without a schedule."""
        if self.talks.schedule is None:
            self.state.utc_offset_s = offset_s
        self.talks.look_now()
        if self.runner:
            self.runner.clock_changed(ms)

    def is_idle(self, now_ms):
        """Return whether neither a press nor a cue happened within the last seconds, so that slow work may be done."""
        return now_ms - self.last_active_ms() > _QUIET_MS

    def last_active_ms(self):
        """Return the uptime of the last press or cue."""
        if self.runner and self.runner.last_cue_ms > self.last_press_ms:
            return self.runner.last_cue_ms
        return self.last_press_ms

    def load_runner(self):
        """Return the CountdownRunner, loaded if it was not."""
        if not self.runner:
            self.make_room()
            from firmware.control.countdown_runner import CountdownRunner  # 4 KB with the backup, not for every device

            self.runner = CountdownRunner(
                self.records, self._clock, self.settings, self._cues, self._on_countdown_change
            )
            self.runner.apply_settings()
        return self.runner

    def rest(self):
        """Free the CountdownRunner and its countdown if no countdown is used. Call it when the device is idle."""
        if self.runner and self.home != COUNTDOWN and not self.is_running():
            self.runner = None
            self.state.countdown = NoCountdown()

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
        except MemoryError:
            if not self.abandon_record(NO_MEMORY, ms):  # a part that is loaded when it is needed, such as the menu
                self.show_fault(NO_MEMORY)
        self._refresh(self.state.now_ms if self.state.now_ms > ms else ms)

    async def run(self, uptime_ms, wakeup, screen_wakeup):
        """Tick whenever something is due, and wake the screen's task after it, forever."""
        state = self.state
        while True:
            now_ms = uptime_ms()
            wait_ms = self.tick(now_ms)
            state.light_percent = self._light_percent(now_ms)
            state.is_dark = not state.light_percent
            screen_wakeup.wake()
            await wakeup.sleep_ms(wait_ms)

    def tick(self, now_ms):
        """Do what is due at `now_ms`, bring the state up to date, and return the milliseconds until the next tick."""
        state = self.state
        records = self.records
        try:
            if self.runner:
                self.runner.tick(now_ms)
            records.tick(now_ms)
            if now_ms >= self._menu_ends_ms:
                self.close_menu()
            if self.home != COUNTDOWN:  # the clock changes no speaker
                self.talks.tick(now_ms)
            self._refresh(now_ms)
        except MemoryError:
            if not self.abandon_record(NO_MEMORY, now_ms):
                raise
        wait_ms = 1000 - now_ms % 1000
        change_ms = state.countdown.ms_to_next_change(now_ms) if self.runner else -1
        if change_ms > 0 and state.screen == COUNTDOWN:
            wait_ms = change_ms
        for_ms = records.flash_ends_ms - now_ms
        if 0 < for_ms < wait_ms:
            wait_ms = for_ms
        for_ms = self.bookmarks.marking.window_left_ms(now_ms)
        if 0 < for_ms < wait_ms:
            wait_ms = for_ms
        return change_ms if 0 <= change_ms < wait_ms else wait_ms

    def abandon_record(self, reason, ms):
        """Show NOT SAVED if a record was begun that a fault has cut short; return whether that is so."""
        is_open = self.records.is_open
        if is_open:
            self.records.not_saved(reason, ms)
        return is_open

    # buttons

    def _mark(self, ms):
        screen = self.state.screen
        if screen != NOTE and screen != COUNTDOWN:  # noqa: PLR1714  a tuple would be allocated
            self.show(COUNTDOWN if self.home == COUNTDOWN else NOTE)  # first of all: the result is shown there
        self.bookmarks.mark(ms)

    def _held(self, button, ms):
        screen = self.state.screen
        if button == MARK:
            if self.bookmarks.marking.last_seq:  # else its bookmark was NOT SAVED, which stays on the screen
                self._passage_ms = self._pressed_ms[MARK]
                self.records.flash(FLASH_PASSAGE, ms)
        elif button != ACTION:
            return
        elif screen == MENU:
            self._menu_ends_ms = ms + _MENU_MS
            self._menu.choose(ms)
        elif screen == NOTE and self.bookmarks.marking.in_window(self._pressed_ms[ACTION]):
            self.bookmarks.take_back(ms)
        else:
            self.make_room()
            from firmware.control.menu import Menu  # in memory only while it is open

            self._menu_ends_ms = ms + _MENU_MS
            self._menu = Menu(self)
            self.state.screen = MENU

    def _release(self, button, ms):
        is_used = self._is_used[button]
        pressed_ms = self._pressed_ms[button]
        if button == MARK:
            self._end_passage(ms)
        elif is_used:
            return
        elif button == ACTION:
            self._action(pressed_ms)
        elif self.state.screen == MENU:
            self.show(self.home)
        else:
            self.next_talk(pressed_ms)

    def _action(self, ms):
        screen = self.state.screen
        if screen == MENU:
            self._menu.step()
            self._menu_ends_ms = ms + _MENU_MS
        elif screen == COUNTDOWN:
            if not self.runner.go_on(ms):
                self.next_talk(ms)
        elif screen == NOTE:
            self.bookmarks.next_tag(ms)
        else:
            self.show(self.home)

    def settle(self, now_ms):
        """Record what the screen has shown and no record has yet: a tag, a passage. Call it before the app ends."""
        self.bookmarks.settle(now_ms)
        self._end_passage(now_ms)

    def _end_passage(self, ms):
        began_ms = self._passage_ms
        self._passage_ms = -1
        if began_ms >= 0:
            self.bookmarks.passage(began_ms, ms)

    def show_fault(self, text):
        """Show what failed (Latin-1 bytes), but hide neither a running countdown nor that a press was NOT SAVED."""
        state = self.state
        state.fault = text
        if state.flash != FLASH_NOT_SAVED and not (self.home == COUNTDOWN and self.is_running()):
            self.show(FAULT)

    def show(self, screen):
        """Show a screen; NOTE, COUNTDOWN and CLOCK are also the screens that a menu returns to."""
        if screen <= CLOCK:
            self.home = screen
        self.state.screen = screen
        self.state.menu_items = ()
        self._menu = None

    def next_talk(self, ms):
        """Select the next talk of the room: the next speaker, while a countdown is shown."""
        if self.home == COUNTDOWN:
            self.runner.stop(ms)
            self.runner.reset()
        self.talks.next(ms)

    def is_running(self):
        """Return whether a countdown runs or is paused."""
        running = self.state.countdown.state
        return running == countdown.RUNNING or running == countdown.PAUSED  # noqa: PLR1714  a tuple would be allocated

    def _light_percent(self, now_ms):
        settings = self.settings
        return power.light_percent(
            settings["brightness"],
            settings["dim_after_s"],
            now_ms - self.last_press_ms,
            self.is_running(),
            self.home == COUNTDOWN,
        )

    def _refresh(self, now_ms):
        state = self.state
        journal = self.journal
        state.now_ms = now_ms
        state.utc_min = self._clock.utc_min(now_ms)
        self.bookmarks.tick(now_ms)
        state.unsynced = journal.last_seq - journal.committed_seq
        state.journal_percent = journal.percent
        if state.screen == MENU:
            state.menu_items = self._menu.labels
            state.menu_index = self._menu.index
