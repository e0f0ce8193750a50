"""How often the laptop asks again, and when it gives up: a device made of answers, no device needed."""

import re

import pytest

from clapmark.link import client as client_module
from clapmark.link.answer import ProtocolError
from clapmark.link.client import LinkClient
from clapmark.link.serial_port import LinkLostError
from tests.support.link.answers import end, record, says

_REQUEST = re.compile(rb"\?(\d+) (\w+)(?: from=(\d+))?")
NOISE = b"\xffnoise\n"


class Answering:
    """A transport: `answer(number, ident, verb, from_seq)` returns what the device sends to its request `number`."""

    name = "answering"

    def __init__(self, answer) -> None:
        self.answer = answer
        self.requests = 0
        self.sent = b""

    def write(self, data: bytes) -> None:
        ident, verb, from_seq = _REQUEST.search(data).groups()
        self.requests += 1
        self.sent += self.answer(self.requests, int(ident), verb, int(from_seq or 0))

    def read(self, timeout_s: float) -> bytes:
        data, self.sent = self.sent, b""
        return data

    def close(self) -> None:
        self.sent = b""


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(client_module, "_ANSWER_S", 0.02)


def status(ident: int) -> bytes:
    return says(b"status", ident, screen="note")


@pytest.mark.parametrize("failures", [0, 1, 7])
def test_a_request_is_repeated_after_noise_and_counted(failures):
    device = Answering(lambda number, ident, *_: NOISE if number <= failures else status(ident))
    asking = LinkClient(device)
    assert asking.status()["screen"] == b"note"
    assert (device.requests, asking.retries) == (failures + 1, failures)


def test_a_device_that_falls_silent_is_given_up_after_three_requests():
    device = Answering(lambda *_: b"")
    with pytest.raises(LinkLostError, match="no longer answers"):
        LinkClient(device).status()
    assert device.requests == 3


def test_a_byte_in_between_shows_that_the_device_is_still_there():
    device = Answering(lambda number, *_: NOISE if number == 3 else b"")
    with pytest.raises(LinkLostError):
        LinkClient(device).status()
    assert device.requests == 6


def test_nothing_but_noise_is_given_up_after_eight_requests():
    device = Answering(lambda *_: NOISE)
    with pytest.raises(LinkLostError):
        LinkClient(device).status()
    assert device.requests == 8


def pages(count: int, records: int, last_is_done: bool = True):
    """Answer `get` with so many pages of so many records each."""

    def answer(number, ident, _verb, from_seq):
        lines = b"".join(record(from_seq + place) for place in range(records))
        done = int(last_is_done and number == count)
        return says(b"get", ident, from_=from_seq) + lines + end(records, from_seq + records, 99_999, done, ident)

    return Answering(answer)


def test_many_pages_that_hold_something_are_fetched_to_the_end():
    device = pages(80, 40)
    assert 40 * len(record(1)) > 1_024
    assert [item.seq for item in LinkClient(device).records(1)] == list(range(1, 80 * 40 + 1))
    assert device.requests == 80


def test_some_short_pages_are_no_fault():
    device = pages(64, 1)
    assert len(list(LinkClient(device).records(1))) == 64


def test_endless_pages_with_next_to_nothing_in_them_are_given_up():
    device = pages(1_000, 1, last_is_done=False)
    with pytest.raises(ProtocolError, match="almost nothing"):
        list(LinkClient(device).records(1))
    assert device.requests == 65


def test_a_page_that_begins_elsewhere_is_asked_for_again():
    def answer(number, ident, _verb, from_seq):
        return says(b"get", ident, from_=from_seq + (number == 1)) + record(1) + end(1, 2, 1, 1, ident)

    device = Answering(answer)
    assert [item.seq for item in LinkClient(device).records(1)] == [1]
    assert device.requests == 2
