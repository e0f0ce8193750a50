"""A device and two laptops through presses, resets, power cuts, bad lines and killed processes.

Everything but the wires is real: journal, link server, link client, sync, archive. What must hold at every step: a
record that was shown as saved is in the device or durable in an archive, and in each archive once.
"""

import contextlib
import shutil
import tempfile
from pathlib import Path
from random import Random

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from clapmark.archive.archive import Archive, init_archive
from clapmark.base.errors import ClapmarkError
from clapmark.link.client import LinkClient
from clapmark.sync.sync import SyncResult, sync
from tests.faults.journal.day import DEVICE, History, PromiseError, formatted, items, seq_of
from tests.faults.journal.disk import CrashDisk
from tests.faults.journal.flash import CUTS
from tests.faults.ledger import Ledger
from tests.faults.line.bad_line import HostKilledError, Line, Trouble
from tests.faults.line.laptop import environment
from tests.support.device.served import ServedDevice, VirtualTime, virtual_time

_MEMORY = Path("/dev/shm")


class Computer:
    """One laptop: an archive on a disk that loses power."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        init_archive(folder)
        self.archive = Archive(folder)
        with self.archive.lock():
            pass
        self.disk = CrashDisk(folder)

    def path(self, epoch: bytes) -> Path:
        """Return where the log lies."""
        return self.archive.log_path(DEVICE.decode(), epoch.decode())

    def lines(self, epoch: bytes) -> list[bytes]:
        """Return the whole lines of the log."""
        path = self.path(epoch)
        return [line for line in path.read_bytes().splitlines(keepends=True) if line] if path.exists() else []

    def durable_lines(self, epoch: bytes) -> set[bytes]:
        """Return the lines that a power cut leaves."""
        path = self.path(epoch)
        return set(self.disk.durable(path).splitlines(keepends=True)) if path.exists() else set()


class World:
    """The device, the laptops, and what must be true of them."""

    def __init__(self, sectors: int = 3, time: VirtualTime | None = None) -> None:
        self._folder = tempfile.mkdtemp(dir=_MEMORY if _MEMORY.is_dir() else None)
        self.time = time or VirtualTime()
        self.history = History()
        self.device = ServedDevice(formatted(sectors), self.history)
        self.laptops = [Computer(Path(self._folder) / name) for name in ("one", "two")]
        self.environment = environment()
        self.faults = 0
        self.lost_in_ring = 0  # bytes
        self._checked_seq = 0

    def close(self) -> None:
        """Switch off, and remove the archives."""
        self.device.close()
        shutil.rmtree(self._folder)

    @property
    def epoch(self) -> bytes:
        """The journal's."""
        return bytes(self.device.journal.epoch)

    def sync(self, laptop: Computer, trouble: Trouble, kill_at_call: int = -1) -> SyncResult | None:
        """Sync; return the result, or None if the trouble was too much for it."""
        line = Line(self.device, self.time, trouble)
        line.after_work = self.check_commit
        calls = laptop.disk.calls

        def before_call(number: int) -> None:
            if number - calls == kill_at_call:
                self.faults += 1
                raise HostKilledError

        laptop.disk.before_call = before_call
        result = None
        with laptop.disk.watched(), contextlib.suppress(ClapmarkError, HostKilledError):
            result = sync(LinkClient(line), laptop.archive, self.environment)
        self.faults += line.faults
        self.lost_in_ring += line.lost_in_ring
        self.device.flash.power_up()
        return result

    def check_commit(self) -> None:
        """What the device may forget is durable in an archive."""
        committed = self.device.journal.committed_seq
        if committed <= self._checked_seq:
            return
        durable = set().union(*(laptop.durable_lines(self.epoch) for laptop in self.laptops))
        for line in self.history.saved:
            if self._checked_seq < seq_of(line) <= committed and line not in durable:
                raise PromiseError(f"lost: committed before it was on the disk: {line!r}")
        self._checked_seq = committed

    def check(self) -> None:
        """Every saved record is somewhere for good, and in no archive twice."""
        there = set().union(*(laptop.durable_lines(self.epoch) for laptop in self.laptops))
        there.update(data for seq, data, _, _ in items(self.device.journal) if seq)
        for line in self.history.saved:
            if line not in there:
                raise PromiseError(f"lost: {line!r}")
        for laptop in self.laptops:
            lines = laptop.lines(self.epoch)
            if len(lines) != len(set(lines)):
                raise PromiseError("doubled: a line stands twice in an archive")

    def check_good_sync(self, laptop: Computer) -> None:
        """Over a good line a sync succeeds, brings everything that the device has, and a second one changes nothing."""
        result = self.sync(laptop, Trouble(Random(0)))
        if result is None or result.conflicts:
            raise PromiseError(f"lost: a sync over a good line failed: {result}")
        have = laptop.lines(self.epoch)
        for seq, data, _, _ in items(self.device.journal):
            if seq and data not in have:
                raise PromiseError(f"lost: not fetched: {data!r}")
        numbers = [seq_of(line) for line in have if line.endswith(b"\n") and line[:1].isdigit() and b" *" in line]
        whole = [seq for seq, line in zip(numbers, have, strict=False) if line in self.history.saved]
        if len(whole) != len(set(whole)):
            raise PromiseError("doubled: two records of one number")
        before = laptop.path(self.epoch).read_bytes()
        self.sync(laptop, Trouble(Random(0)))
        if laptop.path(self.epoch).read_bytes() != before:
            raise PromiseError("doubled: a second sync with nothing new has written")
        self.check()


class SyncMachine(RuleBasedStateMachine):
    """What hypothesis plays. `ledger` and `steps` are set by the test."""

    ledger = Ledger("sync-model")

    @initialize(sectors=st.integers(3, 5))
    def switch_on(self, sectors: int) -> None:
        self.time = virtual_time()
        self.world = World(sectors, self.time.__enter__())

    def teardown(self) -> None:
        if hasattr(self, "world"):
            try:
                for laptop in self.world.laptops:
                    self.world.check_good_sync(laptop)
            finally:
                self.time.__exit__(None, None, None)
                self.world.close()

    def step(self, *, check: bool = True) -> None:
        """Count, and look at everything."""
        type(self).ledger.injected += 1
        if check:
            self.world.check()

    @rule(count=st.integers(1, 40))
    def press(self, count: int) -> None:
        self.world.device.press(count)
        self.step(check=False)  # the step that follows looks

    @rule()
    def idle(self) -> None:
        self.world.device.idle()
        self.step(check=False)

    @rule()
    def reset(self) -> None:
        self.world.device.start()
        self.step()

    @rule(count=st.integers(1, 12), at=st.integers(0, 12), how=st.sampled_from(CUTS))
    def press_and_lose_power(self, count: int, at: int, how: str) -> None:
        self.world.device.flash.cut(at, how)
        self.world.device.press(count)
        self.world.device.idle()
        self.world.device.flash.power_up()
        self.step()

    @rule(which=st.integers(0, 1), seed=st.integers(0, 1 << 30), percent=st.sampled_from((2, 10, 30)))
    def sync_over_a_bad_line(self, which: int, seed: int, percent: int) -> None:
        trouble = Trouble(Random(seed), percent)
        trouble.press_percent = trouble.stall_percent = 5
        self.world.sync(self.world.laptops[which], trouble)
        self.step()

    @rule(which=st.integers(0, 1), at=st.integers(0, 20), what=st.sampled_from(("kill_at", "unplug_at", "cut_at")))
    def sync_and_break(self, which: int, at: int, what: str) -> None:
        trouble = Trouble(Random(at))
        setattr(trouble, what, at)
        self.world.sync(self.world.laptops[which], trouble)
        self.step()

    @rule(which=st.integers(0, 1), at=st.integers(0, 14), seed=st.integers(0, 1 << 30))
    def sync_and_lose_the_laptop_s_power(self, which: int, at: int, seed: int) -> None:
        laptop = self.world.laptops[which]
        self.world.sync(laptop, Trouble(Random(0)), at)
        laptop.disk.lose_power(Random(seed))
        self.step()

    @rule(which=st.integers(0, 1))
    def sync_over_a_good_line(self, which: int) -> None:
        self.world.check_good_sync(self.world.laptops[which])
        self.step()
