"""Chooses the talk that bookmarks and countdowns belong to: by the clock, or as a person picked."""

from firmware.core.portable import const
from firmware.core.schedule import ScheduleError

_LOOKUP_MS = const(5000)
_GRACE_S = const(120)  # a talk picked by hand stays for two minutes beyond its end


class Talks:
    """Keeps `state.talk` and `state.next_talk`. Times are milliseconds of uptime.

    `schedule` is the core.schedule.Schedule in use, or None; `room` (Latin-1 bytes) the only one that counts while
    no talk was chosen, b"" for any. `set_room` changes it.
    """

    def __init__(self, records, clock):
        self.schedule = None
        self.room = b""
        self._records = records
        self._clock = clock
        self.forget()

    def use(self, schedule):
        """Switch to another schedule, or None; close the file of the one before."""
        state = self._records.state
        if self.schedule and self.schedule is not schedule:
            self.schedule.close()
        self.schedule = schedule
        self.forget()
        state.talk = state.next_talk = None
        state.utc_offset_s = schedule.utc_offset_s if schedule else 0

    def set_room(self, room, ms):
        """Use the room `room` from now on, and record it; a talk that a person picked stays."""
        if room == self.room:
            return
        self.room = room
        self._records.begin(b"room", ms).text_field(b"name", room)
        self._records.save(ms)
        if not self._is_picked:
            state = self._records.state
            if state.talk is not None:
                self._write(b"", b"clock", ms)
                state.talk = None
            self.forget()
            self.tick(ms)

    def forget(self):
        """Forget which talk was chosen; look again at the next tick."""
        self._index = -1
        self._is_picked = False
        self.look_now()

    def look_now(self):
        """Find the talk again at the next tick, because the time has changed."""
        self._next_look_ms = 0
        state = self._records.state
        if state.talk is None:
            state.next_talk = None

    def pick(self, index, ms, how):
        """Assign bookmarks to the talk of row `index` from now on; `how` is the word of the talk record."""
        if index == self._index and self._is_picked:
            return
        schedule = self.schedule
        talk = schedule.talk(index)
        self._write(talk.id, how, ms)
        self._index = index
        self._is_picked = how in (b"picked", b"next")
        state = self._records.state
        state.talk = talk
        following = schedule.next_after(index)
        state.next_talk = schedule.talk(following) if following >= 0 else None

    def next(self, ms):
        """Select the next talk of the room."""
        schedule = self.schedule
        if schedule is None:
            return
        if self._index >= 0:
            following = schedule.next_after(self._index)
        else:
            following = schedule.next_at(self._clock.utc_ms(ms) // 1000, self.room)
        if following >= 0:
            self.pick(following, ms, b"next")

    def tick(self, now_ms):
        """Every five seconds, follow the clock."""
        if now_ms >= self._next_look_ms:
            self._next_look_ms = now_ms + _LOOKUP_MS
            if self.schedule is not None:
                try:
                    self._follow_clock(now_ms)
                except ScheduleError as error:
                    self.lose(error)

    def lose(self, error):
        """Continue without the schedule, because its file is damaged."""
        self.use(None)
        self._records.state.set_schedule_problem(str(error))

    def _follow_clock(self, now_ms):
        """Choose the talk that runs now, unless a person chose one that still runs."""
        utc_s = self._clock.utc_ms(now_ms) // 1000
        if not utc_s:
            return
        state = self._records.state
        talk = state.talk
        room = self.room
        if talk is not None:
            if self._is_picked:
                room = talk.room
                if utc_s < talk.end_utc_s + _GRACE_S:
                    return
            elif talk.start_utc_s <= utc_s < talk.end_utc_s:
                return
        index = self.schedule.at(utc_s, room)
        if index >= 0:
            # where no room is known, the laptop takes it as a guess: more talks may run now
            self.pick(index, now_ms, b"room" if room else b"clock")
        elif talk is None:
            self._show_next(utc_s)
        elif utc_s >= talk.end_utc_s + _GRACE_S or (utc_s < talk.start_utc_s and not self._is_picked):
            self._write(b"", b"clock", now_ms)
            self.forget()
            state.talk = None

    def _show_next(self, utc_s):
        """Between two talks, show the one to come."""
        state = self._records.state
        upcoming = state.next_talk
        if upcoming is None or utc_s >= upcoming.start_utc_s:
            index = self.schedule.next_at(utc_s, self.room)
            state.next_talk = self.schedule.talk(index) if index >= 0 else None

    def _write(self, talk_id, how, ms):
        writer = self._records.begin(b"talk", ms)
        writer.text_field(b"id", talk_id)
        writer.text_field(b"how", how)
        self._records.save(ms)
