"""The model of the display controller, from its datasheet: what a driver sends, and what a person then sees."""

import struct

import pytest

from clapmark.sim.models.st7789 import ST7789Model

SLPOUT, INVON, DISPON, DISPOFF, CASET, RASET, RAMWR, MADCTL, COLMOD, SWRESET = (
    0x11, 0x21, 0x29, 0x28, 0x2A, 0x2B, 0x2C, 0x36, 0x3A, 0x01,
)  # fmt: skip
RED, GREEN, BLUE, WHITE = b"\xf8\x00", b"\x07\xe0", b"\x00\x1f", b"\xff\xff"


def send(model, command, data=b""):
    model.feed(0, bytes([command]))
    if data:
        model.feed(1, data)


def window(model, x, y, width, height):
    send(model, CASET, struct.pack(">HH", x, x + width - 1))
    send(model, RASET, struct.pack(">HH", y, y + height - 1))


@pytest.fixture
def model():
    model = ST7789Model()
    send(model, SLPOUT)
    send(model, COLMOD, b"\x55")
    send(model, MADCTL, b"\x60")
    send(model, INVON)
    send(model, DISPON)
    return model


def fill(model, colour=b"\x00\x00"):
    window(model, 40, 53, 240, 135)
    send(model, RAMWR, colour * (240 * 135))


def test_a_board_on_its_side_shows_the_corners_where_the_driver_puts_them(model):
    fill(model)
    for x, y, colour in ((0, 0, RED), (239, 0, GREEN), (0, 134, BLUE), (239, 134, WHITE)):
        window(model, 40 + x, 53 + y, 1, 1)
        send(model, RAMWR, colour)
    picture = model.picture()
    assert picture.size == (240, 135)
    assert picture.getpixel((0, 0)) == (255, 0, 0)
    assert picture.getpixel((239, 0)) == (0, 255, 0)
    assert picture.getpixel((0, 134)) == (0, 0, 255)
    assert picture.getpixel((239, 134)) == (255, 255, 255)
    assert picture.getpixel((1, 0)) == (0, 0, 0)
    assert model.violations == []


@pytest.mark.parametrize(
    ("address_mode", "x", "y", "turns"), [(0x00, 52, 40, 0), (0x60, 40, 53, 1), (0xC0, 53, 40, 2), (0xA0, 40, 52, 3)]
)
def test_each_way_of_holding_it_has_its_own_offset(address_mode, x, y, turns):
    model = ST7789Model(quarter_turns=turns)
    send(model, SLPOUT)
    send(model, COLMOD, b"\x55")
    send(model, MADCTL, bytes([address_mode]))
    send(model, INVON)
    send(model, DISPON)
    width, height = model.picture().size
    window(model, x, y, width, height)
    send(model, RAMWR, RED + bytes(2 * width * height - 2))
    assert model.violations == []
    picture = model.picture()
    assert picture.getpixel((0, 0)) == (255, 0, 0)
    assert picture.getbbox() == (0, 0, 1, 1)


def test_pixels_go_on_across_bus_writes_and_rows(model):
    fill(model)
    window(model, 50, 60, 2, 2)
    data = RED + GREEN + BLUE + WHITE
    model.feed(0, bytes([RAMWR]))
    for byte in data:
        model.feed(1, bytes([byte]))
    picture = model.picture()
    assert [picture.getpixel((10 + x, 7 + y)) for y in (0, 1) for x in (0, 1)] == [
        (255, 0, 0),
        (0, 255, 0),
        (0, 0, 255),
        (255, 255, 255),
    ]
    assert model.violations == []


def test_dark_until_awake_and_on(model):
    fill(model, WHITE)
    assert model.picture().getpixel((5, 5)) == (255, 255, 255)
    send(model, DISPOFF)
    assert model.picture().getbbox() is None
    send(model, DISPON)
    send(model, SWRESET)
    assert model.picture().getbbox() is None


def test_ips_glass_shows_opposites_until_it_is_inverted(model):
    fill(model, WHITE)
    send(model, 0x20)
    assert model.picture().getpixel((5, 5)) == (0, 0, 0)


def test_undrawn_ram_is_snow(model):
    assert len(model.picture().getcolors(70000)) > 1000


def test_violations_are_put_down():
    model = ST7789Model()
    send(model, COLMOD, b"\x55")
    window(model, 52, 40, 1, 1)
    send(model, RAMWR, RED)
    assert model.violations == ["RAMWR before SLPOUT"]


@pytest.mark.parametrize(
    ("actions", "sentence"),
    [
        ([(CASET, b"\x00\x00\x01\x40")], "CASET asks for 0 to 320, where 0 to 319 exist"),
        ([(RASET, b"\x00\x09\x00\x08")], "RASET asks for 9 to 8, where 0 to 239 exist"),
        ([(CASET, b"\x00\x00\x01"), (DISPON, b"")], "CASET got 3 parameters instead of 4"),
        ([(DISPON, b"\x01")], "data 01h that no command asked for"),
        ([(RAMWR, RED * 2)], "RAMWR with more pixels than the window holds"),
        ([(RAMWR, RED[:1]), (DISPON, b"")], "RAMWR ended in the middle of a pixel"),
        ([(COLMOD, b"\x66"), (RAMWR, b"")], "RAMWR while COLMOD is 66h; this model takes 16 bits per pixel"),
        ([(0xFF, b"")], "command FFh is not one that this model knows"),
        (
            [(CASET, b"\x00\x27\x00\x27"), (RAMWR, RED)],
            "RAMWR to column 186, row 39 of the RAM, which lies outside the glass",
        ),
    ],
)
def test_each_violation_has_its_sentence(model, actions, sentence):
    window(model, 40, 53, 1, 1)
    for command, data in actions:
        send(model, command, data)
    assert sentence in model.violations
