"""The stage's thread at the serial port: it waits for changes of the device's countdown, and does what is asked of it.

It is the only one that uses the port. Between two watches it does one job at a time: a command, or a sync.
"""

import contextlib
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clapmark.base.environment import Environment
from clapmark.base.errors import ClapmarkError, NoDeviceError
from clapmark.link.answer import settings_of
from clapmark.link.client import DeviceRefusedError, Hello, LinkClient
from clapmark.link.serial_port import LinkLostError, SerialTransport, find_ports
from clapmark.link.watch import Watched
from clapmark.stage.clock import now_ms
from clapmark.stage.offset import Offset
from clapmark.sync.device_clock import set_device_clock
from clapmark.sync.watch import pause_s

_LOOK_S = 0.5  # between two looks for the port
_WAIT_MS = 1_000  # a watch; the device answers at once when something changes, or when a job is waiting
_PROBE_MS = 5_000  # so often the clocks are compared again
_JOB_S = 8.0  # a job that met a pulled cable waits so long for the device to come back
_MOST_ID = 0x3FFFFFFF


@dataclass(frozen=True)
class Connected:
    """A device answers."""

    name: str  # of the port
    device: str
    presets: tuple[tuple[str, int], ...]  # name, minutes


@dataclass(frozen=True)
class Seen:
    """What the device's countdown is, and when that was so on the stage's clock."""

    watched: Watched
    at_ms: float
    error_ms: float


@dataclass(frozen=True)
class Lost:
    """No device answers; why, in a sentence."""

    sentence: str


Event = Connected | Seen | Lost
Job = Callable[[LinkClient, Hello], Any]


class _Line:
    """The serial port, which ends a watch as soon as a job waits: the device answers when it receives another byte."""

    def __init__(self, transport: SerialTransport, is_wanted: Callable[[], bool]) -> None:
        self.name = transport.name
        self._transport = transport
        self._is_wanted = is_wanted
        self._lock = threading.Lock()

    def read(self, timeout_s: float) -> bytes:
        return self._transport.read(timeout_s)

    def write(self, data: bytes) -> None:
        with self._lock:
            self._transport.write(data)
            if self._is_wanted():
                self._transport.write(b"\n")

    def close(self) -> None:
        with self._lock:
            self._transport.close()

    def poke(self) -> None:
        with self._lock:
            self._transport.write(b"\n")


class DeviceLink(threading.Thread):
    """Holds the port. `post(event)` is called in this thread; it must not block."""

    def __init__(self, port: str | None, environment: Environment, post: Callable[[Event], None]) -> None:
        super().__init__(name="device", daemon=True)
        self.port_name = ""  # of the port that is open, "" while none is
        self._port = port
        self._environment = environment
        self._post = post
        self._jobs: deque[tuple[float, Job, Future[Any]]] = deque()
        self._line: _Line | None = None
        self._is_stopping = threading.Event()
        self._said = ""

    def stop(self) -> None:
        """End the thread, and close the port."""
        self._is_stopping.set()
        self._poke()
        self.join(5)

    def submit(self, job: Job) -> "Future[Any]":
        """Let the thread call `job(client, hello)`; return the future of its result."""
        future: Future[Any] = Future()
        if self._line is None and not self._jobs and not self.port_name:
            future.set_exception(NoDeviceError("No device is connected."))
            return future
        self._jobs.append((time.monotonic() + _JOB_S, job, future))
        self._poke()
        return future

    def control(self, do: str, number: int | None = None, talk: str = "") -> "Future[Any]":
        """Send a command to the device; the future's result is what it adds, "" if nothing."""
        ident = 1 + secrets.randbelow(_MOST_ID)
        boots: list[int] = []

        def job(client: LinkClient, hello: Hello) -> str:
            if not boots:
                boots.append(hello.boot)  # a job that is tried again after the cable was pulled keeps the first one's
            return client.control(ident, do, boots[0], number, talk)

        return self.submit(job)

    def run(self) -> None:
        """Connect, watch, and connect again, until `stop`."""
        failures = 0
        while not self._is_stopping.is_set():
            pause = _LOOK_S
            port = self._present_port()
            if port is None:
                self._lose(
                    "No device is plugged in." if self._port is None else f"Nothing is plugged in at {self._port}."
                )
            else:
                try:
                    self._serve(port)
                    failures = 0
                except (ClapmarkError, OSError) as error:
                    was_there = isinstance(error, LinkLostError)
                    failures = 0 if was_there else failures + 1
                    pause = _LOOK_S if was_there else pause_s(failures)  # each opening may reset somebody's board
                    self._lose("The device is unplugged." if was_there else str(error))
            self._drop_jobs()
            self._is_stopping.wait(pause)
        self._drop_jobs(is_all=True)

    def _present_port(self) -> str | None:
        if self._port is not None:
            return self._port if "/" not in self._port or "://" in self._port or Path(self._port).exists() else None
        found = find_ports()
        return found[0] if found else None

    def _serve(self, port: str) -> None:
        line = _Line(SerialTransport(port), lambda: bool(self._jobs))
        with LinkClient(line) as client:
            hello = client.hello()
            try:
                set_device_clock(client, hello, self._environment, self._environment.utc_offset_s(), is_wanted=False)
            except DeviceRefusedError as error:
                self._environment.tell(str(error))  # a full journal: the countdown works all the same
            presets = _presets(client)
            self._line, self.port_name = line, port
            self._said = ""
            self._post(Connected(port, hello.device, presets))
            try:
                self._watch(client, hello)
            finally:
                self._line = None

    def _watch(self, client: LinkClient, hello: Hello) -> None:
        offset = Offset()
        mark = uptime_ms = 0
        probe_ms = now_ms()
        while not self._is_stopping.is_set():
            if self._jobs:
                self._do_job(client, hello)
                mark = 0
            sent_ms = now_ms()
            is_probe = sent_ms >= probe_ms or not mark
            seen = client.watch(mark, 0 if is_probe else _WAIT_MS)
            received_ms = now_ms()
            if is_probe:
                probe_ms = received_ms + _PROBE_MS
            if seen.uptime_ms < uptime_ms:  # it was reset: its clock, and what it remembers, are new
                hello = client.hello()
                offset.forget()
            uptime_ms = seen.uptime_ms
            offset.add(sent_ms, seen.uptime_ms, received_ms, 1.0)
            if seen.mark != mark or is_probe:
                self._post(Seen(seen, seen.uptime_ms + offset.ms, offset.error_ms))
            mark = seen.mark

    def _do_job(self, client: LinkClient, hello: Hello) -> None:
        _, job, future = self._jobs[0]
        try:
            result = job(client, hello)
        except LinkLostError:
            raise  # it stays the first one, for a device that comes back
        except Exception as error:  # noqa: BLE001  whoever waits for the job gets its error
            self._jobs.popleft()
            future.set_exception(error)
        else:
            self._jobs.popleft()
            future.set_result(result)

    def _lose(self, sentence: str) -> None:
        if self.port_name or self._said != sentence:
            self._said = sentence
            self._post(Lost(sentence))
        self.port_name = ""

    def _drop_jobs(self, *, is_all: bool = False) -> None:
        while self._jobs and (is_all or self._jobs[0][0] < time.monotonic()):
            _, _, future = self._jobs.popleft()
            future.set_exception(
                NoDeviceError("The device was unplugged before it answered: look at its screen before you repeat it.")
            )

    def _poke(self) -> None:
        line = self._line
        if line is not None:
            with contextlib.suppress(ClapmarkError):  # the thread reports that the device is gone
                line.poke()


def _presets(client: LinkClient) -> tuple[tuple[str, int], ...]:
    """Return the presets on the device, name and minutes; none if they cannot be read."""
    try:
        value = settings_of(b'{"presets": %s}' % client.get_setting("presets"))["presets"]
        return tuple((str(name)[:16], int(minutes)) for name, minutes, *_ in value)  # type: ignore[attr-defined]
    except (DeviceRefusedError, TypeError, ValueError):
        return ()
