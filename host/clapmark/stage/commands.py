"""The commands of the remote and the API: what they may be, and that each is done once."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from clapmark.base.errors import ClapmarkError
from clapmark.base.foreign_text import one_line

MOST_MESSAGE = 200
MOST_ID = 64
MOST_MINUTES = 600
_KEPT = 20_000

# name: what it does, as the API's page says it
COMMANDS = {
    "start": "Start the countdown, or resume it.",
    "pause": "Pause it.",
    "stop": "End it.",
    "add": "Give `minutes` more (-600 to 600).",
    "next": "End it and go to the next speaker, or to `talk`.",
    "back": "End it and go to the previous speaker.",
    "skip": "The speaker is not there: go to the next one, and report it.",
    "talk": "Go to the speaker of `talk` while no countdown runs.",
    "swap": "Let the speakers of `talk` and `with` change places.",
    "end": "End the countdown at `time`, such as 17:55.",
    "preset": "Load preset `number` (0 is the first) while no countdown runs.",
    "silent": "Switch the device's sound off (`on`: true) or on.",
    "message": "Show `text` (at most 200 characters) `to` the room, the speaker, or both; an empty text removes it.",
    "option": "Switch `name` (sound, flash, nudge) `on` or off on all pages.",
    "detach": "Go on without the device, which is unplugged: the laptop counts from now on.",
    "sync": "Fetch what is new from the device into the archive.",
}
OPTIONS = ("sound", "flash", "nudge")
TO = ("both", "room", "speaker")


class CommandError(ClapmarkError):
    """A command that is not done; the message says why and what is unchanged. `status` is the HTTP status."""

    def __init__(self, message: str, status: int = 409) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Command:
    """One command. `ident` names it, so that it is done once; the other fields belong to some commands only."""

    ident: str
    do: str
    minutes: int = 0
    number: int = 0
    is_on: bool = False
    talk: str = ""
    other: str = ""
    time: str = ""
    text: str = ""
    to: str = "both"
    name: str = ""


def command_of(value: object) -> Command:
    """Return the command in a decoded JSON object. Raises CommandError, with a sentence, if it is none."""
    if not isinstance(value, dict):
        raise CommandError("A command is a JSON object with `id` and `do`. Nothing was done.", 400)
    do = value.get("do")
    if not isinstance(do, str) or do not in COMMANDS:
        raise CommandError(f"`do` is one of {', '.join(COMMANDS)}. Nothing was done.", 400)
    ident = value.get("id")
    if not isinstance(ident, str) or not 1 <= len(ident) <= MOST_ID or not ident.isascii() or not ident.isprintable():
        raise CommandError(
            f"`id` is a text of 1 to {MOST_ID} characters, a new one for each command: a repeated request keeps it, "
            "and is done once. Nothing was done.",
            400,
        )
    to = value.get("to", "both")
    if to not in TO:
        raise CommandError(f"`to` is one of {', '.join(TO)}. Nothing was done.", 400)
    text = _text(value, "text")
    if len(text) > MOST_MESSAGE:
        raise CommandError(
            f"A message has at most {MOST_MESSAGE} characters, this one has {len(text)}: nobody reads more from the "
            "stage. Nothing was shown.",
            413,
        )
    name = _text(value, "name")
    if do == "option" and name not in OPTIONS:
        raise CommandError(f"`name` is one of {', '.join(OPTIONS)}. Nothing was done.", 400)
    return Command(
        ident,
        do,
        _number(value, "minutes", -MOST_MINUTES, MOST_MINUTES),
        _number(value, "number", 0, 11),
        _switch(value),
        _text(value, "talk"),
        _text(value, "with"),
        _text(value, "time"),
        one_line(text, MOST_MESSAGE),
        to,
        name,
    )


def _text(value: Mapping[str, object], key: str) -> str:
    text = value.get(key, "")
    if not isinstance(text, str):
        raise CommandError(f"`{key}` must be text. Nothing was done.", 400)
    return text


def _number(value: Mapping[str, object], key: str, low: int, high: int) -> int:
    number = value.get(key, 0)
    if isinstance(number, bool) or not isinstance(number, int) or not low <= number <= high:
        raise CommandError(f"`{key}` must be a whole number from {low} to {high}. Nothing was done.", 400)
    return number


def _switch(value: Mapping[str, object]) -> bool:
    is_on = value.get("on", False)
    if not isinstance(is_on, bool):
        raise CommandError("`on` must be true or false. Nothing was done.", 400)
    return is_on


@dataclass(frozen=True)
class Result:
    """What became of a command."""

    status: int
    say: str


class CommandLog:
    """Does commands one after the other, and each once: a repeated one gets the first one's result."""

    def __init__(self, perform: Callable[[Command], Awaitable[str]]) -> None:
        """`perform(command)` does it and returns a sentence, or raises CommandError."""
        self._perform = perform
        self._results: OrderedDict[str, asyncio.Future[Result]] = OrderedDict()
        self._turn = asyncio.Lock()
        self.done = 0  # commands that were done
        self.repeated = 0  # requests that asked for one of them again

    async def do(self, command: Command) -> Result:
        """Return what became of the command, now or when it was sent before."""
        known = self._results.get(command.ident)
        if known is not None:
            self.repeated += 1
            return await asyncio.shield(known)
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._results[command.ident] = future
        while len(self._results) > _KEPT:
            self._results.popitem(last=False)
        task = asyncio.ensure_future(self._run(command, future))  # also when the one who asked hangs up
        return await asyncio.shield(task)

    async def _run(self, command: Command, future: "asyncio.Future[Result]") -> Result:
        async with self._turn:
            try:
                result = Result(200, await self._perform(command))
                self.done += 1
            except CommandError as error:
                result = Result(error.status, str(error))
            except ClapmarkError as error:
                result = Result(409, str(error))
            except Exception as error:  # noqa: BLE001  whoever asked, and asks again, gets an answer
                result = Result(500, f"This command failed ({type(error).__name__}). The countdown goes on.")
        future.set_result(result)
        return result
