"""How a schedule is sent: in blocks that the device can hold, to older firmware in parts, and never without an end."""

import base64
import random
import zlib

import pytest

from clapmark.link import frame
from clapmark.link.answer import Answer, ProtocolError
from clapmark.link.refusal import DeviceRefusedError
from clapmark.link.upload import send_schedule
from clapmark.schedule import to_device_format
from tests.bench.support.many_talks import many_talks

SCHEDULE = to_device_format(many_talks(60))


class Device:
    """Takes uploads as docs/link.md says; `packed` 0 is older firmware, `refuses` the codes of the next refusals."""

    def __init__(self, packed=1024, line=256, refuses=(), refused=("pack",)):
        self.refused = refused
        self.packed = packed
        self.line = line
        self.refuses = list(refuses)
        self.data = b""
        self.block = b""
        self.done = False
        self.requests = []

    def ask(self, values):
        writer = frame.FrameWriter(self.line if self.packed else 200)
        writer.begin(b"?", 999, b"schedule")
        for key, value in values.items():
            writer.data_field(key.encode(), value if isinstance(value, bytes) else str(value).encode())
        writer.seal()
        self.requests.append(values["do"])
        if self.refuses and values["do"] in self.refused:
            self.block = b""
            raise DeviceRefusedError(self.refuses.pop(0), "")
        answer = self.take(**values)
        return Answer(b"schedule", [b"%s=%d" % (key.encode(), value) for key, value in answer.items()])

    def take(self, do, offset=0, at=0, data=b"", length=0, size=0, crc=""):
        if do == "data":
            assert offset == len(self.data)
            self.data += base64.b64decode(data)
        elif do == "pack":
            assert offset == len(self.data) and at == len(self.block)
            self.block += base64.b64decode(data)
            assert len(self.block) <= self.packed
            if length:
                plain = zlib.decompressobj(-10).decompress(self.block)
                assert len(plain) == length
                self.data += plain
                self.block = b""
            return {"offset": len(self.data), "at": len(self.block)}
        elif do == "end":
            assert (size, crc) == (len(self.data), f"{zlib.crc32(self.data):08X}")
            self.done = True
        elif self.packed:
            return {"offset": len(self.data), "packed": self.packed, "line": self.line}
        return {"offset": len(self.data)}


@pytest.mark.parametrize("data", [b"", b"x", SCHEDULE, random.Random(1).randbytes(9000), bytes(20_000)])
@pytest.mark.parametrize("packed", [0, 100, 2048, 65_536])
@pytest.mark.parametrize("line", [200, 256])
def test_any_file_arrives_with_any_limit_of_the_device(data, packed, line):
    device = Device(packed, line)
    seen = []
    send_schedule(device.ask, data, lambda done, total: seen.append((done, total)))
    assert device.done and device.data == data
    assert not data or seen[-1] == (len(data), len(data))


def test_compressed_blocks_need_a_quarter_of_the_requests():
    packed, plain = Device(), Device(packed=0)
    for device in (packed, plain):
        send_schedule(device.ask, SCHEDULE)
    assert len(packed.requests) < len(plain.requests) / 3


def test_a_device_without_memory_to_unpack_gets_the_bytes_as_they_are():
    device = Device(refuses=["memory"])
    send_schedule(device.ask, SCHEDULE)
    assert device.done and device.data == SCHEDULE and "data" in device.requests


def test_a_device_whose_menu_is_opened_in_every_block_gets_them_compressed_all_the_same():
    device = Device()
    interrupted = set()

    def ask(values):
        if values["do"] == "pack" and values["at"] and values["offset"] not in interrupted:
            interrupted.add(values["offset"])
            device.block = b""
            raise DeviceRefusedError("offset", str(len(device.data)))
        return device.ask(values)

    send_schedule(ask, SCHEDULE)
    assert device.done and device.data == SCHEDULE and len(interrupted) > 2
    assert "data" not in device.requests, "the slow way"


def test_a_device_that_lost_its_place_is_asked_again_but_not_for_ever():
    device = Device(refuses=["offset", "offset"])
    send_schedule(device.ask, SCHEDULE)
    assert device.done and device.requests.count("begin") == 3
    device = Device(refuses=["offset"] * 99)
    send_schedule(device.ask, SCHEDULE)  # byte for byte, in the end
    assert device.done
    device = Device(refuses=["offset"] * 99, refused=("pack", "data"))
    with pytest.raises(DeviceRefusedError):
        send_schedule(device.ask, SCHEDULE)
    assert device.requests.count("begin") == 4
    with pytest.raises(DeviceRefusedError):
        send_schedule(Device(refuses=["file"]).ask, SCHEDULE)


@pytest.mark.parametrize(
    ("answer", "requests"),
    [
        (b"offset=0", 1 + 8),
        (b"offset=0 packed=2048 line=256 at=0", 1 + 8),
        (b"offset=0 packed=2048 line=256 at=5", 1 + 1 + 8),
    ],
)
def test_a_device_that_never_goes_on_is_left(answer, requests):
    asked = []

    def ask(values):
        asked.append(values)
        return Answer(b"schedule", answer.split(b" "))

    with pytest.raises(ProtocolError, match="does not accept the next part"):
        send_schedule(ask, SCHEDULE)
    assert len(asked) == requests


@pytest.mark.parametrize(
    "answer",
    [b"", b"offset=-1", b"offset=999999", b"offset=+1", b"offset=0 packed=x", b"offset=0 line=5", b"offset=0 packed=1"],
)
def test_an_answer_that_cannot_be_is_reported(answer):
    def ask(_values):
        return Answer(b"schedule", answer.split(b" ") if answer else [])

    with pytest.raises(ProtocolError):
        send_schedule(ask, SCHEDULE)
