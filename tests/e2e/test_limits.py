"""The limits of the device hold: what `make bench` measures of heap, bytecode and flash, without the speeds."""

import io
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from clapmark.firmware_build.rom_image import rom_image
from clapmark.flash.device_files import app_files
from tests.bench import app_figures, board_figures, device_figures, heap_figures, stamps_figures, start_figures
from tests.bench.app_figures import HEAP_LIMIT_BYTES

ROM_SAVES_BYTES = 30_000
STAMP_MS = 25  # the longest bus time between two awaits
HOT_PATH = {
    "alloc.tick_bytes": 0,
    "alloc.idle_bytes": 0,
    "alloc.press_bytes": 128,
    "flash.programs_per_bookmark": 1,
    "flash.program_bytes": 128,
    "flash.erases_in_press_path": 0,
}


def test_the_hot_path_takes_no_more_heap_and_flash_than_promised(tmp_path) -> None:
    found = device_figures.allocations(tmp_path)
    assert {name: found[name] for name, most in HOT_PATH.items() if found[name] > most} == {}


def test_the_app_leaves_every_board_the_promised_heap() -> None:
    found = board_figures.measure(Console(file=io.StringIO()))
    heaps = {name: size for name, size in found.items() if name.endswith("_heap_bytes")}
    assert len(heaps) == 4
    assert max(heaps.values()) <= HEAP_LIMIT_BYTES, heaps


def test_the_code_takes_no_heap_where_it_runs_from_rom() -> None:
    heap, from_rom = (
        app_figures.heap_after_boot("sim", image=image)["heap.after_boot_bytes"]
        for image in (None, rom_image(app_files()))
    )
    assert from_rom < heap - ROM_SAVES_BYTES


def test_a_start_reads_no_more_flash_than_promised(tmp_path) -> None:
    system, _, picture = start_figures.start_reads(tmp_path)
    assert 0 < picture < system <= start_figures.LIMIT_READS


def test_no_press_cue_or_sync_loads_a_module(tmp_path) -> None:
    found = heap_figures.imports(tmp_path)
    assert (found["marking"], found["countdown"], found["cues"], found["sync"]) == (0, 0, 0, 0)
    assert found["menu"] > 0, "nothing was counted"


def test_the_worst_moment_leaves_heap_free() -> None:
    with TemporaryDirectory() as folder:  # its path is in the heap several times, and no device has a long one
        found = heap_figures.worst_moment(Path(folder))
    assert len(found) > 10
    assert min(found.values()) >= heap_figures.LEAST_FREE_BYTES, found


def test_a_sync_delays_no_stamp_by_more_than_a_picture(tmp_path) -> None:
    found = stamps_figures.Bench(tmp_path).play("syncing", stamps_figures.press_steps(60), is_syncing=True)
    assert len(found.late_ms) == 60
    assert max(found.late_ms) <= STAMP_MS, found
