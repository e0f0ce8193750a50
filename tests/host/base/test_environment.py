"""The laptop's clock is its own, or the virtual device's where a clock file is named."""

import io
import time

import pytest

from clapmark.base.environment import Environment
from clapmark.base.errors import UsageError


def test_the_laptops_clock_is_the_systems():
    assert abs(Environment(variables={}).utc_ms() - time.time() * 1000) < 2000


def test_a_clock_file_moves_the_laptop_into_the_virtual_devices_time(tmp_path):
    clock = tmp_path / "clock"
    clock.write_text(f"1557000000000 {time.monotonic_ns() - 5_000_000_000}\n")
    environment = Environment(variables={"CLAPMARK_CLOCK": str(clock)})
    assert 0 <= environment.utc_ms() - 1_557_000_005_000 < 2000
    assert environment.now().year == 2019


def test_a_broken_clock_file_is_reported(tmp_path):
    for content in (None, "", "1", "a b", "1 2 3"):
        path = tmp_path / "clock"
        path.unlink(missing_ok=True)
        if content is not None:
            path.write_text(content)
        with pytest.raises(UsageError, match="CLAPMARK_CLOCK"):
            Environment(variables={"CLAPMARK_CLOCK": str(path)}).utc_ms()


def test_a_stream_that_is_no_terminal_gets_no_progress():
    assert not Environment(stderr=io.StringIO()).is_terminal
