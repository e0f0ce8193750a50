"""The model of the SSD1306: what a driver sends is what a person sees, and what it must not do is put down."""

import pytest

from clapmark.sim.models.ssd1306 import SSD1306Model

WAKE = bytes.fromhex("00 8d 14 20 00 a1 c8 da 12 af")
LIT = (255, 255, 255)
DARK = (0, 0, 0)


def send(model: SSD1306Model, data: bytes) -> None:
    model.feed(1, data)


def awake(*commands: bytes) -> SSD1306Model:
    """Return a controller that is on, with a dark picture."""
    model = SSD1306Model()
    send(model, WAKE)
    window(model, 0, 127, 0, 7)
    send(model, b"\x40" + bytes(1024))
    for command in commands:
        send(model, b"\x00" + command)
    return model


def window(model: SSD1306Model, left: int, right: int, first: int, last: int) -> None:
    send(model, bytes((0, 0x21, left, right, 0x22, first, last)))


def lit_pixels(model: SSD1306Model) -> set[tuple[int, int]]:
    picture = model.picture()
    return {(x, y) for x in range(128) for y in range(64) if picture.getpixel((x, y)) == LIT}


def test_it_begins_dark_and_with_snow_in_its_memory() -> None:
    model = SSD1306Model()
    assert not lit_pixels(model)
    send(model, WAKE)
    assert 3000 < len(lit_pixels(model)) < 5000


def test_a_byte_is_eight_pixels_below_each_other() -> None:
    model = awake()
    window(model, 3, 3, 2, 2)
    send(model, b"\x40\x81")
    assert lit_pixels(model) == {(3, 16), (3, 23)}


def test_a_window_is_filled_from_page_to_page() -> None:
    model = awake()
    window(model, 10, 11, 6, 7)
    send(model, b"\x40\x01\x02\x04\x08")
    assert lit_pixels(model) == {(10, 48), (11, 49), (10, 58), (11, 59)}
    assert model.violations == []


def test_vertical_and_page_addressing() -> None:
    model = awake(b"\x20\x01")
    window(model, 10, 11, 6, 7)
    send(model, b"\x40\x01\x02\x04\x08")
    assert lit_pixels(model) == {(10, 48), (10, 57), (11, 50), (11, 59)}
    model = awake(b"\x20\x02", b"\xb3\x05\x11")  # page 3, column 15h
    send(model, b"\x40\x01\x01")
    assert lit_pixels(model) == {(21, 24), (22, 24)}


def test_a_transaction_may_mix_commands_and_data() -> None:
    model = awake()
    window(model, 0, 0, 0, 0)
    send(model, bytes((0x80, 0xA7, 0x80, 0xA6, 0x40, 0x01)))
    assert lit_pixels(model) == {(0, 0)}


def test_inversion_all_lit_contrast_and_off() -> None:
    model = awake(b"\xa7")
    assert len(lit_pixels(model)) == 128 * 64
    send(model, b"\x00\xa6\xa5")
    assert len(lit_pixels(model)) == 128 * 64
    send(model, b"\x00\xa4\x81\x20")
    assert model.contrast == 0x20
    assert not lit_pixels(model)
    send(model, b"\x00\xa5\xae")
    assert not lit_pixels(model)


@pytest.mark.parametrize(
    ("commands", "pixel"),
    [(b"\xa1\xc8", (0, 0)), (b"\xa0\xc8", (127, 0)), (b"\xa1\xc0", (0, 63)), (b"\xa1\xc8\x41", (0, 63))],
)
def test_which_way_round_the_picture_stands(commands, pixel) -> None:
    model = awake(commands)
    window(model, 0, 0, 0, 0)
    send(model, b"\x40\x01")
    assert lit_pixels(model) == {pixel}


@pytest.mark.parametrize(
    ("transaction", "words"),
    [
        (b"\x00\xfe", "command FEh"),
        (b"\x00\x21\x40\x20", "columns 64 to 32"),
        (b"\x00\x22\x00\x08", "pages 0 to 8"),
        (b"\x07\xae", "control byte 07h"),
        (b"\x00\xa8\x03", "multiplex ratio"),
        (b"\x00\x20\x03", "mode 3"),
        (b"\x00\x2f", "scrolling"),
        (b"\x00\xda\x02\xaf", "COM pins 02h"),
        (b"\x00\x8d\x10\xaf", "charge pump is off"),
        (b"\x00\x20\x02\x21\x00\x10", "addressing is by page"),
        (b"\x40" + bytes(1025), "more data than the window holds"),
    ],
)
def test_what_a_driver_must_not_do(transaction, words) -> None:
    model = awake()
    window(model, 0, 127, 0, 7)
    assert model.violations == []
    send(model, transaction)
    assert len(model.violations) == 1
    assert words in model.violations[0]


def test_a_command_that_is_cut_by_data_is_put_down() -> None:
    model = awake()
    send(model, b"\x00\x81")
    send(model, b"\x40\x00")
    assert "data in the middle of command 81h" in model.violations[0]


def test_without_the_charge_pump_the_glass_stays_dark() -> None:
    model = awake(b"\xa5")
    send(model, b"\x00\x8d\x10")
    assert not lit_pixels(model)
