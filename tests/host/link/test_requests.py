"""What each request says, and what the laptop takes from its answer: in virtual time, with an answering function."""

import pytest

from clapmark.link.answer import ProtocolError
from clapmark.link.client import NoisyLinkError
from clapmark.link.frame_reader import FrameReader
from tests.support.link.answers import end, record, says
from tests.support.link.virtual_line import VirtualLine, laptop_at

PALETTE = "000000ff000000ff000000ff"


def asking_of(monkeypatch, **fields):
    """Return the line and a laptop at it, whose requests are each answered with their own verb and these fields."""
    line = VirtualLine(lambda request: says(request.verb, request.ident, **fields))
    return line, laptop_at(line, monkeypatch)


def test_leaving_the_context_closes_the_port(monkeypatch):
    line, asking = asking_of(monkeypatch)
    with asking as same:
        assert same is asking and not line.is_closed
    assert line.is_closed


def test_commit_names_the_epoch_the_number_and_its_crc(monkeypatch):
    line, asking = asking_of(monkeypatch, committed=7)
    asking.commit("0BADF00D", 7, "01234567")
    assert [(request.verb, request.values) for request in line.requests] == [
        (b"commit", {"epoch": b"0BADF00D", "seq": b"7", "crc": b"01234567"})
    ]


def test_a_button_the_prompt_and_a_watch_are_asked_for_by_their_fields(monkeypatch):
    line, asking = asking_of(
        monkeypatch, at=9, ms=1, countdown="ready", left=0, total=0, plan=0, one=0, two=0, overtime=0, up=0, end=0,
        silent=0, alert=0, screen=0,
    )  # fmt: skip
    asking.press("B", 80)
    asking.leave_to_repl()
    assert asking.watch(8, 2000).mark == 9
    assert [(request.verb, request.values) for request in line.requests] == [
        (b"press", {"button": b"B", "ms": b"80"}),
        (b"repl", {}),
        (b"watch", {"at": b"8", "wait": b"2000"}),
    ]


def test_a_command_says_its_number_and_talk_only_where_it_has_one(monkeypatch):
    line, asking = asking_of(monkeypatch, problem="Journal full")
    assert asking.control(5, "start", 2) == "Journal full"
    asking.control(6, "silent", 2, 0)
    asking.control(7, "talk", 2, talk="t1")
    assert [request.values for request in line.requests] == [
        {"id": b"5", "do": b"start", "boot": b"2"},
        {"id": b"6", "do": b"silent", "boot": b"2", "number": b"0"},
        {"id": b"7", "do": b"talk", "boot": b"2", "talk": b"t1"},
    ]


def test_the_seq_of_a_clock_record_is_a_number_of_a_record(monkeypatch):
    for seq in (0, 1 << 30):
        assert asking_of(monkeypatch, seq=seq)[1].set_time(1, 1, 0) == seq
    with pytest.raises(ProtocolError, match='"seq"'):
        asking_of(monkeypatch, seq=(1 << 30) + 1)[1].set_time(1, 1, 0)


@pytest.mark.parametrize(("size", "parts"), [(0, [0]), (1, [1]), (40, [40]), (41, [40, 1]), (80, [40, 40])])
def test_a_setting_is_sent_in_parts_of_forty_bytes(size, parts, monkeypatch):
    line, asking = asking_of(monkeypatch)
    value = b"\xff" * size
    asking.put_setting("abbreviation", value)
    assert [request.verb for request in line.requests] == [b"settings"] * len(parts)
    assert [len(request.values["value"]) for request in line.requests] == parts
    assert b"".join(request.values["value"] for request in line.requests) == value
    assert [request.values["at"] for request in line.requests] == [b"%d" % (40 * part) for part in range(len(parts))]
    assert [request.values.get("more") for request in line.requests] == [b"1"] * (len(parts) - 1) + [None]
    assert {request.values["key"] for request in line.requests} == {b"abbreviation"}


def settings_device(text: bytes, part: int, size: int | None = None) -> VirtualLine:
    """A device whose setting is `text`, sent in parts of so many bytes; it says that it is `size` long."""

    def answer(request) -> bytes:
        at = int(request.values["at"])
        whole = len(text) if size is None else size
        return says(b"settings", request.ident, key=b"", size=whole, at=at, value=text[at : at + part])

    return VirtualLine(answer)


@pytest.mark.parametrize(("length", "requests"), [(0, 1), (9, 1), (10, 1), (11, 2), (30, 3)])
def test_a_setting_is_asked_for_until_all_of_it_is_here(length, requests, monkeypatch):
    line = settings_device(b"0123456789" * 3, 10, length)
    assert laptop_at(line, monkeypatch).get_setting("tags") == (b"0123456789" * 3)[: 10 * requests]
    assert [request.values for request in line.requests] == [
        {"key": b"tags", "at": b"%d" % (10 * number)} for number in range(requests)
    ]


def test_a_setting_that_ends_too_early_or_never_is_given_up(monkeypatch):
    line = settings_device(b"0123456789", 10, 11)
    with pytest.raises(ProtocolError, match="shorter than its size says"):
        laptop_at(line, monkeypatch).get_setting("tags")
    assert len(line.requests) == 2
    line = settings_device(bytes(70_000), 1, 65_536)
    with pytest.raises(ProtocolError, match="shorter than its size says"):
        laptop_at(line, monkeypatch).get_setting("tags")
    assert len(line.requests) == 1000
    with pytest.raises(ProtocolError, match='the field "size" cannot be "65537"'):
        laptop_at(settings_device(b"x", 1, 65_537), monkeypatch).get_setting("tags")


def screen_device(width: int, height: int, *runs: bytes, palette: object = PALETTE) -> VirtualLine:
    """A device whose pictures have the given runs, the first picture the first; the last one is repeated."""

    def answer(request) -> bytes:
        data = runs[min(request.number, len(runs)) - 1]
        frames = [
            says(b"screen", request.ident, width=width, height=height, palette=palette),
            says(b"runs", request.ident, at=0, data=data),
            says(b"end", request.ident),
        ]
        return b"".join(frames)

    return VirtualLine(answer)


@pytest.mark.parametrize(("width", "height", "runs"), [(1, 1, b"B"), (1024, 1, b"B1024"), (1, 1024, b"B1024")])
def test_a_picture_has_up_to_1024_pixels_a_side(width, height, runs, monkeypatch):
    picture = laptop_at(screen_device(width, height, runs), monkeypatch).screen()
    assert (picture.width, picture.height, picture.pixels) == (width, height, b"\x01" * (width * height))
    assert picture.palette == ((0, 0, 0), (255, 0, 0), (0, 255, 0), (0, 0, 255))


@pytest.mark.parametrize(("width", "height"), [(0, 1), (1, 0), (1025, 1), (1, 1025)])
def test_a_picture_of_another_size_is_refused(width, height, monkeypatch):
    with pytest.raises(ProtocolError, match="cannot be"):
        laptop_at(screen_device(width, height, b"B"), monkeypatch).screen()


@pytest.mark.parametrize("palette", ["0000", "0000000", "xyzxyz", b"\xff\xff\xff"])
def test_a_palette_that_is_no_list_of_colours_is_refused(palette, monkeypatch):
    with pytest.raises(ProtocolError, match="its palette is not a list of colours"):
        laptop_at(screen_device(1, 1, b"B", palette=palette), monkeypatch).screen()


def test_a_picture_with_lost_pixels_is_asked_for_again_up_to_eight_times(monkeypatch):
    line = screen_device(2, 1, *[b"A"] * 7, b"AB")
    asking = laptop_at(line, monkeypatch)
    assert asking.screen().pixels == b"\x00\x01"
    assert (len(line.requests), asking.retries) == (8, 7)
    line = screen_device(2, 1, b"A")
    with pytest.raises(NoisyLinkError):
        laptop_at(line, monkeypatch).screen()
    assert len(line.requests) == 8


def test_only_a_schedule_may_be_sent_in_a_long_request(monkeypatch):
    line, asking = asking_of(monkeypatch)
    asking._ask("schedule", {"x": "y" * (256 - len("?999 schedule x= *00000000\n"))})
    asking._ask("settings", {"x": "y" * (200 - len("?999 settings x= *00000000\n"))})
    assert len(line.requests) == 2
    for verb, most in (("schedule", 256), ("settings", 200)):
        with pytest.raises(IndexError):
            asking._ask(verb, {"x": "y" * (most + 3 - len(f"?999 {verb} x= *00000000\n"))})


@pytest.mark.parametrize("wrong", [{}, {"from_": 2}])
def test_an_answer_that_repeats_another_number_is_not_the_one(wrong, monkeypatch):
    def answer(request) -> bytes:
        fields = wrong if request.number == 1 else {"from_": 1}
        return says(b"get", request.ident, **fields) + record(1) + end(1, 2, 1, 1, request.ident)

    line = VirtualLine(answer)
    assert [item.seq for item in laptop_at(line, monkeypatch).records(1)] == [1]
    assert len(line.requests) == 2


def reader(*pieces: tuple[float, bytes]) -> tuple[FrameReader, VirtualLine]:
    line = VirtualLine()
    for at_s, data in pieces:
        line.arrive(at_s, data)
    return FrameReader(line), line


@pytest.fixture
def virtual(monkeypatch):
    """Return a function that makes a reader of pieces that arrive at the given seconds."""

    def made(*pieces: tuple[float, bytes]) -> tuple[FrameReader, VirtualLine]:
        found, line = reader(*pieces)
        monkeypatch.setattr("clapmark.link.frame_reader.time", line)
        return found, line

    return made


def test_a_new_reader_has_seen_and_counted_nothing():
    fresh, _ = reader()
    assert (fresh.received_bytes, fresh.junk_bytes, fresh.junk_lines, fresh.late_answers) == (0, 0, 0, 0)
    assert not fresh.take_prompt() and not fresh.take_boot_text()


def test_each_record_and_each_damaged_place_gives_the_page_its_time_again(virtual):
    place = {"sector": 1, "offset": 0, "length": 128}
    parts = [says(b"damaged", **place, part=part, data=b"x" * 64) for part in (0, 64)]
    found, line = virtual((1.4, record(1)), (2.8, parts[0]), (4.2, parts[1]), (5.6, record(2)), (7.0, end(3, 3)))
    assert found.read_page(7, 1, 1.5).is_whole and line.now_s == pytest.approx(7)
    found, line = virtual((1.4, record(1)), (2.8, b"noise\n"), (4.2, record(2)), (4.3, end(2, 3)))
    page = found.read_page(7, 1, 1.5)
    assert [item.seq for item in page.items] == [1] and line.now_s == pytest.approx(2.9), "noise gives no time"
    assert (page.next_seq, page.last_seq, page.is_whole, page.is_done, page.error) == (2, 0, False, False, None)


def test_what_was_received_before_the_deadline_belongs_to_the_page_even_after_noise(virtual):
    found, _ = virtual((1.5, b"noise\n" + record(1) + end(1, 2)))
    assert found.read_page(7, 1, 1.5).is_whole
    found, _ = virtual((1.5, b"noise\n"), (1.5, record(1)), (1.5, end(1, 2)))
    assert not found.read_page(7, 1, 1.5).is_whole, "nothing more is read when the time is over"


def test_nothing_after_the_first_noise_is_certain_even_if_it_was_the_very_first_line(virtual):
    found, _ = virtual((0, b"noise\n" + record(1) + b"noise\n" + end(3, 4)))
    page = found.read_page(7, 1, 1.5)
    assert (page.items, page.next_seq) == ([], 1)


def test_an_incomplete_page_ends_before_its_first_damaged_place(virtual):
    place = says(b"damaged", sector=1, offset=0, length=3, part=0, data=b"abc")
    found, _ = virtual((0, record(1) + place + record(2) + end(4, 4)))
    page = found.read_page(7, 1, 1.5)
    assert ([item.seq for item in page.items], page.next_seq) == ([1], 2)


def test_each_run_gives_a_picture_its_time_again_and_noise_does_not(virtual):
    runs = [says(b"runs", at=place, data=b"A") for place in range(3)]
    found, line = virtual((1.4, runs[0]), (2.8, runs[1]), (4.2, runs[2]), (5.6, says(b"end")))
    assert found.read_runs(7, 3, 1.5) == b"\x00\x00\x00" and line.now_s == pytest.approx(5.6)
    found, line = virtual((1.4, b"noise\n"), (2.8, runs[0]), (2.9, says(b"end")))
    assert found.read_runs(7, 1, 1.5) is None and line.now_s == pytest.approx(1.5)
    assert (found.junk_lines, found.junk_bytes) == (1, 6)
    found, _ = virtual((1.5, b"noise\n" + runs[0] + says(b"end")))
    assert found.read_runs(7, 1, 1.5) == b"\x00"
    found, _ = virtual((1.5, b"noise\n"), (1.5, runs[0] + says(b"end")))
    assert found.read_runs(7, 1, 1.5) is None


def test_an_error_ends_a_page_at_once(virtual):
    found, line = virtual((0, record(1) + says(b"error", code="flash")))
    assert found.read_page(7, 1, 1.5).error is not None and line.now_s == 0


def test_runs_and_ends_of_another_request_draw_nothing(virtual):
    other = says(b"runs", 6, at=0, data=b"D") + says(b"end", 6)
    found, _ = virtual((0, other + says(b"runs", at=0, data=b"A") + other + says(b"end")))
    assert found.read_runs(7, 1, 1.5) == b"\x00"


def test_a_run_without_a_number_is_one_pixel_and_a_huge_one_ends_the_picture(virtual):
    found, _ = virtual((0, says(b"runs", at=0, data=b"ABCD") + says(b"end")))
    assert found.read_runs(7, 4, 1.5) == b"\x00\x01\x02\x03"
    found, line = virtual((0, says(b"runs", at=0, data=b"A4B")), (0, says(b"end")))
    assert found.read_runs(7, 4, 1.5) is None
    assert line._arriving, "the rest is not even read"
