"""Reads the timeline of a virtual device: one action a line, at seconds since the script began.

# three header lines may come before the first action
start 2026-05-15T13:00:00+10:00     the wall clock at power-up
seed 7                              other bounces, another device id
12.5 press A 80ms                   press button A, release it 80 ms later (80 ms is the default)
0:01:12.5 hold B 900ms              the same, 1.5 s is the default; times may be H:MM:SS or MM:SS
+5 press A                          five seconds after the action above
90 screenshot note.png              the panel's picture, into the state folder
100 plug                            real time until a laptop has opened the port and closed it again
105 send hello protocol=1           a request of docs/link.md without its number and CRC; the answer is in serial.log
106 schedule K07PyS9K...            a schedule in the device's form (raw deflate, base64), as the requests that put it
110 battery 3400mV                  the battery's voltage from here on, where the board can measure it
120 reset                           the reset button; RTC and RTC memory survive
130 power-cut                       nothing survives but the flash
140 end
"""

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath

from clapmark.base.errors import UsageError
from clapmark.sim.schedule_steps import LONGEST_REQUEST, requests_of, unpack

DEFAULT_PRESS_MS = 80
DEFAULT_HOLD_MS = 1500  # a button counts as held from 700 ms on (firmware/core/buttons.py)
_LONGEST_S = 10 * 24 * 3600  # the device's ticks wrap after 12.4 days
_SECONDS = re.compile(r"(?P<relative>\+?)(?:(?:(?P<hours>\d+):)?(?P<minutes>\d+):)?(?P<seconds>\d+(?:\.\d{1,6})?)")
_VOLTAGE = re.compile(r"(?P<millivolts>\d{1,4})mV")
_DURATION = re.compile(r"(?P<number>\d+(?:\.\d+)?)(?P<unit>ms|s)")

ACTIONS = {  # how each is written
    "press": "`press A 80ms`",
    "hold": "`hold A 900ms`",
    "screenshot": "`screenshot name.png`",
    "reset": "`reset` alone",
    "power-cut": "`power-cut` alone",
    "battery": "`battery 3400mV`",
    "send": "`send hello protocol=1`",
    "schedule": "`schedule BASE64`, in a script",
    "plug": "`plug` alone",
    "end": "`end` alone",
}


class ScriptError(UsageError):
    """The script cannot be played; the message names file and line."""


@dataclass(frozen=True)
class Press:
    """Press a button for `length_us`."""

    button: str
    length_us: int = DEFAULT_PRESS_MS * 1000


@dataclass(frozen=True)
class Reset:
    """Pull the chip's reset line."""


@dataclass(frozen=True)
class PowerCut:
    """Take the power away and give it back."""


@dataclass(frozen=True)
class Screenshot:
    """Write the panel's picture to `name`, relative to the state folder."""

    name: str


@dataclass(frozen=True)
class Battery:
    """The battery has another voltage."""

    millivolts: int


@dataclass(frozen=True)
class Send:
    """A request comes over the cable, at this very moment; the world adds its number and its CRC."""

    request: str


@dataclass(frozen=True)
class Plug:
    """Run in real time, cable in, until a laptop has opened the port and closed it again."""


@dataclass(frozen=True)
class End:
    """Stop."""


Action = Press | Reset | PowerCut | Screenshot | Battery | Send | Plug | End


@dataclass(frozen=True)
class Step:
    """An action and when it happens, in microseconds since the script began; `line` counts from 1."""

    at_us: int
    action: Action
    line: int


@dataclass(frozen=True)
class Script:
    """A timeline, in order of time. `start` is aware; None stands for the moment at which the run begins."""

    steps: tuple[Step, ...]
    start: datetime | None = None
    seed: int = 1
    name: str = "script"

    def check_buttons(self, buttons: tuple[str, ...]) -> None:
        """Raise ScriptError if a press names a button that the board does not have, or one that is still held."""
        released_us: dict[str, int] = {}
        for step in self.steps:
            if not isinstance(step.action, Press):
                continue
            button = step.action.button
            if button not in buttons:
                have = ", ".join(buttons)
                raise ScriptError(f"{self.name}, line {step.line}: this board has no button {button}; it has {have}.")
            if step.at_us <= released_us.get(button, -1):
                raise ScriptError(
                    f"{self.name}, line {step.line}: button {button} is still held from the press before."
                )
            released_us[button] = step.at_us + step.action.length_us


def read_script(path: Path) -> Script:
    """Return the script in the file `path`. Raises ScriptError if it cannot be read or is wrong."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ScriptError(f"The script {path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise ScriptError(f"The script {path} is no text in UTF-8.") from error
    return parse_script(text, str(path))


def parse_script(text: str, name: str = "script") -> Script:
    """Return the script in `text`; `name` is used in the messages. Raises ScriptError with name and line."""
    steps: list[Step] = []
    start: datetime | None = None
    seed = 1
    now_us = 0
    for number, line in enumerate(text.splitlines(), 1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        try:
            if steps and isinstance(steps[-1].action, End):
                raise ValueError("nothing can come after `end`")
            if words[0] in {"start", "seed"}:
                if steps:
                    raise ValueError(f"`{words[0]}` belongs before the first action")
                if len(words) != 2:
                    raise ValueError(f"`{words[0]}` takes one word")
                if words[0] == "start":
                    start = parse_start(words[1])
                else:
                    seed = _seed(words[1])
                continue
            at_us, relative = _time(words[0])
            if relative:
                at_us += now_us
            if at_us < now_us:
                raise ValueError(f"{words[0]} is earlier than the action above")
            if at_us > _LONGEST_S * 1_000_000:
                raise ValueError("a script may last ten days")
            now_us = at_us
            if words[1:2] == ["schedule"]:
                steps += _schedule(words[2:], at_us, number)
            else:
                steps.append(Step(at_us, parse_action(words[1:]), number))
        except ValueError as error:
            raise ScriptError(f"{name}, line {number}: {error}.") from error
    if not steps:
        raise ScriptError(f"{name} holds no action; the last one is usually `60 end`.")
    steps.sort(key=lambda step: step.at_us)  # the requests of a schedule go on while others act
    return Script(tuple(steps), start, seed, name)


def parse_start(word: str) -> datetime:
    """Return the wall clock time that `word` names in ISO 8601 with an offset. Raises ValueError with the reason."""
    try:
        start = datetime.fromisoformat(word)
    except ValueError:
        start = None
    if start is None or start.tzinfo is None:
        raise ValueError(f"{word} is no date and time with an offset, such as 2026-05-15T13:00:00+10:00")
    if not 2000 < start.year < 2034:
        raise ValueError("the device's clock knows the years 2001 to 2033")
    return start


def _seed(word: str) -> int:
    if not word.isdecimal() or not 1 <= int(word) < 1 << 20:
        raise ValueError("`seed` takes a whole number from 1 to 1048575")
    return int(word)


def _time(word: str) -> tuple[int, bool]:
    match = _SECONDS.fullmatch(word)
    if not match:
        raise ValueError(f"{word} is not a time; write seconds (12.5), H:MM:SS, or +5 for five seconds later")
    whole, _, fraction = match["seconds"].partition(".")
    seconds = int(match["hours"] or 0) * 3600 + int(match["minutes"] or 0) * 60 + int(whole)
    return seconds * 1_000_000 + int(f"{fraction:0<6}"), bool(match["relative"])


def _duration_us(word: str) -> int:
    match = _DURATION.fullmatch(word)
    if not match:
        raise ValueError(f"{word} is not a duration; write 80ms or 1.5s")
    us = round(float(match["number"]) * (1000 if match["unit"] == "ms" else 1_000_000))
    if not 1000 <= us <= 3600 * 1_000_000:
        raise ValueError("a press lasts from 1ms to 3600s")
    return us


def _screenshot(name: str) -> Screenshot:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or path.suffix != ".png" or "\0" in name:
        raise ValueError(f"{name} must be a name ending in .png inside the state folder")
    return Screenshot(name)


def _schedule(words: list[str], at_us: int, line: int) -> list[Step]:
    if len(words) != 1:
        raise ValueError("`schedule` takes one word, the packed file")
    return [Step(at_us + after_us, Send(request), line) for after_us, request in requests_of(unpack(words[0]))]


def parse_action(words: list[str]) -> Action:
    """Return the action that the words of a line name, without the time. Raises ValueError with the reason."""
    match words:
        case ["press", button]:
            return Press(button)
        case ["hold", button]:
            return Press(button, DEFAULT_HOLD_MS * 1000)
        case ["press" | "hold", button, length]:
            return Press(button, _duration_us(length))
        case ["screenshot", name]:
            return _screenshot(name)
        case ["send", first, *more]:
            request = " ".join([first, *more])
            if len(request) > LONGEST_REQUEST or not (request.isascii() and request.isprintable()):
                raise ValueError(f"a request has at most {LONGEST_REQUEST} printable ASCII characters")
            return Send(request)
        case ["reset"]:
            return Reset()
        case ["power-cut"]:
            return PowerCut()
        case ["battery", voltage] if match := _VOLTAGE.fullmatch(voltage):
            return Battery(int(match["millivolts"]))
        case ["plug"]:
            return Plug()
        case ["end"]:
            return End()
        case []:
            raise ValueError("what should happen is missing")
    if words[0] in ACTIONS:
        raise ValueError(f"`{' '.join(words)}` should read {ACTIONS[words[0]]}")
    raise ValueError(f"`{words[0]}` is not an action; there are {', '.join(ACTIONS)}")
