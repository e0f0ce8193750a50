"""What a device may say at most: a limit holds to the last number, and one beyond it is refused. In virtual time."""

import pytest

from clapmark.link.answer import Answer, ProtocolError
from clapmark.link.client import Damaged, DeviceRefusedError, NoisyLinkError
from clapmark.link.frame_reader import FrameReader
from clapmark.link.hello import parse_hello
from clapmark.link.watch import watched
from firmware.core.lines.sector import MAX_SEQ
from tests.support.link.answers import end, record, says
from tests.support.link.virtual_line import VirtualLine, laptop_at

ANY = 1 << 49  # milliseconds and counts without a limit of their own
HELLO = {"protocol": 1, "device": "a1b2c3d4e5f6", "epoch": "0BADF00D"}
WATCH = {
    "at": 5, "ms": 6, "countdown": "paused", "left": -7, "total": 8, "plan": 9, "one": 10, "two": 11, "overtime": 0,
    "up": 0, "end": 12, "silent": 0, "alert": 0, "screen": 2, "preset": "lightning", "talk": "t1", "next": "t2",
    "speaker": "Ada", "title": "Engines",
}  # fmt: skip


def answer(verb: bytes, values: dict[str, object]) -> Answer:
    return Answer.of_values(
        verb, {key: value if isinstance(value, bytes) else str(value).encode() for key, value in values.items()}
    )


@pytest.mark.parametrize(
    ("field", "attribute", "most"),
    [
        ("boot", "boot", ANY),
        ("first", "first_seq", MAX_SEQ),
        ("last", "last_seq", MAX_SEQ),
        ("committed", "committed_seq", MAX_SEQ),
        ("percent", "percent", ANY),
        ("damaged", "damaged", ANY),
        ("ms", "ms", ANY),
        ("utc", "utc_ms", ANY),
        ("clock", "clock_seq", MAX_SEQ),
        ("clock_ms", "clock_ms", ANY),
        ("faults", "faults", ANY),
    ],
)
def test_a_number_of_a_greeting_is_0_unless_it_is_said_and_has_its_limit(field, attribute, most):
    assert getattr(parse_hello(answer(b"hello", HELLO)), attribute) == 0
    for value in (0, 1, most):
        assert getattr(parse_hello(answer(b"hello", HELLO | {field: value})), attribute) == value
    for value in (-1, most + 1):
        with pytest.raises(ProtocolError, match=f'the field "{field}" cannot be "{value}"'):
            parse_hello(answer(b"hello", HELLO | {field: value}))


def test_the_texts_of_a_greeting_are_cut_where_no_real_one_ends():
    hello = parse_hello(answer(b"hello", HELLO | {"board": "b" * 30, "firmware": "1" * 30, "problem": "p" * 300}))
    assert (len(hello.board), len(hello.firmware), len(hello.problem)) == (24, 24, 200)
    assert parse_hello(answer(b"hello", HELLO)).problem == ""


def test_a_greeting_without_a_protocol_is_an_older_one():
    with pytest.raises(ProtocolError, match=r"firmware unknown\) speaks protocol 0, .*The device is the older one"):
        parse_hello(answer(b"hello", {"device": "a1b2c3d4e5f6"}))


def test_counts_of_records_that_are_not_synced_never_go_below_zero():
    for last, committed, unsynced, ahead in ((3, 3, 0, 0), (4, 3, 1, 0), (3, 4, 0, 1), (0, 0, 0, 0)):
        hello = parse_hello(answer(b"hello", HELLO | {"last": last, "committed": committed}))
        assert (hello.unsynced, hello.commits_ahead) == (unsynced, ahead)


def test_a_message_shows_no_more_than_the_start_of_what_a_device_says():
    with pytest.raises(ProtocolError, match=rf'answer to "{"v" * 20}\.\.\." does not follow'):
        answer(b"v" * 60, {}).number("n")
    assert str(answer(b"v" * 20, {}).wrong("x")).startswith(f'The device\'s answer to "{"v" * 20}" does not')
    with pytest.raises(ProtocolError, match=rf'the field "n" cannot be "{"9" * 30}\.\.\."'):
        answer(b"hello", {"n": "9" * 60}).number("n")
    with pytest.raises(ProtocolError) as twice:
        Answer(b"hello", [b"k" * 100 + b"=1"] * 2)
    assert "cannot be read: a field that comes twice: " in str(twice.value)
    assert str(twice.value).split("cannot be read: ")[1].split(". Nothing")[0] == (
        "a field that comes twice: " + "k" * (80 - len("a field that comes twice: "))
    )


def test_watch_says_each_field_as_what_it_is():
    seen = watched(answer(b"watch", WATCH))
    assert (seen.mark, seen.uptime_ms, seen.state, seen.left_ms, seen.total_ms) == (5, 6, "paused", -7, 8)
    assert (seen.planned_ms, seen.one_finger_ms, seen.two_finger_ms, seen.end_utc_min) == (9, 10, 11, 12)
    assert (seen.preset, seen.talk_id, seen.next_id, seen.speaker) == ("lightning", "t1", "t2", "Ada")
    assert seen.title == "Engines"


@pytest.mark.parametrize("name", ["overtime", "up", "silent", "alert"])
def test_what_is_on_or_off_is_1_or_0(name):
    attribute = {"up": "counts_up"}.get(name, name)
    for value, meant in ((0, False), (1, True)):
        seen = watched(answer(b"watch", WATCH | {name: value}))
        assert getattr(seen, attribute) is meant
        others = {"overtime", "counts_up", "silent", "alert"} - {attribute}
        assert not any(getattr(seen, other) for other in others)
    for value in (-1, 2):
        with pytest.raises(ProtocolError, match=f'"{name}" cannot be'):
            watched(answer(b"watch", WATCH | {name: value}))


@pytest.mark.parametrize(
    ("name", "attribute", "low", "high"),
    [
        ("at", "mark", 0, 1 << 30),
        ("ms", "uptime_ms", 0, ANY),
        ("left", "left_ms", -(1 << 40), 1 << 40),
        ("total", "total_ms", 0, 1 << 40),
        ("plan", "planned_ms", 0, 1 << 40),
        ("one", "one_finger_ms", 0, 1 << 40),
        ("two", "two_finger_ms", 0, 1 << 40),
        ("end", "end_utc_min", 0, 1 << 40),
        ("screen", "", 0, 99),
    ],
)
def test_a_number_of_watch_has_its_limits_and_must_be_there(name, attribute, low, high):
    for value in (low, high):
        seen = watched(answer(b"watch", WATCH | {name: value}))
        assert not attribute or getattr(seen, attribute) == value
    for wrong in (WATCH | {name: low - 1}, WATCH | {name: high + 1}, {key: WATCH[key] for key in WATCH if key != name}):
        with pytest.raises(ProtocolError, match=f'"{name}"'):
            watched(answer(b"watch", wrong))


def test_only_screen_1_is_the_countdowns():
    assert [watched(answer(b"watch", WATCH | {"screen": number})).is_shown for number in range(4)] == [
        False, True, False, False,
    ]  # fmt: skip


@pytest.mark.parametrize("state", ["ready", "running", "paused", "ended"])
def test_a_countdown_is_in_one_of_four_states(state):
    assert watched(answer(b"watch", WATCH | {"countdown": state})).state == state
    with pytest.raises(ProtocolError, match="has no such value"):
        watched(answer(b"watch", WATCH | {"countdown": state + "s"}))


def test_the_texts_of_watch_may_be_missing_and_are_cut_and_only_the_preset_is_utf_8():
    texts = {"preset": "preset", "talk": "talk_id", "next": "next_id", "speaker": "speaker", "title": "title"}
    seen = watched(answer(b"watch", {key: value for key, value in WATCH.items() if key not in texts}))
    assert {getattr(seen, attribute) for attribute in texts.values()} == {""}
    for name, attribute in texts.items():
        seen = watched(answer(b"watch", WATCH | {name: b"\xc3\xa9" + b"x" * 300}))
        text = getattr(seen, attribute)
        assert len(text) == 200 and text.startswith("\xe9x" if name == "preset" else "\xc3\xa9x")


def pages(monkeypatch, *ends: dict[str, int], last: int | None = None):
    """Return a laptop whose device answers each `get` with an `end` of these fields; its greeting says `last`."""
    left = list(ends)

    def reply(request) -> bytes:
        if request.verb == b"hello":
            return says(b"hello", request.ident, **HELLO, last=last)
        start = int(request.values["from"])
        frame = {"items": 0, "next": start, "last": 9, "done": 0} | left.pop(0)
        return says(b"get", request.ident, from_=start) + says(b"end", request.ident, **frame)

    asking = laptop_at(VirtualLine(reply), monkeypatch)
    if last is not None:
        asking.hello()
    return asking


@pytest.mark.parametrize(
    ("last", "start", "most"),
    [
        (9, 1, 9 + 4_096),
        (9, 500, 500 + 4_096),
        (None, 1, 1 + 700_000),
        (MAX_SEQ, 1, 1 + 700_000),
    ],
)
def test_a_device_may_send_what_it_announced_what_it_writes_meanwhile_and_what_a_flash_holds(
    last, start, most, monkeypatch
):
    assert list(pages(monkeypatch, {"next": most + 1, "done": 1}, last=last).records(start)) == []
    with pytest.raises(ProtocolError, match="more records than it can hold"):
        list(pages(monkeypatch, {"next": most + 2, "done": 1}, last=last).records(start))


def test_the_progress_ends_with_the_last_record_even_if_the_device_says_less(monkeypatch):
    seen = []
    ends = ({"next": 4, "last": 9}, {"next": 6, "last": 2}, {"next": 8, "last": 7, "done": 1})
    asking = pages(monkeypatch, *ends)
    assert list(asking.records(1, lambda seq, last: seen.append((seq, last)))) == []
    assert seen == [(3, 9), (5, 5), (7, 7)] and asking.retries == 0


def test_after_eight_pages_in_a_row_that_bring_nothing_the_line_is_called_noisy(monkeypatch):
    nothing = {"items": 1}
    with pytest.raises(NoisyLinkError, match=r"The line to line damages nearly everything \(0 bytes"):
        list(pages(monkeypatch, *[nothing] * 8).records(1))
    more = {"next": 2}
    done = {"next": 2, "done": 1}
    asking = pages(monkeypatch, *[nothing] * 7, more, *[nothing] * 7, done)
    assert list(asking.records(1)) == [] and asking.retries == 14


@pytest.mark.parametrize(
    ("name", "wrong"), [("last", -1), ("last", MAX_SEQ + 1), ("next", 4), ("next", MAX_SEQ + 1), ("done", 2)]
)
def test_an_end_that_cannot_be_is_refused(name, wrong, monkeypatch):
    for value in (0 if name in ("last", "done") else 5, 1 if name == "done" else 5, 1 if name == "done" else MAX_SEQ):
        asking = pages(monkeypatch, {"done": 1} | {name: value}, last=MAX_SEQ)
        page = asking._page(5)
        assert page.is_whole and {"last": page.last_seq, "next": page.next_seq, "done": page.is_done}[name] == value
    with pytest.raises(ProtocolError, match=f'"{name}" cannot be "{wrong}"'):
        pages(monkeypatch, {name: wrong})._page(5)


def test_pages_with_a_kilobyte_in_each_may_go_on_for_ever(monkeypatch):
    damage = {"sector": 2, "length": 64, "part": 0, "data": b"x" * 64}

    def reply(request) -> bytes:
        start = int(request.values["from"])
        places = b"".join(says(b"damaged", request.ident, offset=64 * part, **damage) for part in range(count))
        done = int(request.number == 66)
        return says(b"get", request.ident, from_=start) + places + end(count, start + 1, 9, done, request.ident)

    count = 16  # of 64 bytes each
    line = VirtualLine(reply)
    items = list(laptop_at(line, monkeypatch).records(1))
    assert len(items) == 16, "each place comes once"
    assert len(line.requests) == 66
    count = 15
    with pytest.raises(ProtocolError, match="almost nothing"):
        list(laptop_at(VirtualLine(reply), monkeypatch).records(1))


def test_a_damaged_place_is_yielded_once_however_many_pages_repeat_it(monkeypatch):
    def reply(request) -> bytes:
        start = int(request.values["from"])
        place = says(b"damaged", request.ident, sector=1, offset=0, length=3, part=0, data=b"abc")
        other = says(b"damaged", request.ident, sector=1, offset=3, length=3, part=0, data=b"abc")
        items = [place, record(start)] + [other] * (start == 2)
        last = end(len(items), start + 1, 2, start - 1, request.ident)
        return says(b"get", request.ident, from_=start) + b"".join(items) + last

    items = list(laptop_at(VirtualLine(reply), monkeypatch).records(1))
    assert [item.place if isinstance(item, Damaged) else item.seq for item in items] == [(1, 0), 1, 2, (1, 3)]


def test_a_page_is_asked_for_16_kilobytes_and_ends_at_a_quarter_of_a_megabyte(monkeypatch):
    asking = pages(monkeypatch, {"done": 1})
    list(asking.records(7))
    assert asking._transport.requests[0].values == {"from": b"7", "bytes": b"16384"}
    line = VirtualLine()
    for number in range(1, 66):
        line.arrive(0, record(number).ljust(4096, b"\n") if number < 65 else record(number))
    page = FrameReader(line).read_page(7, 1, 5)
    assert len(page.items) == 64 and page.next_seq == 65 and not page.is_whole, "262,144 bytes, and no more is read"
    line = VirtualLine()
    for number in range(1, 66):
        line.arrive(0, record(number).ljust(4096 - (number == 1), b"\n"))
    assert len(FrameReader(line).read_page(7, 1, 5).items) == 65


def test_a_refused_page_is_the_devices_refusal(monkeypatch):
    def reply(request) -> bytes:
        return says(b"get", request.ident, from_=1) + says(b"error", request.ident, code="journal", say="broken")

    with pytest.raises(DeviceRefusedError, match="The device has no journal to read: broken") as refusal:
        list(laptop_at(VirtualLine(reply), monkeypatch).records(1))
    assert refusal.value.code == "journal"


@pytest.mark.parametrize(
    ("fields", "code", "message"),
    [
        ({"code": "full"}, "full", "The device's journal has no room for the note that its records are synced."),
        ({"code": "value", "say": "x"}, "value", "The device does not take the setting: x."),
        ({"code": "brandnew"}, "brandnew", "The device refuses (brandnew)."),
        ({}, "error", "The device refuses (error)."),
        ({"code": "c" * 30}, "c" * 20, f"The device refuses ({'c' * 20})."),
    ],
)
def test_an_error_is_a_sentence_for_the_person(fields, code, message, monkeypatch):
    asking = laptop_at(VirtualLine(lambda request: says(b"error", request.ident, **fields)), monkeypatch)
    with pytest.raises(DeviceRefusedError) as refusal:
        asking.commit("0BADF00D", 1, "00000000")
    assert (refusal.value.code, str(refusal.value)) == (code, message)
