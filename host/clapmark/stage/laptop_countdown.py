"""The countdown that the laptop runs by itself, while no device does: the device's own rules, and its words."""

from clapmark.stage.anchor import Anchor
from clapmark.stage.commands import Command, CommandError
from firmware.core import countdown as core
from firmware.core import settings
from firmware.core.countdown import Countdown

_MINUTE_MS = 60_000
_OVER = "The countdown is over. Go to the next speaker."


def default_presets() -> tuple[tuple[str, int], ...]:
    """Return the presets of a new device: name and minutes."""
    return tuple((preset[0], preset[1]) for preset in settings.defaults()["presets"])


class LaptopCountdown:
    """A countdown on the stage's clock, in whole milliseconds."""

    def __init__(self) -> None:
        self.countdown = Countdown()
        self.preset = ""
        self.load(0)

    def load(self, index: int) -> None:
        """Prepare the preset of that number. Raises CommandError if there is none."""
        presets = settings.defaults()["presets"]
        if index >= len(presets):
            raise CommandError("There is no such preset. Nothing was changed.")
        self.preset, minutes, one_s, two_s = presets[index]
        self.countdown.load(minutes * _MINUTE_MS, one_s * 1000, two_s * 1000, True)

    def plan(self, planned_ms: int) -> None:
        """Prepare a talk of another length, with the cues of the nearest preset."""
        if self.countdown.state == core.READY and planned_ms > 0:
            one_ms, two_ms = (60_000, 20_000) if planned_ms < 600_000 else (300_000, 60_000)
            self.countdown.load(planned_ms, min(one_ms, planned_ms), min(two_ms, planned_ms), True)

    def take(self, anchor: Anchor, now_ms: float) -> None:
        """Go on where another countdown was."""
        self.countdown.load(anchor.planned_ms, anchor.one_finger_ms, anchor.two_finger_ms, anchor.overtime)
        self.countdown.counts_up = anchor.counts_up
        if anchor.state in {"running", "paused"}:
            left_ms = round(anchor.remaining_ms(now_ms))
            self.countdown.restore(anchor.state == "running", left_ms, anchor.total_ms, round(now_ms))
        elif anchor.state == "ended":
            self.countdown.restore(False, round(anchor.left_ms), anchor.total_ms, round(now_ms))
            self.countdown.stop(round(now_ms))

    @property
    def is_running(self) -> bool:
        """Whether it runs or is paused."""
        return self.countdown.state in {core.RUNNING, core.PAUSED}

    def anchor(self, now_ms: float) -> Anchor:
        """Return it as of now."""
        return Anchor.of(self.countdown, round(now_ms), round(now_ms))

    def do(self, command: Command, now_ms: float, end_left_ms: float = 0) -> None:
        """Do a command as the device would. Raises CommandError, in the device's words, if it cannot be done.

        `end_left_ms` is the time until the end that `end` asks for.
        """
        countdown, ms = self.countdown, round(now_ms)
        is_over = countdown.state == core.ENDED
        match command.do:
            case "start":
                if is_over:
                    raise CommandError(_OVER)
                if not (countdown.resume(ms) if countdown.state == core.PAUSED else countdown.start(ms)):
                    raise CommandError("The countdown is running already.")
            case "pause":
                if countdown.state != core.RUNNING:
                    raise CommandError(_OVER if is_over else "No countdown is running.")
                if countdown.stage(ms) >= core.STAGE_APPLAUSE:
                    raise CommandError("The time is up: stop it instead.")
                countdown.pause(ms)
            case "stop":
                if not countdown.stop(ms):
                    raise CommandError(_OVER if is_over else "No countdown is running.")
            case "add":
                if is_over:
                    raise CommandError(_OVER)
                if countdown.total_ms + command.minutes * _MINUTE_MS < _MINUTE_MS:
                    raise CommandError("Less than a minute would be left of the plan. Nothing was changed.")
                countdown.adjust(command.minutes * _MINUTE_MS)
            case "end":
                if is_over:
                    raise CommandError(_OVER)
                countdown.adjust(round(end_left_ms) - countdown.remaining_ms(ms))
            case "preset":
                if self.is_running:
                    raise CommandError("A countdown is running. Stop it first.")
                self.load(command.number)
            case "next" | "back" | "skip" | "talk":
                if self.is_running and command.do in {"skip", "talk"}:
                    raise CommandError("A countdown is running. Stop it first.")
                countdown.stop(ms)
                countdown.reset()
