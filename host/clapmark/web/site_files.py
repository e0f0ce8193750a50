"""The files of the site: what a static host serves, and what `clapmark play` serves on the loopback address."""

import shutil
from collections.abc import Callable
from pathlib import Path

from clapmark.web import bundle, wasm
from clapmark.web.offline import add_offline

_SITE = Path(__file__).parent / "site"


def site_files(tell: Callable[[str], None]) -> dict[str, bytes]:
    """Return each file of the site by its path. Raises ClapmarkError if something cannot be built or fetched."""
    files = {
        path.relative_to(_SITE).as_posix(): path.read_bytes() for path in sorted(_SITE.rglob("*")) if path.is_file()
    }
    micropython = wasm.provide(tell)
    for name in (*wasm.FILES, "LICENSE"):
        files[f"micropython/{name}"] = (micropython / name).read_bytes()
    files["device/firmware.bundle"] = bundle.pack(bundle.modules())
    files["device/boards.json"] = bundle.boards()
    add_offline(files)
    return files


def write_site(target: Path, tell: Callable[[str], None]) -> int:
    """Write the site into the folder `target`, which is replaced; return its size in bytes."""
    files = site_files(tell)
    shutil.rmtree(target, ignore_errors=True)
    for name, data in files.items():
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return sum(len(data) for data in files.values())
