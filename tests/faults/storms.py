"""Restart storms: the real supervisor, journal and decisions, with tasks that fail, recover and hang at random."""

import contextlib
import heapq
import types
from collections.abc import Callable, Coroutine, Generator
from random import Random

from firmware.core.recovery import count_fault, is_recorded
from firmware.journal.journal import Journal
from firmware.system import supervisor as supervision
from tests.faults.ledger import Ledger
from tests.support.device.nor import Nor

_BOOT_MS = 600_000
_MARK_MS = 7_000
_BITE_MS = 20_000
_LATEST_RESTART_MS = 61_000
_RESERVED_MARKS = 50  # a sector holds more of them
BEHAVIOURS = ("good", "always", "sometimes", "recovers", "hangs")
TASKS = ("buttons", "tick", "screen", "cues", "link")
ESSENTIAL = ("buttons", "tick")


class _Sleep:
    def __init__(self, ms: int) -> None:
        self.ms = ms

    def __await__(self) -> Generator[int, None, None]:
        yield self.ms


class Loop:
    """An event loop in virtual time; replaces the module `asyncio` of MicroPython."""

    def __init__(self) -> None:
        self.now_ms = 0
        self._queue: list[tuple[int, int, Coroutine[int, None, None]]] = []
        self._number = 0

    def sleep_ms(self, ms: int) -> _Sleep:
        return _Sleep(ms)

    def create_task(self, coroutine: Coroutine[int, None, None], after_ms: int = 0) -> None:
        self._number += 1
        heapq.heappush(self._queue, (self.now_ms + after_ms, self._number, coroutine))

    def run(self, until_ms: int, is_over: Callable[[], bool]) -> None:
        """Run the tasks until a time, or until `is_over`."""
        while self._queue and self._queue[0][0] <= until_ms and not is_over():
            self.now_ms, _, coroutine = heapq.heappop(self._queue)
            with contextlib.suppress(StopIteration):
                self.create_task(coroutine, coroutine.send(None))

    def close(self) -> None:
        for _, _, coroutine in self._queue:
            coroutine.close()


class Part:
    """A task that behaves as `behaviour` says."""

    def __init__(self, loop: Loop, behaviour: str, random: Random) -> None:
        self.behaviour = behaviour
        self.faults_ms: list[int] = []
        self.starts_ms: list[int] = []
        self.hangs_from_ms = random.randrange(120_000) if behaviour == "hangs" else -1
        self.recovers_after = random.randint(1, 4)
        self._loop = loop
        self._random = random
        self._had_turn = True

    def is_alive(self) -> bool:
        had_turn = self._had_turn
        self._had_turn = False
        return had_turn

    async def run(self) -> None:
        self.starts_ms.append(self._loop.now_ms)
        while True:
            if self._fails():
                self.faults_ms.append(self._loop.now_ms)
                raise self._random.choice((ValueError, OSError))("broken")
            if 0 <= self.hangs_from_ms <= self._loop.now_ms:
                await _Sleep(1 << 40)
            self._had_turn = True
            await _Sleep(self._random.randint(20, 1000))

    def _fails(self) -> bool:
        if self.behaviour == "recovers":
            return len(self.faults_ms) < self.recovers_after
        return self.behaviour == "always" or (self.behaviour == "sometimes" and self._random.random() < 0.02)


class Boot:
    """One start of the device, until it is reset or ten minutes have passed."""

    def __init__(self, journal: Journal, random: Random, behaviours: dict[str, str]) -> None:
        self.loop = Loop()
        self.journal = journal
        self.parts = {name: Part(self.loop, how, random) for name, how in behaviours.items()}
        self.fed_ms = [0]
        self.reset_reason = ""
        self.reset_ms = 0
        self.counts: dict[tuple[str, str], int] = {}
        self.recorded: list[tuple[str, str, int]] = []
        self.refused_marks = 0

    def play(self) -> None:
        supervision.asyncio = types.SimpleNamespace(sleep_ms=self.loop.sleep_ms, create_task=self.loop.create_task)
        supervision.sys = types.SimpleNamespace(print_exception=lambda error: None)
        supervisor = supervision.Supervisor(self._report, self._reset, self, lambda: self.loop.now_ms)
        for name, part in self.parts.items():
            supervisor.start(name, part.run, part, is_essential=name in ESSENTIAL)
        self.loop.create_task(self._mark())
        self.loop.create_task(supervisor.watch(self.journal.prepare))
        self.loop.run(_BOOT_MS, lambda: bool(self.reset_reason) or self.is_bitten)
        self.loop.close()

    @property
    def is_bitten(self) -> bool:
        return self.loop.now_ms - self.fed_ms[-1] > _BITE_MS

    def feed(self) -> None:
        self.fed_ms.append(self.loop.now_ms)

    def _report(self, name: str, error: Exception) -> None:
        kind = type(error).__name__
        count = count_fault(self.counts, name, kind)
        if is_recorded(count):
            self.recorded.append((name, kind, count))
            writer = self.journal.begin(b"fault", self.loop.now_ms)
            writer.text_field(b"task", name.encode())
            writer.text_field(b"error", kind.encode())
            self.journal.save()

    def _reset(self, reason: str, is_urgent: bool) -> None:
        self.reset_reason = reason
        self.reset_ms = self.loop.now_ms

    async def _mark(self) -> None:
        while True:
            self.journal.begin(b"bookmark", self.loop.now_ms).text_field(b"tag", b"note")
            if not self.journal.save():
                self.refused_marks += 1
            await _Sleep(_MARK_MS)


def check(boot: Boot, ledger: Ledger) -> None:
    """Fail where the boot broke the policy of docs/reliability.md."""
    end_ms = boot.loop.now_ms
    ledger.injected += sum(len(part.faults_ms) or part.hangs_from_ms >= 0 for part in boot.parts.values())
    for name, part in boot.parts.items():
        for fault_ms, start_ms in zip(part.faults_ms, [*part.starts_ms[1:], end_ms + 1], strict=False):
            if start_ms - fault_ms > _LATEST_RESTART_MS:
                ledger.fail(f"lost: {name} was not restarted after its fault at {fault_ms}")
            if start_ms - fault_ms < 1000 and start_ms <= end_ms:
                ledger.fail(f"silent: {name} was restarted at once after {fault_ms}")
        if part.behaviour == "always":
            delays_s = [
                (later - earlier) // 1000 for earlier, later in zip(part.faults_ms, part.starts_ms[1:], strict=False)
            ]
            if delays_s != [min(60, 1 << number) for number in range(len(delays_s))]:
                ledger.fail(f"silent: the delays of {name} were {delays_s}")
            if end_ms > 200_000:
                ledger.fail(f"lost: {name} always fails, and the chip was never reset")
        if part.behaviour == "hangs" and end_ms > part.hangs_from_ms + _BITE_MS + 5_000:
            ledger.fail(f"lost: {name} hangs since {part.hangs_from_ms}, and the watchdog was fed to {boot.fed_ms[-1]}")
    hangs = [part for part in boot.parts.values() if part.behaviour == "hangs"]
    if boot.is_bitten and not hangs:
        ledger.fail("lost: the watchdog bit although no task hung")
    for (name, kind), count in boot.counts.items():
        recorded = [number for task, error, number in boot.recorded if (task, error) == (name, kind)]
        if recorded != [1 << power for power in range(count.bit_length())]:
            ledger.fail(f"silent: {count} faults of {name} were recorded as {recorded}")


def restart_storm(number: int, ledger: Ledger) -> None:
    """Up to twelve boots of ten minutes with tasks that fail at random, and a mark every seven seconds; no sync."""
    random = Random(number)
    nor = Nor(4)
    journal = Journal(nor, b"a1b2c3d4e5f6")
    for _ in range(12):
        journal = Journal(nor, b"a1b2c3d4e5f6")
        journal.mount()
        behaviours = {name: random.choice(BEHAVIOURS) for name in TASKS}
        boot = Boot(journal, random, behaviours)
        boot.play()
        check(boot, ledger)
        if boot.refused_marks:
            break
    if journal.percent == 100:
        _check_last_sector(nor, journal, ledger)


def _check_last_sector(nor: Nor, journal: Journal, ledger: Ledger) -> None:
    block = journal.ring.head % nor.count
    lines = bytes(nor.data[block * 4096 : (block + 1) * 4096]).split(b"\n")
    kinds = [line.split(b" ")[3] for line in lines if line[:1].isdigit() and line.count(b" ") > 3]
    if len(kinds) < _RESERVED_MARKS or any(kind == b"fault" for kind in kinds):
        ledger.fail(f"lost: the last sector holds {len(kinds)} records, {kinds.count(b'fault')} of them faults")
