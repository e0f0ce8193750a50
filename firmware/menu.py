"""The menu: what it offers on each screen, and what each entry does. One button steps, the same one held chooses.

It is in memory only while it is open.
"""

from firmware.core import countdown, state
from firmware.core.portable import const

_TALKS_OFFERED = const(5)


class Menu:
    """A list of entries, each a label, a method and its argument (or None); a submenu replaces the list.

    `labels` are what the screen shows, `index` the current entry.
    """

    def __init__(self, controller):
        """Offer what fits the screen that is shown."""
        self._controller = controller
        self.index = 0
        shown = controller.state
        home = controller.home
        entries: list[tuple] = []
        if controller.marking.last_seq:
            entries.append((b"Take back #%d" % controller.marking.last_number, controller.take_back, None))
        if home == state.COUNTDOWN:
            if shown.countdown.state in (countdown.RUNNING, countdown.PAUSED):
                entries.append((b"Stop", controller.stop, None))
            entries.append((b"Next speaker", controller.next_talk, None))
            entries.append((b"+1 min", controller.add_minute, None))
        if home != state.NOTE:
            entries.append((b"Notes", self._show, state.NOTE))
        if controller.schedule is not None:
            entries.append((b"Talk ...", self._offer_talks, None))
        entries.append((b"Countdown ...", self._offer_presets, None))
        if home != state.CLOCK:
            entries.append((b"Clock", self._show, state.CLOCK))
        entries.append((b"Sound on" if shown.silent else b"Silent", self._toggle_silent, None))
        entries.append((b"Info", self._info, None))
        self._offer(entries)

    def step(self):
        """Go to the next entry, and from the last to the first."""
        self.index = (self.index + 1) % len(self.labels)

    def choose(self, ms):
        """Do what the current entry says; `ms` is the uptime of the press."""
        labels = self.labels
        controller = self._controller
        _, action, argument = self._entries[self.index]
        if argument is None:
            action(ms)
        else:
            action(argument, ms)
        if self.labels is labels and controller.state.screen == state.MENU:
            controller.show(controller.home)

    def _offer(self, entries):
        self._entries = entries
        self.labels = tuple([entry[0] for entry in entries])
        self.index = 0

    def _offer_presets(self, _ms):
        entries = []
        for index, preset in enumerate(self._controller.settings["presets"]):
            entries.append((b"%s %d:00" % (preset[0].encode(), preset[1]), self._preset, index))
        self._offer(entries)

    def _preset(self, index, ms):
        controller = self._controller
        controller.stop(ms)
        controller.load_preset(index)
        controller.show(state.COUNTDOWN)

    def _offer_talks(self, _ms):
        from firmware.core.schedule_search import around

        schedule = self._controller.schedule
        entries = []
        for index in around(schedule, self._controller.state.utc_min * 60, _TALKS_OFFERED):
            entries.append((schedule.talk(index).title, self._talk, index))
        if entries:
            self._offer(entries)

    def _talk(self, index, ms):
        self._controller.pick_talk(index, ms, b"picked")

    def _show(self, screen, _ms):
        self._controller.show(screen)

    def _info(self, _ms):
        from firmware.info import lines

        controller = self._controller
        controller.state.info_lines = lines(controller.state, controller.journal)
        controller.show(state.INFO)

    def _toggle_silent(self, _ms):
        self._controller.state.silent = not self._controller.state.silent
