"""A start of the device: what it reads from flash until the laptop has its first answer."""

import subprocess
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from clapmark.firmware_build.micropython import find_micropython
from clapmark.flash.device_files import device_files
from clapmark.flash.firmware_file import parse_firmware
from clapmark.flash.flash_image import complete_image, fresh_layout
from clapmark.flash.partition_table import find_file_system, find_journal
from clapmark.link import frame
from clapmark.sim import HEAP_BYTES
from tests.support.board.stock_image import stock_image

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "tests/bench/device/start_reads.py"
MODEL_HEAP_BYTES = 32 * 1024  # of the board's model, which lives in the same heap
FLASH_BYTES = 4 << 20
LIMIT_READS = 15_000
_PATIENCE_S = 120


def write_image(image: Path, board: str) -> list[int]:
    """Write a board's flash image; return offset and size of its file system and of its journal."""
    layout = fresh_layout(parse_firmware(stock_image()), FLASH_BYTES, device_files(board))
    image.write_bytes(complete_image(layout))
    system, journal = find_file_system(layout.table), find_journal(layout.table)
    assert system is not None
    assert journal is not None
    return [system.offset, system.size, journal.offset, journal.size]


def start_reads(folder: Path, board: str = "tdisplay") -> tuple[int, int, int]:
    """Return the reads of the file system, of the journal, and of the file system before the first picture.

    The image is the one that `clapmark flash --image` builds for `board`. A read is one of at most 64 bytes.
    """
    image, counts = folder / "image.bin", folder / "counts.txt"
    places = write_image(image, board)
    command = [*find_micropython(32), "-X", f"heapsize={HEAP_BYTES + MODEL_HEAP_BYTES}", SCRIPT, image, counts, *places]
    process = subprocess.Popen(list(map(str, command)), cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        writer = frame.FrameWriter(frame.MAX_REQUEST_BYTES)
        writer.begin(frame.REQUEST, 1, b"hello")
        process.stdin.write(b"\n" + bytes(writer.line[: writer.seal()]))
        process.stdin.flush()
        heard = b""
        end = time.monotonic() + _PATIENCE_S
        while b"\n!1 hello " not in heard:
            line = process.stdout.readline()
            assert line, heard.decode(errors="replace")
            assert time.monotonic() < end, heard.decode(errors="replace")
            heard += line
        system_reads, journal_reads, picture_reads = map(int, counts.read_text().split())
    finally:
        process.kill()
        process.wait()
    return system_reads, journal_reads, picture_reads


def measure(console: Console) -> dict[str, float]:
    """Print the table and return the figures."""
    with tempfile.TemporaryDirectory() as folder:
        system, journal, picture = start_reads(Path(folder))
    table = Table("reads of up to 64 bytes", "value", "must reach", title="A start", title_justify="left")
    table.add_row("file system, from reset to the first answer", f"{system:,}", f"{LIMIT_READS:,}")
    table.add_row("  of them before the first picture", f"{picture:,}", "")
    table.add_row("journal, a new one", f"{journal:,}", "")
    console.print(table)
    return {
        "start.flash_reads": system,
        "start.flash_reads_to_picture": picture,
        "start.journal_reads": journal,
    }
