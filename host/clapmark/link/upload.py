"""Sends a schedule to the device: in compressed blocks if its firmware accepts them, else byte for byte.

A device that was interrupted continues where it stopped; docs/link.md, "schedule", describes the requests.
"""

import base64
import binascii
import zlib
from collections.abc import Callable, Mapping

from clapmark.link import frame
from clapmark.link.answer import Answer, ProtocolError
from clapmark.link.refusal import DeviceRefusedError
from firmware.core.lines.frame_limits import PACKED_WINDOW_BITS
from firmware.core.lines.line import TRAILER_BYTES

Values = Mapping[str, int | str | bytes]
Ask = Callable[[Values], Answer]
Progress = Callable[[int, int], None]

_DATA_BYTES = 99  # base64 makes 132 of it, which fits a request of 200 bytes
_BLOCK_BYTES = 4096  # of the schedule in one block, which is one erase of the device's flash
_MOST_STARTS = 4  # from where the device says, if it lost its place in between
_MOST_STALLS = 8  # answers in a row after which the device still expects the same bytes
_LARGEST_BLOCK_BYTES = 1 << 16


def send_schedule(ask: Ask, data: bytes, progress: Progress | None = None) -> None:
    """Send the schedule `data` with `ask`, which puts a request of the verb `schedule`; `progress(bytes, all_bytes)`.

    Raises DeviceRefusedError, and ProtocolError if the device accepts bytes without end, or never the next ones.
    """
    _Upload(ask, data, progress).run()


class _Upload:
    def __init__(self, ask: Ask, data: bytes, progress: Progress | None) -> None:
        self._ask = ask
        self._data = data
        self._progress = progress
        self._whole: Values = {"size": len(data), "crc": f"{binascii.crc32(data):08X}"}
        self._may_pack = True
        self._reached = 0  # the largest offset that the device has said

    def run(self) -> None:
        attempt = 0
        while True:
            before = self._reached
            try:
                self._run_once()
            except DeviceRefusedError as error:
                # somebody who opens the menu interrupts a block: that may happen more often than a device is stuck
                attempt = attempt + 1 if self._reached <= before else 1
                # what needs less memory, or worked before there were blocks
                self._may_pack = self._may_pack and error.code == "offset" and attempt == 1
                if attempt == _MOST_STARTS or error.code not in ("offset", "memory", "packed"):
                    raise
            else:
                return

    def _run_once(self) -> None:
        begun = self._ask({"do": "begin", **self._whole})
        offset = begun.number("offset", 0, len(self._data))
        packed_bytes = begun.number("packed", 0, _LARGEST_BLOCK_BYTES, 0) if self._may_pack else 0
        line_bytes = begun.number("line", frame.MAX_REQUEST_BYTES, frame.LONG_REQUEST_BYTES, frame.MAX_REQUEST_BYTES)
        stalls = 0
        while offset < len(self._data):
            before = offset
            offset = self._send_block(offset, packed_bytes, line_bytes) if packed_bytes else self._send_part(offset)
            stalls = stalls + 1 if offset <= before else 0
            if stalls == _MOST_STALLS:
                raise _stuck()
            self._reached = max(self._reached, offset)
            if self._progress:
                self._progress(offset, len(self._data))
        self._ask({"do": "end", **self._whole})

    def _send_part(self, offset: int) -> int:
        part = base64.b64encode(self._data[offset : offset + _DATA_BYTES])
        return self._ask({"do": "data", "offset": offset, "data": part}).number("offset", 0, len(self._data))

    def _send_block(self, offset: int, packed_bytes: int, line_bytes: int) -> int:
        length, packed = _block(self._data[offset:], packed_bytes)
        at = 0
        stalls = 0
        while stalls < _MOST_STALLS:
            values: dict[str, int | str | bytes] = {"do": "pack", "offset": offset, "at": at}
            part = packed[at : at + _room(values, line_bytes)]
            if at + len(part) == len(packed):
                values["length"] = length
                part = packed[at : at + _room(values, line_bytes)]
                if at + len(part) < len(packed):  # the length itself takes room
                    del values["length"]
            answer = self._ask({**values, "data": base64.b64encode(part)})
            there = answer.number("offset", 0, len(self._data))
            if there != offset:
                return there
            held = answer.number("at", 0, len(packed))
            stalls = stalls + 1 if held <= at else 0
            at = held if held < len(packed) else 0
        raise _stuck()


def _block(data: bytes, most_bytes: int) -> tuple[int, bytes]:
    """Return how many of the first bytes of `data` make a block of at most `most_bytes`, and the block."""
    length = min(len(data), _BLOCK_BYTES)
    while True:
        packer = zlib.compressobj(9, zlib.DEFLATED, -PACKED_WINDOW_BITS)
        packed = packer.compress(data[:length]) + packer.flush()
        if len(packed) <= most_bytes or length == 1:
            return length, packed
        length = max(1, length * most_bytes // len(packed) - 16)


def _room(values: Values, line_bytes: int) -> int:
    """Return how many bytes fit, in base64, after the fields `values` of a request of `line_bytes`."""
    words = "".join(f" {key}={value!s}" for key, value in values.items())
    head = f"?999 schedule{words} data="
    return (line_bytes - int(TRAILER_BYTES) - len(head)) // 4 * 3


def _stuck() -> ProtocolError:
    return ProtocolError(
        "The device does not accept the next part of the schedule. The schedule that it had is still in use. Reset it "
        "and try again; if that does not help, update its firmware with clapmark deploy."
    )
