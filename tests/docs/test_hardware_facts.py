"""docs/hardware-facts.md lists every name of the chip that the code uses, each with a source, and no other."""

import re
from pathlib import Path

from clapmark.firmware_build.build import app_sources
from tests.support.board.chip_names import used_names

TEXT = (Path(__file__).parents[2] / "docs" / "hardware-facts.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `((?:machine|esp32|network)\.[\w.]+)` \| (.+?) \| (.+?) \|$", re.MULTILINE)
METHODS = re.compile(r"^\| [\w, ]+ \| (`\w+`(?:, `\w+`)*) \|", re.MULTILINE)


def test_the_table_has_exactly_the_names_that_the_code_uses() -> None:
    assert {name for name, _, _ in ROW.findall(TEXT)} == used_names()


def test_every_name_has_its_use_and_its_source() -> None:
    for name, use, source in ROW.findall(TEXT):
        assert use.strip(), name
        assert re.search(r"\w+/\w+\.c|docs\.", source), name


def test_every_method_that_is_listed_is_called() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in app_sources().values())
    listed = [name for cell in METHODS.findall(TEXT) for name in re.findall(r"`(\w+)`", cell)]
    assert len(listed) >= 8
    for name in listed:
        assert re.search(rf"\.{name}\b", code), name
