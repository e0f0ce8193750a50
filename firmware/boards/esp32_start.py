"""What an ESP32 is asked once, at a start: identity, journal partition, reset cause, time. Not kept in memory."""

import binascii
import time

import machine
from esp32 import Partition
from micropython import const

from firmware.boards.esp32_chip import epoch_s

_JOURNAL_TYPE = const(0x40)  # custom partition type, docs/journal.md
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
    now_ms = time.time_ns() // 1_000_000 + epoch_s() * 1000
    return now_ms if now_ms >= _UTC_2010_S * 1000 else 0
