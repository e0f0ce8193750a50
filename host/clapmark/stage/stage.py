"""The state of the room: countdown, running order, message and options, and what a command does to them.

The device is the truth while it is there: a command goes to it, and its answer comes back as what it shows. Without one
the laptop counts. Everything here runs in the event loop; the device's thread hands its events over.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

from clapmark.base.environment import Environment
from clapmark.base.errors import ClapmarkError
from clapmark.stage.anchor import ENDED, PAUSED, READY, RUNNING, Anchor
from clapmark.stage.clock import now_ms
from clapmark.stage.commands import Command, CommandError
from clapmark.stage.device_link import Connected, Event, Lost, Seen
from clapmark.stage.laptop_countdown import LaptopCountdown, default_presets
from clapmark.stage.rundown import CURRENT, WAITING, Entry, Rundown

_DAY_MS = 86_400_000
_LEAST_MS = 2.0


class Device(Protocol):
    """What the stage needs of `device_link.DeviceLink`."""

    def control(self, do: str, number: int | None = None, talk: str = "") -> "asyncio.Future[str]":
        """Send a command; the future has what the device adds."""


Control = Callable[[str, int | None, str], "asyncio.Future[str]"]


@dataclass
class Stage:
    """The room. `control(do, number, talk)` sends a command to the device; None without a port to look at."""

    environment: Environment
    rundown: Rundown
    control: Control | None = None
    sync: Callable[[], "asyncio.Future[str]"] | None = None
    offset_s: int = 0  # local time of the conference minus UTC
    resession: Callable[[str], Rundown] | None = None  # the session of a talk that is not in this one
    anchor: Anchor = field(default_factory=Anchor)
    preset: str = ""
    presets: tuple[tuple[str, int], ...] = field(default_factory=default_presets)
    talk_id: str = ""
    talk_title: str = ""  # as the device knows it, for a talk that no schedule here has
    talk_speaker: str = ""
    silent: bool = False
    message: str = ""
    message_to: str = "both"
    options: dict[str, bool] = field(default_factory=lambda: {"sound": False, "flash": False, "nudge": False})
    version: int = 1
    is_connected: bool = False  # a device answers
    has_device: bool = False  # the countdown is the device's, also while its cable is pulled
    device_say: str = "No device."
    device_error_ms: float = 0.0
    ready_ms: float = field(default_factory=now_ms)  # since when this speaker is on the screen
    watchers: set[asyncio.Event] = field(default_factory=set)
    local: LaptopCountdown = field(default_factory=LaptopCountdown)

    def __post_init__(self) -> None:
        if not self.talk_id and self.rundown.entries:
            self._select(self.rundown.entries[0].talk_id)
        self._show_local()

    # what the pages get

    def values(self) -> dict[str, object]:
        """Return the state as the pages and the API get it."""
        now = now_ms()
        utc_ms = self.environment.utc_ms()
        current = self._entry(self.talk_id)
        following = self.rundown.after(self.talk_id)
        behind_ms = self.rundown.behind_ms(self.talk_id, self._left_ms(now), utc_ms)
        return {
            "version": self.version,
            "now_ms": now,
            "utc_at_zero_ms": utc_ms - now,
            "offset_s": self.offset_s,
            "countdown": self.anchor.values() | {"stage": self.anchor.stage(now), "preset": self.preset},
            "talk": None
            if not (current or self.talk_id or self.talk_title)
            else {
                "id": self.talk_id,
                "title": current.title if current else self.talk_title,
                "speakers": list(current.speakers if current else filter(None, (self.talk_speaker,))),
                "ready_ms": self.ready_ms,
            },
            "next": {"id": following.talk_id, "title": following.title, "speakers": list(following.speakers)}
            if following
            else None,
            "session": {
                "title": self.rundown.title,
                "start_utc_ms": self.rundown.start_utc_ms,
                "end_utc_ms": self.rundown.end_utc_ms,
                "rest_ms": self.rundown.rest_ms(self.talk_id),
                "has_begun": any(entry.began_utc_ms for entry in self.rundown.entries),
                "behind_ms": behind_ms,
            },
            "rundown": [entry.values() for entry in self.rundown.entries],
            "message": {"text": self.message, "to": self.message_to},
            "options": self.options,
            "silent": self.silent,
            "presets": [{"name": name, "minutes": minutes} for name, minutes in self.presets],
            "device": {
                "is_connected": self.is_connected,
                "leads": self.has_device,
                "say": self.device_say,
                "error_ms": round(self.device_error_ms, 1),
            },
        }

    def changed(self) -> None:
        """Wake everybody who waits for a change."""
        self.version += 1
        for watcher in self.watchers:
            watcher.set()

    def use_rundown(self, newer: Rundown) -> None:
        """Use the running order of a schedule that was replaced; what happened until now stays."""
        self.rundown = self.rundown.taken_over(newer)
        if newer.find(self.talk_id) >= 0:
            self.rundown.select(self.talk_id)
        elif not self.has_device and newer.entries and not self.local.is_running:
            self._select(newer.entries[0].talk_id)
        self.changed()

    # what the device reports

    def on_event(self, event: Event) -> None:
        """Take an event of the device's thread."""
        match event:
            case Connected():
                self.is_connected = True
                self.presets = event.presets or self.presets
                self.device_say = "The device leads." if not self.local.is_running else _LATER
                self.changed()
            case Seen():
                self._see(event)
            case Lost():
                self.is_connected = False
                self.device_say = (
                    f"{event.sentence} The pages count on; its own buttons work, and this page follows when it is back."
                    if self.has_device
                    else event.sentence
                )
                self.changed()

    def _see(self, event: Seen) -> None:
        watched = event.watched
        if self.local.is_running and not self.has_device:
            if watched.state not in {RUNNING, PAUSED}:
                return  # it leads when the laptop's countdown is over
            self.local = LaptopCountdown()
        self.has_device = True
        self.device_say = "The device leads."
        self.device_error_ms = event.error_ms
        before = self._signature()
        was_talk = self.talk_id
        if watched.talk_id != self.talk_id and self._corrects(watched.talk_id, watched.state):
            return
        was = self.anchor
        now = now_ms()
        fresh = Anchor(
            watched.state, event.at_ms, watched.left_ms, watched.total_ms, watched.planned_ms, watched.one_finger_ms,
            watched.two_finger_ms, watched.overtime, watched.counts_up,
        )  # fmt: skip
        if was.state in {RUNNING, PAUSED} and (fresh.state == READY or watched.talk_id != self.talk_id):
            self.rundown.end(self.talk_id, was.used_ms(event.at_ms))  # stopped and prepared in one press
        self.talk_title, self.talk_speaker = watched.title, watched.speaker
        if watched.talk_id and watched.talk_id != self.talk_id:
            self._select(watched.talk_id)
        elif not watched.talk_id and self.talk_id:
            self.rundown.select("")  # nobody is called yet
            self.talk_id = ""
        self._follow(was if was_talk == self.talk_id else Anchor(), fresh)
        is_same = (
            was.state == fresh.state
            and was.total_ms == fresh.total_ms
            and abs(was.remaining_ms(now) - fresh.remaining_ms(now))
            <= max(event.error_ms, _LEAST_MS)  # they do not contradict: no jump
        )
        if not is_same:
            self.anchor = fresh
        self.preset, self.silent = watched.preset, watched.silent
        if not is_same or self._signature() != before:
            self.changed()

    def _corrects(self, device_talk: str, state: str) -> bool:
        """Send the device to who is next here, where speakers were swapped and its own schedule says another."""
        if not self.rundown.is_reordered or state != READY or self.control is None:
            return False
        following = self.rundown.after(self.talk_id)
        is_spoken = self.anchor.state in {ENDED, RUNNING, PAUSED}
        if not following or following.talk_id == device_talk or not is_spoken:
            return False
        if self.anchor.state in {RUNNING, PAUSED}:
            self.rundown.end(self.talk_id, self.anchor.used_ms(now_ms()))
            self.anchor = Anchor(READY, 0, self.anchor.planned_ms, self.anchor.planned_ms, self.anchor.planned_ms)
        wanted = following.talk_id
        task = asyncio.ensure_future(self._send("talk", None, wanted))
        task.add_done_callback(lambda done: done.exception())
        self._select(wanted)
        self.anchor = Anchor(READY, now_ms(), self.anchor.planned_ms, self.anchor.planned_ms, self.anchor.planned_ms)
        self.changed()
        return True

    def _follow(self, was: Anchor, fresh: Anchor) -> None:
        utc_ms = self.environment.utc_ms()
        if fresh.state in {RUNNING, PAUSED} and was.state not in {RUNNING, PAUSED}:
            self.rundown.begin(self.talk_id, utc_ms - max(0, fresh.used_ms(now_ms())))
        elif fresh.state == ENDED and was.state != ENDED:
            self.rundown.end(self.talk_id, fresh.used_ms(now_ms()))

    def _select(self, talk_id: str) -> None:
        if self.resession and self.rundown.find(talk_id) < 0:
            newer = self.resession(talk_id)
            if newer.find(talk_id) >= 0:
                self.rundown = newer
        self.rundown.select(talk_id)
        self.talk_id = talk_id
        self.ready_ms = now_ms()

    # commands

    async def perform(self, command: Command) -> str:
        """Do a command and return a sentence. Raises CommandError if it is not done."""
        match command.do:
            case "message":
                self.message, self.message_to = command.text, command.to
                self.changed()
                return "The message is shown." if command.text else "The message is gone."
            case "option":
                self.options[command.name] = command.is_on
                self.changed()
                return f"{command.name} is {'on' if command.is_on else 'off'}."
            case "swap":
                self._swap(command)
                return "They change places."
            case "detach":
                return self._detach()
            case "sync":
                if self.sync is None:
                    raise CommandError("There is no archive to sync into: start the stage in one, or with --archive.")
                return await self.sync()
        if self.has_device or (self.is_connected and not self.local.is_running):
            return await self._on_device(command)
        return self._on_laptop(command)

    def _swap(self, command: Command) -> None:
        for talk in (command.talk, command.other):
            entry = self._entry(talk)
            if entry is not None and entry.state == CURRENT and self.anchor.state != READY:
                raise CommandError("Who is speaking cannot be moved; the running order is unchanged.")
        self.rundown.swap(command.talk, command.other)
        if self.talk_id in {command.talk, command.other}:
            wanted = command.other if self.talk_id == command.talk else command.talk
            if self.has_device:
                task = asyncio.ensure_future(self._send("talk", None, wanted))
                task.add_done_callback(lambda done: done.exception())
            self.talk_id = wanted
            self.ready_ms = now_ms()
        self.changed()

    def _detach(self) -> str:
        if not self.has_device:
            raise CommandError("The laptop counts already.")
        if self.is_connected:
            raise CommandError("The device is connected and leads: pull its cable first, or use it.")
        self.local = LaptopCountdown()
        self.local.take(self.anchor, now_ms())
        self.has_device = False
        self.device_say = "The laptop counts. The device leads again when this countdown is over."
        self._show_local()
        return self.device_say

    async def _on_device(self, command: Command) -> str:
        if self.control is None or not self.is_connected:
            raise CommandError(
                "The device is unplugged: use its buttons, or choose `Go on without it`. Nothing was changed."
            )
        number: int | None = None
        talk = command.talk
        match command.do:
            case "add":
                number = command.minutes
            case "preset":
                number = command.number
            case "silent":
                number = int(command.is_on)
            case "end":
                number = self._end_utc_ms(command.time) // 60_000
            case "next" | "skip":
                following = self.rundown.after(self.talk_id)
                talk = talk or (following.talk_id if following else "")
            case "back":
                earlier = self.rundown.before(self.talk_id)
                talk = talk or (earlier.talk_id if earlier else "")
        if command.do == "start" and not self.talk_id and self.anchor.state == READY:
            following = self.rundown.after("")
            if following is not None:  # the device calls nobody before the first talk's time
                await self._send("talk", None, following.talk_id)
        said = await self._send(command.do, number, talk)
        if command.do == "skip" and self.talk_id:
            self.rundown.skip(self.talk_id)
            self.changed()
        return said

    async def _send(self, do: str, number: int | None, talk: str) -> str:
        assert self.control is not None  # noqa: S101  # nosec B101 # for the type checker
        try:
            said = await asyncio.wrap_future(self.control(do, number, talk))
        except ClapmarkError as error:
            raise CommandError(str(error)) from error
        return f"Done on the device, but NOT SAVED: {said}" if said else "Done on the device."

    def _on_laptop(self, command: Command) -> str:
        now = now_ms()
        was = self.local.anchor(now)
        end_left_ms = self._end_utc_ms(command.time) - self.environment.utc_ms() if command.do == "end" else 0
        if command.do == "silent":
            self.silent = command.is_on
            self.changed()
            return "Done."
        target = self._target(command)
        self.local.do(command, now, end_left_ms)
        if command.do in {"next", "back", "skip", "talk"}:
            if was.state in {RUNNING, PAUSED}:
                self.rundown.end(self.talk_id, was.used_ms(now))
            if command.do == "skip":
                self.rundown.skip(self.talk_id)
            if target is not None:
                self._select(target.talk_id)
                self.local.plan(target.planned_ms)
        if self.local.countdown.state == 0 and command.do == "start":
            raise CommandError("The countdown did not start. Nothing was changed.")
        self._follow(was, self.local.anchor(now))
        self._show_local()
        return "Done."

    def _target(self, command: Command) -> Entry | None:
        if command.talk:
            entry = self._entry(command.talk)
            if entry is None:
                raise CommandError("This session has no such talk. Nothing was changed.")
            return entry
        if command.do in {"next", "skip"}:
            return self.rundown.after(self.talk_id)
        if command.do == "back":
            entry = self.rundown.before(self.talk_id)
            if entry is None:
                raise CommandError("This is the first speaker. Nothing was changed.")
            return entry
        if command.do == "talk":
            raise CommandError("`talk` needs the id of a talk. Nothing was changed.", 400)
        return None

    def _show_local(self) -> None:
        if not self.has_device:
            self.anchor = self.local.anchor(now_ms())
            self.preset = self.local.preset
            self.changed()

    def _end_utc_ms(self, text: str) -> int:
        """Return the next moment at which clocks in the room show `text`, such as 17:55, as UTC."""
        try:
            wanted = datetime.strptime(text, "%H:%M")
        except ValueError as error:
            raise CommandError("`time` is a time of day such as 17:55. Nothing was changed.", 400) from error
        local = datetime.fromtimestamp(self.environment.utc_ms() / 1000, UTC) + timedelta(seconds=self.offset_s)
        end = local.replace(hour=wanted.hour, minute=wanted.minute, second=0, microsecond=0)
        if end <= local:
            end += timedelta(days=1)
        return round((end - timedelta(seconds=self.offset_s)).timestamp() * 1000)

    def _entry(self, talk_id: str) -> Entry | None:
        place = self.rundown.find(talk_id)
        return self.rundown.entries[place] if place >= 0 else None

    def _left_ms(self, now: float) -> float:
        current = self._entry(self.talk_id)
        if self.anchor.state == READY and current is not None and current.state in {CURRENT, WAITING}:
            return max(self.anchor.left_ms, 0)
        return 0.0 if self.anchor.state == ENDED else self.anchor.remaining_ms(now)

    def _signature(self) -> tuple[object, ...]:
        return (
            self.talk_id, self.preset, self.silent, self.talk_title, self.device_say, self.presets,
            tuple(self.rundown.entries),
        )  # fmt: skip


_LATER = "A device is connected. It leads when the laptop's countdown is over."
