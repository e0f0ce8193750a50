"""docs/link.md and docs/journal.md: every example is what the code reads, and nothing that the code has is missing."""

import base64
import re
import zlib
from pathlib import Path

import pytest

from clapmark.archive import record
from clapmark.link import frame
from clapmark.link.client import DeviceRefusedError
from firmware.core.lines import frame_limits, sector, sector_header
from firmware.core.lines.fields import fields
from firmware.core.lines.line import CUT_MARK, LineWriter, body_length

ROOT = Path(__file__).parents[2]
SYNC_VERBS = (ROOT / "firmware" / "link" / "sync_verbs.py").read_text()
VERBS = re.findall(r"async def serve_(\w+)\(", SYNC_VERBS)
VERBS += [path.stem for path in (ROOT / "firmware" / "link" / "verbs").glob("[a-z]*.py")]
EXAMPLE = re.compile(r"^    (.* \*[0-9A-F]{8})$", re.MULTILINE)


def examples(page):
    return [line.encode() + b"\n" for line in EXAMPLE.findall((ROOT / "docs" / page).read_text())]


@pytest.mark.parametrize("page", ["link.md", "journal.md"])
def test_every_example_is_sound(page):
    for line in examples(page):
        assert body_length(line, len(line)) > 0, line
        if line[:1] in (b"?", b"!"):
            found = frame.parse(line, line[:1])
            fields(found.words)
            assert len(line) <= (frame.MAX_REQUEST_BYTES if line[:1] == b"?" else frame.MAX_ANSWER_BYTES)
        elif line[:1] != b"=":
            record.parse(line)
    assert len(examples(page)) > 8


def test_the_header_on_the_page_is_the_one_in_flash():
    line = next(line for line in examples("journal.md") if line.startswith(b"=sector"))
    header = sector_header.parse_header(bytearray(line), 0)
    assert (header.format, header.device, header.epoch) == (sector.FORMAT, b"a1b2c3d4e5f6", b"9ACE8F55")
    assert (header.serial, header.first_seq, header.committed_seq, header.boot) == (17, 1031, 1000, 12)
    writer = LineWriter(sector.HEADER_BYTES)
    length = sector.write_header(writer, header.device, header.epoch, 17, 1031, 1000, 12)
    assert bytes(writer.line[:length]) == line


def test_every_verb_and_every_error_code_is_on_the_page_and_has_its_sentence():
    page = (ROOT / "docs" / "link.md").read_text()
    sources = [path.read_text() for path in (ROOT / "firmware").rglob("*.py")]
    source = "".join(text for text in sources if "RequestError" in text)
    commit = (ROOT / "firmware" / "journal" / "commit.py").read_text()
    codes = set(re.findall(r'(?:RequestError\(|code = )"(\w+)"', source))
    codes |= set(re.findall(r'(?:reason =|return) b"(\w+)"', commit))
    assert len(VERBS) >= 10 and len(codes) >= 14
    for verb in VERBS:
        assert f"\n### {verb}\n" in page, verb
        assert any(line.startswith(b"?") and f" {verb} ".encode() in line for line in examples("link.md")), verb
    table = page[page.index("| code |") : page.index("## Pacing")]
    for code in codes:
        assert re.search(rf"\b{code}\b", table), code
        assert "refuses" not in str(DeviceRefusedError(code, "")), code


def test_every_kind_of_record_is_on_the_page():
    page = (ROOT / "docs" / "journal.md").read_text()
    for name in ("BOOT", "CLOCK", "TALK", "BOOKMARK", "SPAN", "RETAG", "UNDO", "COUNTDOWN", "FAULT", "GAP"):
        assert f"| `{getattr(record, name).decode()}` |" in page


def test_the_numbers_on_the_page_are_those_of_the_code():
    page = " ".join((ROOT / "docs" / "link.md").read_text().split())
    session = (ROOT / "firmware" / "link" / "session.py").read_text()
    for sentence in (
        f"request, at most {frame_limits.REQUEST_BYTES} bytes from ? to the last LF",
        f"answer, at most {frame_limits.ANSWER_BYTES} bytes",
        f"longer than {frame_limits.LONG_REQUEST_BYTES} bytes, gets no answer",
        f"packed={frame_limits.PACKED_BYTES} line={frame_limits.LONG_REQUEST_BYTES}",
        f"window at most {1 << frame_limits.PACKED_WINDOW_BITS} bytes",
        f"`size` (0 to {frame_limits.FILE_BYTES})",
        f"at most {frame_limits.SETTING_BYTES} bytes in all",
        f"ends with `{CUT_MARK.decode()}`",
    ):
        assert sentence in page, sentence
    assert "After 5 s without a request" in page and "_ABANDONED_MS = const(5000)" in session
    assert "1 to 1073741824" in page and 1 << 30 == 1073741824
    assert "of the years 2000 to 2099" in page
    assert "_FROM_MS = 946_684_800_000" in SYNC_VERBS and "_UNTIL_MS = 4_102_444_800_000" in SYNC_VERBS


def test_the_compressed_block_on_the_page_is_what_a_client_makes():
    frames = [frame.parse(line, line[:1]) for line in examples("link.md") if line[:1] in (b"?", b"!")]
    parts = [fields(each.words) for each in frames if b"do=pack" in each.words]
    block = b"".join(base64.b64decode(part["data"]) for part in parts)
    plain = zlib.decompressobj(-frame_limits.PACKED_WINDOW_BITS).decompress(block)
    assert len(plain) == int(parts[-1]["length"]) == 310
    assert f"size=310 crc={zlib.crc32(plain):08X}" in (ROOT / "docs" / "link.md").read_text()
