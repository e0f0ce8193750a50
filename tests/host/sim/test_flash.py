"""The model of the NOR flash: what a power cut inside an operation leaves."""

import errno
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from clapmark.sim.models.nor_flash import SECTOR_BYTES, NorFlash


def new_flash(folder: str, content: bytes) -> tuple[NorFlash, Path, list[str]]:
    path = Path(folder) / "flash.bin"
    path.write_bytes(content)
    told: list[str] = []
    return NorFlash(path, told.append), path, told


@given(st.integers(0, 60_000), st.integers(0, 60_000))
def test_an_erase_proceeds_in_pieces_and_a_cut_leaves_the_rest(first_us: int, second_us: int) -> None:
    with TemporaryDirectory() as folder:
        flash, path, _ = new_flash(folder, bytes(2 * SECTOR_BYTES))
        needed_us, error = flash.erase(SECTOR_BYTES, 1000)
        assert (needed_us, error) == (50_000, 0)
        for moment_us in sorted((first_us, second_us)):
            flash.advance(1000 + moment_us)
        flash.stop()
        flash.advance(10**9)
        flash.close()
        content = path.read_bytes()
        done = content.count(b"\xff")
        assert content == bytes(SECTOR_BYTES) + b"\xff" * done + bytes(SECTOR_BYTES - done)
        due = SECTOR_BYTES * min(needed_us, max(first_us, second_us)) / needed_us
        assert due - 256 < done <= due


@given(st.binary(min_size=1, max_size=128), st.integers(0, 2000))
def test_a_program_writes_byte_after_byte(data: bytes, cut_us: int) -> None:
    with TemporaryDirectory() as folder:
        flash, path, told = new_flash(folder, b"\xff" * SECTOR_BYTES)
        needed_us, error = flash.program(8, data, 0)
        assert (needed_us, error, told) == (400 + 5 * len(data), 0, [])
        flash.advance(cut_us)
        flash.stop()
        flash.close()
        done = len(data) if cut_us >= needed_us else max(0, cut_us - 400) // 5
        assert path.read_bytes() == b"\xff" * 8 + data[:done] + b"\xff" * (SECTOR_BYTES - 8 - done)


def test_a_place_outside_is_refused(tmp_path) -> None:
    flash, path, told = new_flash(str(tmp_path), b"\xff" * SECTOR_BYTES)
    assert flash.program(SECTOR_BYTES - 1, b"two", 0) == (0, errno.EINVAL)
    assert flash.erase(SECTOR_BYTES, 0) == flash.erase(1, 0) == (0, errno.EINVAL)
    assert not told and path.read_bytes() == b"\xff" * SECTOR_BYTES
    flash.close()
