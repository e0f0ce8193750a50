"""How a schedule is sent: in blocks that the device can hold, to older firmware in parts, and never without an end."""

import base64
import contextlib
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


def requests_of(*answers: bytes, data: bytes = SCHEDULE) -> list[dict[str, object]]:
    """Return what is asked of a device that gives these answers, the last one again and again, until it is given up."""
    left = list(answers)
    asked: list[dict[str, object]] = []

    def ask(values):
        asked.append(dict(values))
        answer = left.pop(0) if len(left) > 1 else left[0]
        return Answer(b"schedule", answer.split(b" "))

    with contextlib.suppress(ProtocolError):
        send_schedule(ask, data)
    return asked


def test_a_part_has_99_bytes_and_the_last_one_the_rest():
    asked = requests_of(b"offset=0", b"offset=99", b"offset=198", b"offset=200", data=bytes(200))
    assert [len(base64.b64decode(values["data"])) for values in asked[1:-1]] == [99, 99, 2]
    assert [values["offset"] for values in asked[1:-1]] == [0, 99, 198]
    whole = {"size": 200, "crc": f"{zlib.crc32(bytes(200)):08X}"}
    assert asked[0] == {"do": "begin", **whole} and asked[-1] == {"do": "end", **whole}


def test_a_device_that_has_all_of_it_is_only_asked_to_end():
    assert [values["do"] for values in requests_of(b"offset=200", data=bytes(200))] == ["begin", "end"]


def test_what_the_device_says_is_followed_and_a_part_that_it_missed_is_sent_again():
    asked = requests_of(b"offset=0", b"offset=99", b"offset=0", b"offset=99", b"offset=120", data=bytes(120))
    assert [values.get("offset") for values in asked] == [None, 0, 99, 0, 99, None]


def test_a_step_forward_begins_the_count_of_parts_that_were_not_accepted_again():
    again = [b"offset=0"] * 7
    asked = requests_of(b"offset=0", *again, b"offset=99", *[b"offset=99"] * 7, b"offset=120", data=bytes(120))
    assert [values["do"] for values in asked].count("data") == 7 + 1 + 7 + 1 and asked[-1]["do"] == "end"
    asked = requests_of(b"offset=0", *again, b"offset=0", data=bytes(120))
    assert [values["do"] for values in asked].count("data") == 8


def test_the_progress_is_what_the_device_has_after_each_part():
    seen = []
    answers = iter((b"offset=0", b"offset=99", b"offset=120", b"offset=120"))
    send_schedule(lambda _: Answer(b"x", [next(answers)]), bytes(120), lambda *both: seen.append(both))
    assert seen == [(99, 120), (120, 120)]


@pytest.mark.parametrize(
    ("words", "is_right"),
    [
        (b"packed=0", True),
        (b"packed=65536", True),
        (b"packed=65537", False),
        (b"line=199", False),
        (b"line=200", True),
        (b"line=256", True),
        (b"line=257", False),
    ],
)
def test_the_limits_that_a_device_says_are_limited(words, is_right):
    asked = requests_of(b"offset=120 " + words, data=bytes(120))
    assert [values["do"] for values in asked] == (["begin", "end"] if is_right else ["begin"])


@pytest.mark.parametrize("at", [b"-1", b"999999"])
def test_a_place_in_a_block_that_cannot_be_is_refused(at):
    asked = requests_of(b"offset=0 packed=2048 line=256", b"offset=0 at=" + at)
    assert len(asked) == 2


def test_a_block_has_4096_bytes_of_the_schedule_or_what_fits_the_devices_memory():
    class Noting(Device):
        lengths: list[int]

        def take(self, do, length=0, **values):
            if length:
                self.lengths.append(length)
            return super().take(do, length=length, **values)

    for packed, data, expected in ((65_536, bytes(9000), [4096, 4096, 808]), (100, b"ab", [2])):
        device = Noting(packed)
        device.lengths = []
        send_schedule(device.ask, data)
        assert device.lengths == expected
    device = Noting(1024)
    device.lengths = []
    send_schedule(device.ask, random.Random(1).randbytes(9000))
    assert all(length > 950 for length in device.lengths[:-1]), "nearly all of the device's memory is used"


def test_a_block_that_just_fits_the_devices_memory_is_not_made_smaller():
    packer = zlib.compressobj(9, zlib.DEFLATED, -10)
    size = len(packer.compress(SCHEDULE[:4096]) + packer.flush())
    assert _first_length(size) == 4096 > _first_length(size - 1)


def _first_length(packed: int) -> int:
    """Return how many bytes of the schedule are in the first block for a device that holds so many packed ones."""
    lengths = []

    class Noting(Device):
        def take(self, do, length=0, **values):
            lengths.extend([length] if length else [])
            return super().take(do, length=length, **values)

    send_schedule(Noting(packed).ask, SCHEDULE)
    return lengths[0]


@pytest.mark.parametrize("line", [200, 256])
def test_a_request_uses_all_of_the_line_that_the_device_takes(line):
    lengths = []

    class Measured(Device):
        def ask(self, values):
            writer = frame.FrameWriter(line)
            writer.begin(b"?", 999, b"schedule")
            for key, value in values.items():
                writer.data_field(key.encode(), value if isinstance(value, bytes) else str(value).encode())
            lengths.append((writer.seal(), values))
            return super().ask(values)

    device = Measured(line=line)
    send_schedule(device.ask, random.Random(2).randbytes(3000))
    full = [length for length, values in lengths if values["do"] == "pack" and "length" not in values]
    assert full and all(line - 40 < length <= line for length in full)
    assert sum(length > line - 4 for length in full) >= len(full) - 3, "but where the last part's length takes room"


def test_a_block_that_arrived_but_was_not_taken_is_sent_again_from_its_start():
    """Only a device that lost the part with the length says so: it has all of the block, and not its bytes."""
    packed = zlib.compressobj(9, zlib.DEFLATED, -10)
    block = packed.compress(bytes(500)) + packed.flush()
    asked = requests_of(
        b"offset=0 packed=2048 line=256", b"offset=0 at=%d" % len(block), b"offset=500", data=bytes(500)
    )
    assert [(values["do"], values.get("at"), values.get("length")) for values in asked] == [
        ("begin", None, None), ("pack", 0, 500), ("pack", 0, 500), ("end", None, None),
    ]  # fmt: skip


def test_a_part_of_a_block_that_was_accepted_begins_the_count_of_those_that_were_not_again():
    data = random.Random(3).randbytes(900)
    begin = b"offset=0 packed=2048 line=256"
    stalled = [b"offset=0 at=0"] * 7 + [b"offset=0 at=99"] + [b"offset=0 at=99"] * 7
    asked = requests_of(begin, *stalled, b"offset=900", data=data)
    assert len(asked) == 1 + len(stalled) + 2 and asked[-1]["do"] == "end"
    asked = requests_of(begin, *[b"offset=0 at=0"] * 9, data=data)
    assert len(asked) == 1 + 8


@pytest.mark.parametrize("code", ["offset", "memory", "packed"])
def test_which_refusals_are_tried_once_more_with_the_bytes_as_they_are(code):
    device = Device(refuses=[code] * 99)
    if code == "offset":
        send_schedule(Device(refuses=[code]).ask, SCHEDULE)
    send_schedule(device.ask, SCHEDULE)
    assert device.done and "data" in device.requests
    assert device.requests.count("pack") == {"offset": 2}.get(code, 1)


def test_a_device_that_went_on_before_it_lost_its_place_again_is_begun_with_more_often():
    """Somebody opens the menu again and again; each time some more of the schedule has arrived."""
    device = Device(packed=0)
    places = iter(range(200, len(SCHEDULE), 200))
    lost = [next(places)]

    def ask(values):
        if values["do"] == "data" and values["offset"] >= lost[-1] and len(lost) < 8:
            lost.append(next(places))
            raise DeviceRefusedError("offset", str(len(device.data)))
        return device.ask(values)

    send_schedule(ask, SCHEDULE)
    assert device.done and device.requests.count("begin") == 8
