"""A pytest plugin: writes the seconds of processor time of each test, as JSON, to the file CLAPMARK_DURATIONS names.

Processor time, and not the clock's: it is the same on a busy machine. That of the processes a test started counts, too.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

_SECONDS: dict[str, float] = {}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Measure set-up, call and tear-down of each test."""
    before = sum(os.times()[:4])
    try:
        return (yield)
    finally:
        _SECONDS[item.nodeid] = sum(os.times()[:4]) - before


def pytest_sessionfinish() -> None:
    """Write what was measured."""
    Path(os.environ["CLAPMARK_DURATIONS"]).write_text(json.dumps(_SECONDS), encoding="utf-8")
