"""What every ESP32 has: identity, journal partition, wall clock. Mostly used at the start."""

import binascii
import time

import machine
from esp32 import Partition
from micropython import const

_JOURNAL_TYPE = const(0x40)  # custom partition type, docs/journal.md
_SECONDS_1970_TO_2000 = const(946_684_800)
_UTC_2010_S = const(1_262_304_000)  # a clock that says less was never set: it starts in 2000


def device_id():
    """Return the chip's MAC address, 12 hex digits."""
    return binascii.hexlify(machine.unique_id())


def journal_blocks():
    """Return the block device for the journal: its own partition, else files in the file system."""
    found = Partition.find(_JOURNAL_TYPE, label="journal")
    if found:
        return found[0]
    from firmware.drivers.file_blocks import FileBlocks

    return FileBlocks("journal")


def reset_cause():
    """Return why the chip started, in the word that the boot record uses."""
    cause = machine.reset_cause()
    for value, word in (
        (machine.PWRON_RESET, b"poweron"),
        (machine.HARD_RESET, b"hard"),
        (machine.WDT_RESET, b"watchdog"),
        (machine.DEEPSLEEP_RESET, b"deepsleep"),
        (machine.SOFT_RESET, b"soft"),
    ):
        if cause == value:
            return word
    return b"unknown"


def utc_ms():
    """Return the wall clock in milliseconds since 1970, UTC, or 0 if it was not set since power-up."""
    now_ms = time.time_ns() // 1_000_000 + _epoch_s() * 1000
    return now_ms if now_ms >= _UTC_2010_S * 1000 else 0


def set_utc_ms(utc_ms):
    """Set the wall clock, which runs on through a reset."""
    seconds, rest_ms = divmod(utc_ms, 1000)
    year, month, day, hour, minute, second, weekday, _ = time.gmtime(seconds - _epoch_s())[:8]
    machine.RTC().datetime((year, month, day, weekday, hour, minute, second, rest_ms * 1000))


def _epoch_s():
    # the epoch is 2000 on the ESP32 and may be 1970 elsewhere (docs.micropython.org, module time)
    return _SECONDS_1970_TO_2000 if time.gmtime(0)[0] == 2000 else 0


def clock_ms():
    """Return what the chip's clock shows, set or not, in milliseconds: it runs through a reset."""
    return time.time_ns() // 1_000_000


def memory(data=None):
    """Return the bytes that outlive a reset (not a power cut), or keep `data`, at most 2048 of them."""
    rtc = machine.RTC()
    return rtc.memory() if data is None else rtc.memory(data)


def watchdog(timeout_ms):
    """Return the watchdog, which resets the chip unless it is fed in time; a new one takes the place of the old."""
    return machine.WDT(timeout=timeout_ms)
