"""Clocks that drift, jump, wrap, are lost or were never set: the time that the archive tells contains the true one."""

import calendar
import sys
import time
import types
from random import Random

from clapmark.archive.record import Record, parse
from clapmark.archive.wall_time import DRIFT_PPM, Clock
from firmware.core import clock as device_clock
from tests.faults.journal.day import checked
from tests.faults.ledger import Ledger

CASES = 50  # in one unit

_WRAP_MS = 1 << 30  # of ticks_ms on the ESP32
_DAY_MS = 24 * 3600 * 1000
_SIX_DAYS_MS = 6 * _DAY_MS
_ROUNDING_MS = 1  # stamps are whole milliseconds
_START_UTC_MS = 1_778_812_345_678  # in May 2026
_1970_TO_2000_MS = 946_684_800_000


class _World:
    """True time, and a device in it that starts again and again, with a crystal that drifts as far as it may."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.utc_ms = _START_UTC_MS + random.randrange(365 * _DAY_MS)
        self.records: list[Record] = []
        self.truth: list[int] = []
        self.seq = 0

    def record(self, boot: int, ms: int, utc_ms: int, body: str) -> None:
        self.seq += 1
        self.records.append(parse(checked(f"{self.seq} {boot} {ms} {body}".encode())))
        self.truth.append(utc_ms)

    def boot(self, number: int, *, is_set: bool) -> None:
        """One boot: bookmarks at random, and, if a laptop sets the clock in it, clock records that are right."""
        random = self.random
        self.utc_ms += random.choice((0, 5_000, 3_600_000, 90 * _DAY_MS))
        drift = random.randint(1 - DRIFT_PPM, DRIFT_PPM - 1)
        start_ms = self.utc_ms
        elapsed = sorted(random.randrange(random.choice((60_000, _DAY_MS, 30 * _DAY_MS))) for _ in range(8))
        clock_at = {random.randrange(8) for _ in range(random.randint(1, 3))} if is_set else set()
        for number_in_boot, true_ms in enumerate(elapsed):
            ms = true_ms + true_ms * drift // 1_000_000
            if number_in_boot in clock_at:
                error_ms = random.randint(1, 2000)
                said_ms = start_ms + true_ms + random.randint(-error_ms + 1, error_ms - 1)
                self.record(number, ms, start_ms + true_ms, f"clock utc={said_ms} err={error_ms} source=host")
            else:
                self.record(number, ms, start_ms + true_ms, "bookmark tag=note")
        self.utc_ms = start_ms + elapsed[-1] + 1


def wall_times(number: int, ledger: Ledger) -> None:
    """Conferences of one to five boots, of which some never met a laptop: every stated interval holds the truth."""
    random = Random(number)
    for _ in range(CASES // 2):
        ledger.injected += 1
        world = _World(random)
        boots = random.randint(1, 5)
        known = {boot for boot in range(1, boots + 1) if random.random() < 0.6}
        for boot in range(1, boots + 1):
            world.boot(boot, is_set=boot in known)
        archive = Clock(random.sample(world.records, len(world.records)))
        for entry, utc_ms in zip(world.records, world.truth, strict=True):
            when = archive.time_at(entry.boot, entry.ms)
            name = f"case {number}, record {entry.seq}"
            if entry.boot in known and when.utc_ms is None:
                ledger.fail(f"lost: {name}: the clock was set in its boot, and it has no time")
            if when.earliest_ms is not None and utc_ms < when.earliest_ms - _ROUNDING_MS:
                ledger.fail(f"silent: {name}: said to be not before {when.earliest_ms}, was {utc_ms}")
            if when.latest_ms is not None and utc_ms > when.latest_ms + _ROUNDING_MS:
                ledger.fail(f"silent: {name}: said to be not after {when.latest_ms}, was {utc_ms}")


def wrong_clocks(number: int, ledger: Ledger) -> None:
    """One clock record of many is wrong: by an epoch, a day or an hour, negative, absurd. Nothing may break.

    Between it and its neighbours the interval must be so wide that it holds the truth.
    """
    random = Random(number)
    for _ in range(CASES // 4):
        ledger.injected += 1
        world = _World(random)
        for boot in (1, 2, 3):
            world.boot(boot, is_set=True)
        clocks = [place for place, entry in enumerate(world.records) if entry.kind == b"clock"]
        wrong = random.choice(clocks)
        entry = world.records[wrong]
        said_ms = entry.number("utc") + random.choice(
            (-_1970_TO_2000_MS, _1970_TO_2000_MS, 3_600_000, -_DAY_MS, -(1 << 60), 1 << 60)
        )
        body = f"{entry.seq} {entry.boot} {entry.ms} clock utc={said_ms} err=5 source=host"
        world.records[wrong] = parse(checked(body.encode()))
        _check_wrong(world, wrong, ledger, f"case {number}")


def _check_wrong(world: _World, wrong: int, ledger: Ledger, name: str) -> None:
    archive = Clock(world.records)
    for entry, utc_ms in zip(world.records, world.truth, strict=True):
        when = archive.time_at(entry.boot, entry.ms)
        if entry.boot != world.records[wrong].boot:
            if when.utc_ms is None or when.error_ms is None or abs(utc_ms - when.utc_ms) > when.error_ms + _ROUNDING_MS:
                ledger.fail(f"silent: {name}: a wrong clock in another boot has moved record {entry.seq}")
        elif when.earliest_ms is not None and when.latest_ms is not None and when.earliest_ms > when.latest_ms:
            ledger.fail(f"silent: {name}: record {entry.seq} has an empty interval")


def device_clocks(number: int, ledger: Ledger) -> None:
    """The device's uptime over wraps of its ticks, asked at random moments up to six days apart; UTC set and lost."""
    random = Random(number)
    for _ in range(CASES // 4):
        ledger.injected += 1
        first = random.choice((0, _WRAP_MS - 1, _WRAP_MS // 2, random.randrange(_WRAP_MS)))
        clock = device_clock.Clock(first)
        true_ms = 0
        utc_at_boot_ms = 0
        for _ in range(30):
            true_ms += random.choice((0, 1, 1000, random.randrange(_SIX_DAYS_MS)))
            stamp_ms = max(0, true_ms - random.choice((0, 0, 50, 5_000)))  # an edge from before this call
            uptime_ms = clock.uptime_ms((first + true_ms) % _WRAP_MS)
            if uptime_ms != true_ms:
                ledger.fail(f"silent: case {number}: uptime {uptime_ms}, was {true_ms}")
            if clock.uptime_ms((first + stamp_ms) % _WRAP_MS) != stamp_ms:
                ledger.fail(f"silent: case {number}: a stamp of {stamp_ms} taken for another moment")
            if random.random() < 0.2:
                utc_ms = random.choice((0, _START_UTC_MS, _START_UTC_MS - 3_600_000))
                clock.set_utc_ms(utc_ms, uptime_ms)
                utc_at_boot_ms = utc_ms - uptime_ms if utc_ms else 0
            if clock.utc_ms(uptime_ms) != (utc_at_boot_ms + uptime_ms if utc_at_boot_ms else 0):
                ledger.fail(f"silent: case {number}: UTC {clock.utc_ms(uptime_ms)}")


class _Chip:
    """The chip's clock as MicroPython shows it: an epoch of 1970 or 2000, and an RTC that is set by calendar."""

    def __init__(self, epoch_year: int) -> None:
        self._epoch_s = calendar.timegm((epoch_year, 1, 1, 0, 0, 0))
        self.utc_us = calendar.timegm((2000, 1, 1, 0, 0, 0)) * 1_000_000  # where it starts without being set

    def gmtime(self, seconds: int) -> tuple[int, ...]:
        moment = time.gmtime(seconds + self._epoch_s)
        return (*moment[:6], moment.tm_wday, moment.tm_yday)

    def time_ns(self) -> int:
        return (self.utc_us - self._epoch_s * 1_000_000) * 1000

    def RTC(self) -> "_Chip":  # noqa: N802  the name that MicroPython gives it
        return self

    def datetime(self, parts: tuple[int, ...]) -> None:
        year, month, day, weekday, hour, minute, second, microseconds = parts
        seconds = calendar.timegm((year, month, day, hour, minute, second))
        assert time.gmtime(seconds).tm_wday == weekday
        self.utc_us = seconds * 1_000_000 + microseconds


def chip_clocks(number: int, ledger: Ledger) -> None:
    """The board's wall clock, with either epoch: unset, set, and set wrong."""
    random = Random(number)
    for name in ("machine", "esp32", "micropython"):
        sys.modules.setdefault(name, types.ModuleType(name))
    sys.modules["micropython"].const = lambda value: value  # type: ignore[attr-defined]
    sys.modules["esp32"].Partition = None  # type: ignore[attr-defined]
    from firmware.boards import esp32_chip, esp32_start

    for _ in range(CASES // 4):
        ledger.injected += 1
        chip = _Chip(random.choice((1970, 2000)))
        esp32_chip.time = esp32_chip.machine = esp32_start.time = chip
        chip.utc_us += random.randrange(60_000_000)
        if esp32_start.utc_ms() != 0:
            ledger.fail(f"silent: case {number}: a clock that was never set says {esp32_start.utc_ms()}")
        utc_ms = _START_UTC_MS + random.randrange(20 * 365 * _DAY_MS)
        esp32_chip.set_utc_ms(utc_ms)
        later_ms = random.randrange(_DAY_MS)
        chip.utc_us += later_ms * 1000
        if esp32_start.utc_ms() != utc_ms + later_ms:
            ledger.fail(f"silent: case {number}: set to {utc_ms}, {later_ms} ms later it is {esp32_start.utc_ms()}")


def clocks(number: int, ledger: Ledger) -> None:
    """Some sixty cases: wall times of several boots, a wrong clock record, wraps of the ticks, both epochs."""
    wall_times(number, ledger)
    wrong_clocks(number, ledger)
    device_clocks(number, ledger)
    chip_clocks(number, ledger)
