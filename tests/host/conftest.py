"""A board and a stock MicroPython for it, for the tests of flash, rescue and bad boards."""

from pathlib import Path

import pytest

from tests.support.board import stock_image
from tests.support.board.flash_chip import Chip, slip_packets


@pytest.fixture
def chip(tmp_path, monkeypatch, request) -> Chip:
    chip = Chip(tmp_path / "chip")
    if "blank_board" not in request.node.name:  # which keeps esptool as it is
        monkeypatch.setattr("esptool.loader.slip_reader", slip_packets)
    # esptool formats every packet for an unused trace: seconds for each megabyte
    monkeypatch.setattr("esptool.loader.HexFormatter.__str__", lambda _: "")
    monkeypatch.setattr("clapmark.flash.board.platformdirs.user_data_dir", lambda _: str(tmp_path / "laptop"))
    return chip


@pytest.fixture
def firmware(tmp_path) -> Path:
    path = tmp_path / "ESP32_GENERIC.bin"
    path.write_bytes(stock_image.stock_image())
    return path
