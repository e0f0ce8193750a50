"""What presses and time do: the one place that turns events into records and into what the screens show.

The core decides, the journal keeps, the state is shown. Nothing here waits.
"""

from firmware.core import countdown as stages
from firmware.core import state
from firmware.core.buttons import ACTION, HELD, MARK, PRESS, RELEASE
from firmware.core.marking import Marking
from firmware.core.portable import const
from firmware.core.schedule import ScheduleError

_FLASH_MS = const(3000)
_MENU_MS = const(10_000)  # a menu that nobody touches closes
_TALK_LOOKUP_MS = const(5000)
_GRACE_S = const(120)  # a talk picked by hand stays for two minutes beyond its end


class Controller:
    """The device's behaviour. `handle` takes button events, `tick` the passing of time; both update `state`."""

    def __init__(self, journal, clock, settings, shown, cues):
        self.state = shown
        self.settings = settings
        self.schedule = None  # the core.schedule.Schedule in use
        self.marking = Marking(())
        self.home = state.NOTE  # the screen below a menu
        self.journal = journal
        self._clock = clock
        self._cues = cues
        self._menu = None  # while it is open
        self._counts = {}  # bookmarks by talk id
        self._pressed_ms = [0, 0, 0]
        self._was_held = [False, False, False]
        self._flash_ends_ms = 0
        self._menu_ends_ms = 0
        self._last_press_ms = -_MENU_MS
        self._last_cue_ms = -_MENU_MS
        self._next_lookup_ms = 0
        self._talk_index = -1
        self._talk_is_picked = False
        self._room = b""
        self._run_seq = 0
        self._stage = stages.STAGE_RUNNING
        self.apply_settings()

    # what the app tells it

    def apply_settings(self):
        """Take over settings that have changed."""
        settings = self.settings
        self.marking.set_tags(tuple([tag.encode() for tag in settings["tags"]]))
        self.state.silent = settings["silent"]
        self._room = bytes([ord(letter) for letter in settings["room"]])  # Latin-1, as in the schedule; empty: any
        if self.state.countdown.state == stages.READY:
            self.load_preset(0)

    def use_schedule(self, schedule):
        """Take another schedule, or None."""
        self.schedule = schedule
        if self.state.screen == state.MENU:
            self.show(self.home)  # what it offers may be gone
        self._talk_index = -1
        self._talk_is_picked = False
        self._next_lookup_ms = 0
        self.state.talk = self.state.next_talk = None
        self.state.utc_offset_s = schedule.utc_offset_s if schedule else 0

    def clock_changed(self, offset_s):
        """The wall clock was set; `offset_s` is the laptop's local time minus UTC, for want of a conference's."""
        if self.schedule is None:
            self.state.utc_offset_s = offset_s
        self._next_lookup_ms = 0

    def is_idle(self, now_ms):
        """Return whether neither a press nor a cue happened within the last seconds, so that slow work may be done."""
        return now_ms - self._last_press_ms > 3000 and now_ms - self._last_cue_ms > 3000

    def handle(self, button, event, ms):
        """Take one event of core.buttons; `ms` is the uptime of its edge."""
        self._last_press_ms = ms
        try:
            if event == PRESS:
                self._pressed_ms[button] = ms
                self._was_held[button] = False
                if button == MARK:
                    self._mark(ms)
            elif event == HELD:
                self._was_held[button] = True
                if button == MARK:
                    self._flash(state.FLASH_PASSAGE, ms)
                elif button == ACTION:
                    self._action_held(ms)
            elif event == RELEASE:
                if button == MARK:
                    if self._was_held[button]:
                        self._passage(ms)
                elif not self._was_held[button]:
                    if button == ACTION:
                        self._action(self._pressed_ms[button])
                    else:
                        self._next(self._pressed_ms[button])
        except ScheduleError as error:
            self._lose_schedule(error)
        except MemoryError:  # a part that is loaded when it is needed found no room
            self.state.fault = b"no memory"
            self.show(state.FAULT)
        self._refresh(self.state.now_ms if self.state.now_ms > ms else ms)

    def tick(self, now_ms):
        """Do what is due at `now_ms`, bring the state up to date, and return the milliseconds until the next tick."""
        self._watch_stage(now_ms)
        marking = self.marking
        if marking.retag_due(now_ms):
            self._write_retag(marking.last_seq, marking.last_tag, now_ms)
            marking.retagged()
        shown = self.state
        if shown.flash != state.FLASH_NONE and now_ms >= self._flash_ends_ms:
            shown.flash = state.FLASH_NONE
        if shown.screen == state.MENU and now_ms >= self._menu_ends_ms:
            self.show(self.home)
        if now_ms >= self._next_lookup_ms:
            self._next_lookup_ms = now_ms + _TALK_LOOKUP_MS
            try:
                self._follow_clock(now_ms)
            except ScheduleError as error:
                self._lose_schedule(error)
        self._refresh(now_ms)
        wait_ms = 1000 - now_ms % 1000
        change_ms = shown.countdown.ms_to_next_change(now_ms)
        if change_ms > 0 and shown.screen == state.COUNTDOWN:
            wait_ms = change_ms
        for_ms = self._flash_ends_ms - now_ms
        if 0 < for_ms < wait_ms:
            wait_ms = for_ms
        for_ms = marking.window_left_ms(now_ms)
        if 0 < for_ms < wait_ms:
            wait_ms = for_ms
        return change_ms if 0 <= change_ms < wait_ms else wait_ms

    # marking

    def _mark(self, ms):
        marking = self.marking
        retag_seq = marking.last_seq if marking.is_retagged() else 0
        retag_tag = marking.last_tag if retag_seq else b""
        shown = self.state
        writer = self.journal.begin(b"bookmark", ms)
        writer.text_field(b"tag", marking.next_tag)
        talk = shown.talk
        if talk is not None:
            writer.text_field(b"talk", talk.id)
        seq = self._save(ms)
        if seq:
            number = self._count(1)
            marking.saved(seq, number, ms)
            shown.flash_number = number
            shown.flash_tag = marking.last_tag
            self._flash(state.FLASH_SAVED, ms)
        else:
            marking.forget()
        if retag_seq:  # the new bookmark comes first: its moment is now
            self._write_retag(retag_seq, retag_tag, ms)
        if shown.screen not in (state.NOTE, state.COUNTDOWN):
            self.show(state.COUNTDOWN if self.home == state.COUNTDOWN else state.NOTE)

    def _passage(self, ms):
        seq = self.marking.last_seq
        if seq:
            writer = self.journal.begin(b"span", ms)
            writer.number_field(b"of", seq)
            writer.number_field(b"len", ms - self._pressed_ms[MARK])
            if self._save(ms):
                self._flash(state.FLASH_SAVED, ms)

    def _write_retag(self, seq, tag, ms):
        writer = self.journal.begin(b"retag", ms)
        writer.number_field(b"of", seq)
        writer.text_field(b"tag", tag)
        self._save(ms)

    def take_back(self, ms):
        """Take the newest bookmark back, if there is one."""
        marking = self.marking
        if marking.last_seq:
            self.journal.begin(b"undo", ms).number_field(b"of", marking.last_seq)
            if self._save(ms):
                self._count(-1)
                marking.forget()
                self._flash(state.FLASH_UNDONE, ms)

    def _count(self, change):
        """Return how many bookmarks the talk has, after `change`."""
        talk = self.state.talk
        talk_id = talk.id if talk is not None else b""
        number = self._counts.get(talk_id, 0) + change
        if change:
            self._counts[talk_id] = number
        return number

    def _save(self, ms):
        """Save the record that was begun; return its seq. If it cannot be, say so on the screen and return 0."""
        seq = self.journal.save()
        if not seq:
            self.state.flash_reason = self.journal.problem
            self._flash(state.FLASH_NOT_SAVED, ms)
        return seq

    # the action and next buttons

    def _action(self, ms):
        screen = self.state.screen
        if screen == state.MENU:
            self._menu.step()
            self._menu_ends_ms = ms + _MENU_MS
        elif screen == state.COUNTDOWN:
            self._start_or_pause(ms)
        elif screen == state.NOTE:
            marking = self.marking
            if marking.in_window(ms):
                marking.cycle_last(ms)
                self.state.flash_tag = marking.last_tag
                self._flash(state.FLASH_RETAGGED, ms)
            else:
                marking.cycle_next()
        else:
            self.show(self.home)

    def _action_held(self, ms):
        screen = self.state.screen
        if screen == state.MENU:
            self._menu_ends_ms = ms + _MENU_MS
            self._menu.choose(ms)
        elif screen == state.NOTE and self.marking.in_window(self._pressed_ms[ACTION]):
            self.take_back(ms)
        else:
            from firmware.menu import Menu  # in memory only while it is open

            self._menu_ends_ms = ms + _MENU_MS
            self._menu = Menu(self)
            self.state.screen = state.MENU

    def _next(self, ms):
        if self.state.screen == state.MENU:
            self.show(self.home)
        else:
            self.next_talk(ms)

    def show(self, screen):
        """Go to a screen; NOTE, COUNTDOWN and CLOCK are also what a menu returns to."""
        if screen <= state.CLOCK:
            self.home = screen
        self.state.screen = screen
        self._menu = None

    # talks

    def pick_talk(self, index, ms, how):
        """Make the talk of row `index` the one that bookmarks go to; `how` is the word of the talk record."""
        if index == self._talk_index:
            return
        talk = self.schedule.talk(index)
        self._write_talk(talk.id, how, ms)
        self._talk_index = index
        self._talk_is_picked = how != b"clock"
        self.state.talk = talk
        following = self.schedule.next_after(index)
        self.state.next_talk = self.schedule.talk(following) if following >= 0 else None

    def next_talk(self, ms):
        """Go on to the next talk of the room: the next speaker, when a countdown is shown."""
        if self.home == state.COUNTDOWN:
            self.stop(ms)
            self.state.countdown.reset()
            self._stage = stages.STAGE_RUNNING
        schedule = self.schedule
        if schedule is None:
            return
        if self._talk_index >= 0:
            following = schedule.next_after(self._talk_index)
        else:
            following = schedule.next_at(self._clock.utc_ms(ms) // 1000, self._room)
        if following >= 0:
            self.pick_talk(following, ms, b"next")

    def _write_talk(self, talk_id, how, ms):
        writer = self.journal.begin(b"talk", ms)
        writer.text_field(b"id", talk_id)
        writer.text_field(b"how", how)
        self._save(ms)

    def _lose_schedule(self, error):
        """Go on without the schedule: its file turned out to be damaged."""
        self.use_schedule(None)
        self.state.problems.append(str(error))

    def _follow_clock(self, now_ms):
        """Choose the talk that runs now, unless a person chose one that still runs, or a countdown is shown."""
        schedule = self.schedule
        if schedule is None or self.home == state.COUNTDOWN:
            return
        utc_s = self._clock.utc_ms(now_ms) // 1000
        if not utc_s:
            return
        talk = self.state.talk
        room = self._room
        if talk is not None:
            if self._talk_is_picked:
                room = talk.room
                if utc_s < talk.end_utc_s + _GRACE_S:
                    return
            elif talk.start_utc_s <= utc_s < talk.end_utc_s:
                return
        index = schedule.at(utc_s, room)
        if index >= 0:
            self.pick_talk(index, now_ms, b"clock")
        elif talk is not None and utc_s >= talk.end_utc_s + _GRACE_S:
            self._write_talk(b"", b"clock", now_ms)
            self._talk_index = -1
            self._talk_is_picked = False
            self.state.talk = None

    # the countdown

    def load_preset(self, index):
        """Make the preset of that number ready."""
        name, minutes, one_finger_s, two_finger_s = self.settings["presets"][index]
        self.state.countdown.load(minutes * 60_000, one_finger_s * 1000, two_finger_s * 1000, self.settings["overtime"])
        self.state.preset = name.encode()
        self._stage = stages.STAGE_RUNNING

    def add_minute(self, ms):
        """Give the speaker one minute more."""
        countdown = self.state.countdown
        if countdown.adjust(60_000) and countdown.state != stages.READY:
            writer = self._begin_countdown(b"adjust", ms)
            writer.number_field(b"by", 60_000)
            writer.number_field(b"left", countdown.remaining_ms(ms))
            self._save(ms)

    def stop(self, ms):
        """End the countdown."""
        self._watch_stage(ms)
        if self.state.countdown.stop(ms):
            self._note_countdown(b"stop", ms)

    def _start_or_pause(self, ms):
        countdown = self.state.countdown
        if countdown.start(ms):
            self._stage = stages.STAGE_RUNNING
            self._run_seq = 0
            writer = self._begin_countdown(b"start", ms)
            writer.number_field(b"plan", countdown.remaining_ms(ms))
            writer.text_field(b"preset", self.state.preset)
            if self.state.talk is not None:
                writer.text_field(b"talk", self.state.talk.id)
            self._run_seq = self._save(ms)
        elif countdown.state == stages.ENDED:
            self.next_talk(ms)
        elif countdown.stage(ms) >= stages.STAGE_APPLAUSE:
            self.stop(ms)
        elif countdown.pause(ms):
            self._note_countdown(b"pause", ms)
        elif countdown.resume(ms):
            self._note_countdown(b"resume", ms)

    def _watch_stage(self, now_ms):
        countdown = self.state.countdown
        if countdown.state != stages.RUNNING:
            return
        stage = countdown.stage(now_ms)
        if stage < self._stage:  # more time was given
            self._stage = stage
        while self._stage < stage:
            self._stage += 1
            ms = countdown.stage_began_ms(self._stage, now_ms)
            if self._stage == stages.STAGE_OVERTIME:
                self._note_countdown(b"overtime", ms)
            else:
                self._begin_countdown(b"stage", ms).text_field(b"stage", stages.STAGE_NAMES[self._stage])
                self._save(ms)
            if self._stage == stage:
                self._cues.play(stage, self.state.silent)
                self._last_cue_ms = now_ms

    def _begin_countdown(self, what, ms):
        writer = self.journal.begin(b"countdown", ms)
        writer.text_field(b"do", what)
        if self._run_seq:
            writer.number_field(b"run", self._run_seq)
        return writer

    def _note_countdown(self, what, ms):
        self._begin_countdown(what, ms).number_field(b"left", self.state.countdown.remaining_ms(ms))
        self._save(ms)

    # what is shown

    def _flash(self, kind, ms):
        self.state.flash = kind
        self._flash_ends_ms = ms + _FLASH_MS

    def _refresh(self, now_ms):
        shown = self.state
        journal = self.journal
        shown.now_ms = now_ms
        shown.utc_min = self._clock.utc_min(now_ms)
        shown.tag = self.marking.next_tag
        shown.bookmark_count = self._count(0)
        shown.unsynced = journal.last_seq - journal.committed_seq
        shown.journal_percent = journal.percent
        if shown.screen == state.MENU:
            shown.menu_items = self._menu.labels
            shown.menu_index = self._menu.index
