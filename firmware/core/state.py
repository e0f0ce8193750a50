"""The state that the screens show: one object, written by the app, read by the screens and the link."""

from .countdown import READY
from .portable import const, small

# screens
NOTE = const(0)
COUNTDOWN = const(1)
CLOCK = const(2)
MENU = const(3)
INFO = const(4)
FAULT = const(5)

# what the flash after a press says
FLASH_NONE = const(0)
FLASH_SAVED = const(1)
FLASH_NOT_SAVED = const(2)
FLASH_RETAGGED = const(3)
FLASH_UNDONE = const(4)
FLASH_PASSAGE = const(5)

UNKNOWN = const(-1 << 20)  # minutes


class Talk:
    """One talk as the device knows it; texts are Latin-1 bytes, times are UTC seconds since 1970."""

    def __init__(self, talk_id=b"", start_utc_s=0, end_utc_s=0, room=b"", title=b"", speaker=b""):
        self.id = talk_id
        self.start_utc_s = start_utc_s
        self.end_utc_s = end_utc_s
        # in minutes, which are small integers: a refresh must not allocate
        self.start_utc_min = small(start_utc_s // 60)
        self.length_min = small(max(0, end_utc_s - start_utc_s) // 60)
        self.room = room
        self.title = title
        self.speaker = speaker


class NoCountdown:
    """In place of a `core.countdown.Countdown` while nobody uses one: ready, with the time of a new device."""

    state = READY

    def remaining_ms(self, _now_ms):
        """Return what is left."""
        return 300_000

    def stage_name(self, _now_ms):
        """Return the word of the stage, bytes."""
        return b"running"


class State:
    """All that a screen may show. Texts are bytes in Latin-1, ready for the panel's font."""

    def __init__(self, board=b""):
        self.board = board  # its name
        self.screen = NOTE
        self.now_ms = 0  # uptime of this refresh
        self.utc_min = 0  # wall time of this refresh, whole minutes since 1970, 0 while unknown
        self.utc_offset_s = 0  # local time of the conference minus UTC
        self.talk = None  # the Talk that bookmarks go to, or None
        self.next_talk = None  # the Talk after it, or None
        self.bookmark_count = 0  # bookmarks of this talk
        self.tag = b""  # tag of the next bookmark
        self.flash = FLASH_NONE
        self.flash_number = 0  # the bookmark's number in its talk
        self.flash_tag = b""
        self.flash_reason = b""  # why something was NOT SAVED
        self.countdown = NoCountdown()  # or a Countdown, once CountdownRunner has made one
        self.preset = b""  # name of the loaded preset
        self.end_min = 0  # the countdown ends at this minute of the wall clock (as utc_min), 0: no fixed end
        self.alert = False  # the time is up, and the alert is not dismissed yet
        self.menu_items = ()  # texts, a tuple of bytes
        self.menu_index = 0
        self.unsynced = 0  # records that the laptop has not committed
        self.journal_percent = 0  # how full
        self.battery_percent = -1  # -1: not known
        self.battery_is_low = False
        self.light_percent = 0  # how bright the panel is to be
        self.is_dark = False  # the light is off: a press of the action button only brings it back
        self.silent = False
        self.info_lines = ()  # texts of the info screen
        self.fault = b""  # what broke
        self.fault_count = 0  # tasks that have died since boot
        self.lost_edges = 0  # of the buttons, since boot
        self.is_safe_mode = False
        self.can_mark = True
        self.panel_answers = True  # where the panel can tell
        self.problems = []  # sentences: what does not work, and why
        self._schedule_problem = ""  # the one of them that a new schedule ends

    def set_schedule_problem(self, problem):
        """Replace what `problems` says about the schedule; "" if it is sound, or there is none."""
        if self._schedule_problem in self.problems:
            self.problems.remove(self._schedule_problem)
        self._schedule_problem = problem
        if problem:
            self.problems.append(problem)

    def behind_min(self, now_ms):
        """Return by how many whole minutes the talk on the countdown will end late, below zero early, or UNKNOWN."""
        talk = self.talk
        if talk is None or not talk.length_min or not self.utc_min:
            return UNKNOWN
        left_ms = self.countdown.remaining_ms(now_ms)
        left_min = left_ms // 60_000 if left_ms > 0 else 0
        return self.utc_min + left_min - talk.start_utc_min - talk.length_min

    def elapsed_min(self, talk):
        """Return the whole minutes since `talk` began, below zero before its start, or UNKNOWN."""
        if talk is None or not talk.start_utc_min or not self.utc_min:
            return UNKNOWN
        return self.utc_min - talk.start_utc_min
