"""The menu: the entries of each screen at fixed places, and what they do. One button steps, held it chooses.

It is in memory only while it is open.
"""

from firmware.core.portable import const
from firmware.core.state import CLOCK, COUNTDOWN, INFO, MENU, NOTE

_TALKS_OFFERED = const(5)
_ENDS_OFFERED = const(7)


class Menu:
    """A list of entries, each a label, a method and its argument (or None); a submenu replaces the list.

    `labels` are what the screen shows, `index` the current entry.
    """

    def __init__(self, controller):
        """Offer the entries that fit the current screen."""
        self._controller = controller
        self.index = 0
        state = controller.state
        marking = controller.bookmarks.marking
        is_countdown = controller.home == COUNTDOWN
        # an entry keeps its place, whether it can be used now (it has a method) or not
        take_back: tuple = (b"Nothing to take back", None, None)
        if marking.last_seq:
            take_back = (b"Take back #%d" % marking.last_number, controller.bookmarks.take_back, None)
        talks: tuple = (b"No talks", None, None)
        if controller.talks.schedule is not None:
            talks = (b"Talk ...", self._offer_talks, None)
        presets = (b"Countdown ...", self._offer_presets, None)
        entries: list[tuple] = []
        if is_countdown:
            runner = controller.runner
            entries.append((b"+1 min", runner.add_minutes, 1))
            entries.append((b"Next speaker", controller.next_talk, None))
            entries.append((b"End at ...", self._offer_ends, None))
            entries.append((b"Stop ...", self._offer_stop, None))
            entries.append(presets)
            entries.append((b"Notes", self._show, NOTE))
            entries.append((b"Clock", self._show, CLOCK))
            entries.append(talks)
        else:
            entries.append(take_back)
            entries.append(talks)
            entries.append(presets)
            entries.append((b"Clock", self._show, CLOCK) if controller.home == NOTE else (b"Notes", self._show, NOTE))
        entries.append((b"Sound on" if state.silent else b"Silent", self._toggle_silent, None))
        entries.append((b"Brightness ...", self._offer_brightness, None))
        entries.append((b"Info", self._info, None))
        if is_countdown:
            entries.append(take_back)
        self._offer(entries)

    def step(self):
        """Go to the next entry that can be used, and from the last to the first."""
        while True:
            self.index = (self.index + 1) % len(self.labels)
            if self._entries[self.index][1]:
                return

    def choose(self, ms):
        """Do what the current entry says; `ms` is the uptime of the press."""
        labels = self.labels
        controller = self._controller
        _, action, argument = self._entries[self.index]
        if argument is None:
            action(ms)
        else:
            action(argument, ms)
        if self.labels is labels and controller.state.screen == MENU:
            controller.show(controller.home)

    def _offer(self, entries):
        self._entries = entries
        self.labels = tuple([entry[0] for entry in entries])
        self.index = -1
        self.step()

    def _nothing(self, _ms):
        """Close the menu."""

    def _offer_stop(self, _ms):
        """Ask for a second hold, so that no speaker is stopped by mistake."""
        if self._controller.is_running():
            self._offer([(b"Hold B to stop", self._controller.runner.stop, None), (b"Go on", self._nothing, None)])

    def _offer_presets(self, _ms):
        entries = []
        for index, (name, minutes, _, _) in enumerate(self._controller.settings["presets"]):
            label = name if name == "%d min" % minutes else "%s %d:00" % (name, minutes)
            entries.append((label.encode(), self._preset, index))
        self._offer(entries)

    def _preset(self, index, ms):
        controller = self._controller
        runner = controller.load_runner()
        runner.stop(ms)
        runner.load(index)
        controller.show(COUNTDOWN)

    def _offer_ends(self, _ms):
        """Offer the planned end of the talk, if it is in the future, and the next full five minutes."""
        state = self._controller.state
        if not state.utc_min:
            return  # no clock: the menu closes
        minutes = [(state.utc_min // 5 + step) * 5 for step in range(1, _ENDS_OFFERED)]
        if state.talk is not None:
            planned = state.talk.end_utc_s // 60
            if planned > state.utc_min:
                minutes = [planned] + [minute for minute in minutes if minute != planned]
        offset_min = state.utc_offset_s // 60
        entries = []
        for minute in minutes:
            local = (minute + offset_min) % 1440
            entries.append((b"End at %02d:%02d" % (local // 60, local % 60), self._end_at, minute))
        self._offer(entries)

    def _end_at(self, utc_min, ms):
        self._controller.runner.end_at(utc_min, ms)

    def _offer_talks(self, _ms):
        """Offer the talks nearest in time, those of your own room first; then the pages of the list."""
        from firmware.core.schedule_search import nearest_talks

        schedule = self._controller.talks.schedule
        state = self._controller.state
        room = self._controller.talks.room
        if state.talk is not None:
            room = state.talk.room
        utc_s = state.utc_min * 60
        indexes = nearest_talks(schedule, utc_s, _TALKS_OFFERED)
        here = schedule.at(utc_s, room)
        if here in indexes:
            indexes.remove(here)
            indexes.insert(0, here)
        self._offer_page(indexes)

    def _offer_page(self, indexes):
        schedule = self._controller.talks.schedule
        entries = [(schedule.talk(index).title, self._talk, index) for index in indexes]
        if not entries:
            return
        later = max(indexes) + 1
        earlier = min(indexes)
        if later < schedule.count:
            entries.append((b"Later ...", self._page, later))
        if earlier > 0:
            entries.append((b"Earlier ...", self._page, max(0, earlier - _TALKS_OFFERED)))
        self._offer(entries)

    def _page(self, first, _ms):
        count = self._controller.talks.schedule.count
        self._offer_page(list(range(first, min(first + _TALKS_OFFERED, count))))

    def _talk(self, index, ms):
        self._controller.talks.pick(index, ms, b"picked")

    def _show(self, screen, _ms):
        self._controller.show(screen)

    def _info(self, _ms):
        from firmware.control.info import lines

        controller = self._controller
        controller.state.info_lines = lines(controller.state, controller.journal)
        controller.show(INFO)

    def _toggle_silent(self, _ms):
        self._controller.change_setting("silent", not self._controller.state.silent)

    def _offer_brightness(self, _ms):
        self._offer([(b"%d %%" % percent, self._brightness, percent) for percent in (10, 25, 50, 75, 100)])

    def _brightness(self, percent, _ms):
        self._controller.change_setting("brightness", percent)
