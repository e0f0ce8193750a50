"""A pytest plugin that writes how many seconds each test took, as JSON, to the file that CLAPMARK_DURATIONS names."""

import json
import os
from collections import defaultdict
from pathlib import Path

import pytest

_SECONDS: dict[str, float] = defaultdict(float)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Add up the set-up, the call and the tear-down of each test."""
    _SECONDS[report.nodeid] += report.duration


def pytest_sessionfinish() -> None:
    """Write the sums."""
    Path(os.environ["CLAPMARK_DURATIONS"]).write_text(json.dumps(_SECONDS), encoding="utf-8")
