"""The menu: what it offers on each screen, and what each entry does. One button steps, the same one held chooses."""

from firmware.core import countdown, state
from firmware.core.portable import const

_TALKS_OFFERED = const(5)


class Menu:
    """A list of entries, each a label and a function of the press time; a submenu replaces the list."""

    def __init__(self, controller):
        self._controller = controller
        self._actions = ()
        self.labels = ()
        self.index = 0

    def open(self):
        """Offer what fits the screen that is shown."""
        controller = self._controller
        shown = controller.state
        entries = []
        if controller.newest_number:
            entries.append((b"Take back #%d" % controller.newest_number, self._take_back))
        if controller.home == state.COUNTDOWN:
            if shown.countdown.state in (countdown.RUNNING, countdown.PAUSED):
                entries.append((b"Stop", self._stop))
            entries.append((b"Next speaker", self._next_speaker))
            entries.append((b"+1 min", self._add_minute))
            entries.append((b"Notes", self._notes))
        if controller.schedule is not None:
            entries.append((b"Talk ...", self._offer_talks))
        entries.append((b"Countdown ...", self._offer_presets))
        if controller.home != state.CLOCK:
            entries.append((b"Clock", self._clock))
        if controller.home == state.CLOCK:
            entries.append((b"Notes", self._notes))
        entries.append((b"Sound on" if shown.silent else b"Silent", self._toggle_silent))
        entries.append((b"Info", self._info))
        self._offer(entries)

    def step(self):
        """Go to the next entry, and from the last to the first."""
        self.index = (self.index + 1) % len(self.labels)

    def choose(self, ms):
        """Do what the current entry says; `ms` is the uptime of the press."""
        self._actions[self.index](ms)

    def _offer(self, entries):
        self.labels = tuple([label for label, _ in entries])
        self._actions = tuple([action for _, action in entries])
        self.index = 0

    def _offer_presets(self, _ms):
        entries = []
        for index, preset in enumerate(self._controller.settings["presets"]):
            entries.append((b"%s %d:00" % (preset[0].encode(), preset[1]), self._preset_chooser(index)))
        self._offer(entries)

    def _preset_chooser(self, index):
        def choose(ms):
            self._controller.stop(ms)
            self._controller.load_preset(index)
            self._controller.show(state.COUNTDOWN)

        return choose

    def _offer_talks(self, _ms):
        schedule = self._controller.schedule
        utc_s = self._controller.state.utc_min * 60
        entries = []
        for index in schedule.around(utc_s, _TALKS_OFFERED):
            entries.append((schedule.talk(index).title, self._talk_chooser(index)))
        if entries:
            self._offer(entries)

    def _talk_chooser(self, index):
        def choose(ms):
            self._controller.pick_talk(index, ms, b"picked")
            self._close()

        return choose

    def _take_back(self, ms):
        self._controller.take_back(ms)
        self._close()

    def _next_speaker(self, ms):
        self._controller.next_talk(ms)
        self._close()

    def _add_minute(self, ms):
        self._controller.add_minute(ms)
        self._close()

    def _stop(self, ms):
        self._controller.stop(ms)
        self._close()

    def _notes(self, _ms):
        self._controller.show(state.NOTE)

    def _clock(self, _ms):
        self._controller.show(state.CLOCK)

    def _info(self, _ms):
        self._controller.show(state.INFO)

    def _toggle_silent(self, _ms):
        self._controller.state.silent = not self._controller.state.silent
        self._close()

    def _close(self):
        self._controller.show(self._controller.home)
