"""How long the laptop waits for a device, how often it asks, and what it says then: in virtual time."""

import pytest

from clapmark.base.errors import NoDeviceError
from clapmark.link import client as client_module
from clapmark.link import frame_reader
from clapmark.link.client import LinkClient, LinkLostError
from clapmark.link.frame import IDS
from clapmark.link.frame_reader import FrameReader
from tests.support.link.answers import says
from tests.support.link.virtual_line import VirtualLine, at, laptop_at

ROM = b"rst:0x1 (POWERON_RESET)\r\n"
HELLO = {"protocol": 1, "device": "a1b2c3d4e5f6", "epoch": "0BADF00D"}


def greeting(request) -> bytes:
    return says(b"hello", request.ident, **HELLO)


def greets_from(second: float):
    """Answer a `hello` from that second on."""
    return lambda request: greeting(request) if request.at_s >= second else b""


def test_a_silent_port_is_asked_every_half_second_for_five_seconds(monkeypatch):
    line = VirtualLine()
    with pytest.raises(NoDeviceError, match="No answer at line"):
        laptop_at(line, monkeypatch).hello()
    assert (line.now_s, len(line.requests)) == (5, 10)
    assert [request.at_s for request in line.requests[:4]] == [0, 0.5, 1, 1.5]
    assert {request.values["protocol"] for request in line.requests} == {b"1"}
    assert line.other_bytes == b"\r\n" * (len(line.requests) - 1), "a prompt shows itself at an empty line"


def test_a_device_that_is_ready_after_four_seconds_is_found(monkeypatch):
    line = VirtualLine(greets_from(4))
    asking = laptop_at(line, monkeypatch)
    assert asking.hello().device == "a1b2c3d4e5f6" and asking.greeting.device == "a1b2c3d4e5f6"
    assert asking.retries == 8 == len(line.requests) - 1


def test_a_device_that_was_seen_to_start_gets_three_times_as_long_from_then_on(monkeypatch):
    line = VirtualLine(greets_from(15.4))
    line.arrive(0.9, ROM)
    assert laptop_at(line, monkeypatch).hello().device == "a1b2c3d4e5f6"
    line = VirtualLine()
    line.arrive(0.9, ROM)
    with pytest.raises(NoDeviceError):
        laptop_at(line, monkeypatch).hello()
    assert 16 <= line.now_s < 17


def test_a_board_that_starts_over_and_over_is_given_up_after_twenty_seconds(monkeypatch):
    started = []
    line = VirtualLine()
    for second in range(60):
        line.arrive(second, ROM)
    laptop_at(line, monkeypatch)
    with pytest.raises(NoDeviceError, match="no answer of Clapmark"):
        LinkClient(line, lambda: started.append(line.now_s)).hello()
    assert 20 <= line.now_s < 21
    assert started == [0.5], "it is said once, after the first answer did not come"


def test_requests_that_a_starting_chip_could_not_hear_are_no_noise(monkeypatch):
    line = VirtualLine(greets_from(2))
    line.arrive(0.2, ROM)
    asking = laptop_at(line, monkeypatch)
    asking.retries = 3
    asking.hello()
    assert asking.retries == 3


def test_a_prompt_that_answers_twice_is_not_waited_for_any_longer(monkeypatch):
    line = VirtualLine(lambda _: b"\r\n>>> ")
    with pytest.raises(NoDeviceError, match="at the MicroPython prompt"):
        laptop_at(line, monkeypatch).hello()
    assert len(line.requests) == 2


def test_a_prompt_seen_once_may_be_an_app_that_starts_and_is_the_reason_in_the_end(monkeypatch):
    line = VirtualLine(greets_from(3))
    line.arrive(0.1, b">>> ")
    assert laptop_at(line, monkeypatch).hello().protocol == 1
    line = VirtualLine()
    line.arrive(0.1, b">>> ")
    with pytest.raises(NoDeviceError, match="at the MicroPython prompt"):
        laptop_at(line, monkeypatch).hello()
    assert line.now_s > 4.9


def test_a_prompt_of_before_this_hello_does_not_count(monkeypatch):
    line = VirtualLine()
    asking = laptop_at(line, monkeypatch)
    line.arrive(0.1, b">>> hello\r\n")
    asking.reader.read_answer(1, b"hello", at(0.2))
    with pytest.raises(NoDeviceError, match="no answer of Clapmark"):
        asking.hello()


def test_bytes_of_a_stranger_are_counted_in_the_message(monkeypatch):
    line = VirtualLine(lambda request: b"AT+OK\n" if request.number == 1 else b"")
    with pytest.raises(NoDeviceError, match=r"sends bytes \(6 so far\)"):
        laptop_at(line, monkeypatch).hello()


def test_an_answer_is_waited_for_one_and_a_half_seconds(monkeypatch):
    line = VirtualLine(lambda request: [(1.4, says(b"status", request.ident, screen="note"))])
    asking = laptop_at(line, monkeypatch)
    assert asking.status() == {"screen": b"note"} and len(line.requests) == 1
    line.answer = lambda _: b""
    with pytest.raises(LinkLostError, match="The device at line no longer answers"):
        asking.status()
    assert [request.at_s for request in line.requests[1:]] == pytest.approx([1.4, 2.9, 4.4])


def test_answers_to_earlier_attempts_are_late_and_no_noise(monkeypatch):
    """A busy device answers all of them: the requests that were repeated meanwhile were not damaged."""
    line = VirtualLine(lambda request: [(max(0.0, 3.2 - request.at_s), says(b"status", request.ident))])
    asking = laptop_at(line, monkeypatch)
    asking.status()
    assert (len(line.requests), asking.reader.late_answers, asking.retries) == (3, 2, 0)


def test_late_answers_of_one_request_are_not_taken_off_the_noise_of_another(monkeypatch):
    line = VirtualLine(lambda request: [(max(0.0, 3.2 - request.at_s), says(b"status", request.ident))])
    asking = laptop_at(line, monkeypatch)
    asking.status()
    line.answer = lambda request: b"noise\n" if request.number < 6 else says(b"status", request.ident)
    asking.status()
    assert (asking.reader.late_answers, asking.retries) == (2, 2)


def test_a_late_answer_to_an_earlier_hello_is_none_to_this_one(monkeypatch):
    line = VirtualLine(greeting)
    asking = laptop_at(line, monkeypatch)
    asking.hello()
    line.arrive(0, greeting(line.requests[0]))
    asking.hello()
    assert asking.reader.late_answers == 0


def test_answers_that_come_after_the_next_request_began_do_not_count_below_zero(monkeypatch):
    line = VirtualLine(lambda request: says(b"status", request.ident))
    asking = laptop_at(line, monkeypatch)
    asking.status()
    asking._earlier.add(line.requests[0].ident)
    line.arrive(0, says(b"status", line.requests[0].ident))
    asking._try("status", {}, 1.5)
    assert (asking.reader.late_answers, asking.retries) == (1, 0)


def test_an_answer_to_another_request_than_the_repeated_one_is_not_counted_as_late(monkeypatch):
    line = VirtualLine(lambda request: says(b"status", request.ident))
    asking = laptop_at(line, monkeypatch)
    asking.status()
    line.arrive(0, says(b"status", line.requests[0].ident))
    asking.status()
    assert asking.reader.late_answers == 0


def test_a_prompt_in_the_middle_is_the_reason_that_is_given(monkeypatch):
    line = VirtualLine(lambda _: b">>> ?\r\n")
    with pytest.raises(NoDeviceError, match="at the MicroPython prompt"):
        laptop_at(line, monkeypatch).status()


def test_the_clock_is_set_to_the_moment_at_which_the_device_receives_it(monkeypatch):
    line = VirtualLine(lambda request: says(b"time", request.ident, seq=4) if request.number == 3 else b"")
    asking = laptop_at(line, monkeypatch)
    assert asking.set_time(1_700_000_000_000, 12, -3600) == 4
    assert [request.values for request in line.requests] == [
        {"utc": b"%d" % (1_700_000_000_000 + waited_ms), "err": b"12", "offset": b"-3600"}
        for waited_ms in (0, 1500, 3000)
    ]


@pytest.mark.parametrize(("parts", "error_ms"), [(0, 1), (1, 1), (2, 1), (3, 2), (512, 250)])
def test_the_clock_may_be_wrong_by_half_a_round_trip_and_by_a_millisecond_at_least(parts, error_ms, monkeypatch):
    round_trip_s = parts / 1024  # which needs no rounding
    line = VirtualLine(lambda request: [(round_trip_s, says(b"status", request.ident))])
    asking = laptop_at(line, monkeypatch)
    assert asking.round_trip_ms == 0 and asking.error_ms() == 1
    asking.status()
    assert asking.round_trip_ms == pytest.approx(1000 * round_trip_s)
    assert asking.error_ms() == error_ms


def test_each_attempt_has_a_number_of_its_own_up_to_999(monkeypatch):
    monkeypatch.setattr(client_module.secrets, "randbelow", lambda count: count - 2)
    line = VirtualLine(lambda request: says(b"status", request.ident))
    asking = laptop_at(line, monkeypatch)
    for _ in range(3):
        asking.status()
    assert [request.ident for request in line.requests] == [IDS - 1, 0, 1] and IDS == 1000


def read_by(line: VirtualLine, monkeypatch, deadline: float):
    monkeypatch.setattr(frame_reader, "time", line)
    return FrameReader(line).read_answer(7, b"hello", at(deadline))


def test_an_answer_counts_until_its_deadline_and_what_arrived_before_is_looked_at_after_it(monkeypatch):
    line = VirtualLine()
    line.arrive(1, says(b"hello"))
    assert read_by(line, monkeypatch, 1) is not None
    line = VirtualLine()
    line.arrive(1, b"noise\n" * 3 + says(b"hello"))
    assert read_by(line, monkeypatch, 1) is not None
    line = VirtualLine()
    line.arrive(1.1, says(b"hello"))
    assert read_by(line, monkeypatch, 1) is None and line.now_s == 1


def test_noise_at_the_deadline_ends_the_wait_if_nothing_else_has_arrived_with_it(monkeypatch):
    line = VirtualLine()
    line.arrive(1, b"noise\n")
    line.arrive(1, says(b"hello"))
    assert read_by(line, monkeypatch, 1) is None


def test_noise_up_to_the_deadline_ends_the_wait_there(monkeypatch):
    line = VirtualLine()
    for tenth in range(1, 100):
        line.arrive(tenth / 10, b"noise\n")
    assert read_by(line, monkeypatch, 1) is None
    assert line.now_s == pytest.approx(1, abs=0.11)


def test_a_device_that_never_pauses_is_read_once_more_after_the_deadline_and_no_longer(monkeypatch):
    """A laptop that was suspended finds the answer in its buffer."""
    line = VirtualLine()
    line.now_s = 9
    for _ in range(5):
        line.arrive(0, b"noise without end")
    reader = FrameReader(line)
    monkeypatch.setattr(frame_reader, "time", line)
    assert reader.read_answer(7, b"hello", at(1)) is None
    assert reader.received_bytes == len(b"noise without end")
    assert reader.read_answer(7, b"hello", at(1)) is None
    assert reader.received_bytes == len(b"noise without end"), "the last look came after the deadline"
