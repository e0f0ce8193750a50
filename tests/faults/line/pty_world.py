"""A virtual device on a real pty, the real command line, and what kills them."""

import os
import re
import select
import subprocess
import sys
import threading
import time
import tty
from collections.abc import Callable
from pathlib import Path
from random import Random

from clapmark.archive.archive import Archive, init_archive
from clapmark.link.client import LinkClient, SerialTransport
from clapmark.sim import Event, EventKind, Simulation
from clapmark.sim.script import PowerCut, Press, Reset
from clapmark.sync.sync import sync
from tests.faults.journal.day import DEVICE, Dice, Handheld, History, PromiseError, formatted, seq_of
from tests.faults.ledger import Ledger
from tests.faults.line.laptop import environment

_SECTORS = 64
_RECORDS = 700  # in flash before anything happens: a sync takes its time
_LINE = re.compile(rb"[1-9][0-9]* [0-9]+ [0-9]+ [a-z]+[ -~]* \*[0-9A-F]{8}\n")
_TIMEOUT_S = 30


class PtyDevice:
    """A device with a full past, that runs in a thread."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.state = home / "device"
        self.state.mkdir(parents=True)
        flash = formatted(_SECTORS)
        dice = Dice(1)
        handheld = Handheld(flash, History())
        for _ in range(_RECORDS):
            handheld.press(dice)
        (self.state / "flash.bin").write_bytes(flash.data)
        (self.state / "device-id").write_bytes(DEVICE + b"\n")
        self.port = home / "port"
        self.on_open: Callable[[], None] = lambda: None
        self._events: list[EventKind] = []
        self._changed = threading.Condition()
        self._simulation = Simulation(self.state, link=self.port, on_event=self._on_event)
        self._thread = threading.Thread(target=self._simulation.run, daemon=True)

    def __enter__(self) -> "PtyDevice":
        self._thread.start()
        self.wait_for(EventKind.BOOTED, 1)
        self.sync_fully(self.archive("first"))
        return self

    def __exit__(self, *_: object) -> None:
        self._simulation.stop()
        self._thread.join(_TIMEOUT_S)

    def wait_for(self, kind: EventKind, count: int) -> None:
        """Wait until so many events of one kind have come."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._events.count(kind) >= count, _TIMEOUT_S):
                raise PromiseError(f"lost: no {kind} within {_TIMEOUT_S} s")

    @property
    def is_open(self) -> bool:
        """Whether a laptop has the port open."""
        with self._changed:
            opened = [kind for kind in self._events if kind in (EventKind.OPENED, EventKind.CLOSED)]
            return opened[-1:] == [EventKind.OPENED]

    def wait_until_open(self, process: subprocess.Popen[str]) -> None:
        """Wait until `process` has the port open, or has ended."""
        end = time.monotonic() + _TIMEOUT_S
        while not self.is_open and process.poll() is None and time.monotonic() < end:
            time.sleep(0.002)

    def press(self) -> None:
        """Press A."""
        self._simulation.post(Press("A"))

    def cut_power(self) -> None:
        """Take the power away and give it back."""
        self._simulation.post(PowerCut())

    def reset(self) -> None:
        """Pull the reset line."""
        self._simulation.post(Reset())

    def archive(self, name: str) -> Archive:
        """Return a fresh archive."""
        folder = self.home / name
        init_archive(folder)
        return Archive(folder)

    def records(self) -> set[bytes]:
        """Return every line in the flash file that looks like a record."""
        return set(_LINE.findall((self.state / "flash.bin").read_bytes()))

    def sync_fully(self, archive: Archive) -> None:
        """Sync without trouble; then everything in flash is in the archive, once."""
        in_flash = self.records()
        with LinkClient(SerialTransport(self.port)) as client:
            client.hello(_TIMEOUT_S)
            result = sync(client, archive, environment())
        lines = archive.log_path(result.device, result.epoch).read_bytes().splitlines(keepends=True)
        whole = [line for line in lines if line in in_flash or line in self.records()]
        if len(set(whole)) != len(whole) or len({seq_of(line) for line in whole}) != len(whole):
            raise PromiseError("doubled: a record stands twice in the archive")
        missing = in_flash - set(lines)
        if missing:
            raise PromiseError(f"lost: {len(missing)} records, such as {min(missing)!r}")
        if result.conflicts or result.damaged:
            raise PromiseError(f"silent: {result}")

    def start_sync(self, archive: Archive, port: Path | str | None = None) -> subprocess.Popen[str]:
        """Start `clapmark sync` as a user does."""
        return subprocess.Popen(
            [sys.executable, "-m", "clapmark", "sync", "--archive", archive.folder, "--port", port or self.port],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def _on_event(self, event: Event) -> None:
        with self._changed:
            self._events.append(event.kind)
            self._changed.notify_all()
        if event.kind == EventKind.OPENED:
            self.on_open()


class CutCable:
    """A cable with a break in it: a pty whose far end leads to the device until so many bytes have passed."""

    def __init__(self, port: Path, at_bytes: int) -> None:
        self._left = at_bytes
        self._device = os.open(port.resolve(), os.O_RDWR | os.O_NOCTTY)
        self._end, near = os.openpty()
        tty.setraw(near)
        self.port = os.ttyname(near)
        self._near = near
        self._thread = threading.Thread(target=self._carry, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Wait until the cable is cut or the other side is gone."""
        self._left = 0
        self._thread.join(_TIMEOUT_S)

    def _carry(self) -> None:
        is_open = False
        try:
            while self._left > 0:
                ready, _, _ = select.select((self._device, self._end), (), (), 0.02)
                for source, target in ((self._device, self._end), (self._end, self._device)):
                    if source in ready:
                        data = os.read(source, min(256, self._left))
                        os.write(target, data)
                        if source == self._end and not is_open:
                            is_open = True
                            os.close(self._near)  # the laptop has it open by now: its hang-up will show
                        self._left -= len(data)
        except OSError:
            return  # the laptop has closed it
        finally:
            os.close(self._end)
            os.close(self._device)
            if not is_open:
                os.close(self._near)


def measure(device: PtyDevice) -> float:
    """Return how long an undisturbed `clapmark sync` has the port open here."""
    process = device.start_sync(device.archive("measured"))
    device.wait_until_open(process)
    began = time.monotonic()
    said, _ = process.communicate(timeout=_TIMEOUT_S)
    assert process.returncode == 0, said
    return time.monotonic() - began


def host_killed(device: PtyDevice, number: int, lasts_s: float) -> bool:
    """kill -9 of `clapmark sync` at a random instant; return whether it hit a running sync."""
    archive = device.archive(f"killed-{number}")
    process = device.start_sync(archive)
    device.wait_until_open(process)
    time.sleep(Random(number).random() * lasts_s)
    device.press()
    process.kill()
    process.communicate()
    device.sync_fully(archive)
    return process.returncode != 0


def device_killed(device: PtyDevice, number: int, lasts_s: float) -> bool:
    """A power cut of the device at a random instant of a sync; return whether it hit a running sync."""
    archive = device.archive(f"cut-{number}")
    process = device.start_sync(archive)
    device.wait_until_open(process)
    time.sleep(Random(number).random() * lasts_s)
    device.press()
    hit = device.is_open
    device.cut_power()
    process.communicate(timeout=_TIMEOUT_S)
    device.sync_fully(archive)
    return hit


def reset_at_open(device: PtyDevice, number: int, _lasts_s: float) -> bool:
    """A board that resets when its port is opened; the sync must survive that."""
    archive = device.archive(f"reset-{number}")
    device.press()
    device.on_open = device.reset
    process = device.start_sync(archive)
    said, _ = process.communicate(timeout=_TIMEOUT_S)
    device.on_open = lambda: None
    if process.returncode != 0:
        raise PromiseError(f"lost: a board that resets at open cannot be synced: {said}")
    device.sync_fully(archive)
    return True


def cable_cut(device: PtyDevice, number: int, _lasts_s: float) -> bool:
    """The cable is pulled after a random number of bytes; return whether the sync broke off."""
    archive = device.archive(f"cable-{number}")
    cable = CutCable(device.port, Random(number).randrange(100, 50_000))
    process = device.start_sync(archive, cable.port)
    said, _ = process.communicate(timeout=_TIMEOUT_S)
    cable.close()
    if process.returncode not in (0, 3):
        raise PromiseError(f"lost: a pulled cable ends with code {process.returncode}: {said}")
    device.sync_fully(archive)
    return process.returncode != 0


TROUBLES: dict[str, Callable[[PtyDevice, int, float], bool]] = {
    "host-killed": host_killed,
    "device-killed": device_killed,
    "reset-at-open": reset_at_open,
    "cable-cut": cable_cut,
}


def run_trouble(test: str, home: Path, first: int, count: int, ledger: Ledger) -> None:
    """Inject one kind of trouble so many times into the syncs of one device."""
    with PtyDevice(home) as device:
        lasts_s = measure(device)
        ledger.notes.append(f"an undisturbed sync had the port open for {lasts_s:.2f} s")
        hits = 0
        for number in range(first, first + count):
            ledger.injected += 1
            try:
                hits += TROUBLES[test](device, number, lasts_s)
            except PromiseError as error:
                ledger.fail(f"{test} {number}: {error}")
        ledger.notes.append(f"{hits} of {count} hit a running sync")
