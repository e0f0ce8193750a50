"""Find the unix port of MicroPython that runs the virtual device, or fetch Debian's package of it without root.

`python -m clapmark.firmware_build.micropython` fetches what is missing and prints the command lines; with
`--run 32 FILE...` it runs a file. In a checkout this module needs the standard library only.
"""

import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Literal

from clapmark.base.errors import ClapmarkError
from clapmark.device_files import checkout_root

Bits = Literal[32, 64]

OLDEST = (1, 23)

# Debian 13 is the newest release whose package is known to run on Debian 12 too, with its own libraries next to it
_SUITE = "trixie"
_PACKAGES = ("micropython", "libc6", "libffi8", "libmbedtls21", "libmbedcrypto16", "libmbedx509-7")
_KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_PUBLIC_MIRROR = "http://deb.debian.org/debian"
_ARCHITECTURES: dict[Bits, tuple[str, str, str]] = {
    64: ("amd64", "usr/lib/x86_64-linux-gnu", "ld-linux-x86-64.so.2"),
    32: ("i386", "usr/lib/i386-linux-gnu", "ld-linux.so.2"),
}

_PROBE = "import sys,asyncio,framebuf,vfs,select;print(*sys.implementation[1][:2],64 if sys.maxsize>1<<32 else 32)"


# what to do where none can be fetched; there is no unix port for Windows
_BY_HAND = (
    "Install the unix port of MicroPython 1.23 or newer and put `micropython` on the PATH: on macOS `brew install "
    "micropython`, elsewhere build ports/unix of the sources at micropython.org/download."
)


class MicroPythonMissingError(ClapmarkError):
    """No MicroPython is new enough, and none could be fetched."""


def folder() -> Path:
    """Return the folder of the fetched interpreters: `.micropython` of the checkout, else one in the user's cache."""
    checkout = checkout_root()
    if checkout:
        return checkout / ".micropython"
    import platformdirs  # in a checkout this module runs before the dependencies are installed

    return Path(platformdirs.user_cache_dir("clapmark")) / "micropython"


@cache
def find_micropython(bits: Bits = 32) -> tuple[str, ...]:
    """Return the start of a command line that runs MicroPython 1.23 or newer with `bits` bits.

    An interpreter on the PATH is preferred to the fetched one. Raises MicroPythonMissingError if there is neither.
    """
    on_path = shutil.which("micropython")
    if on_path and _is_usable((on_path,), bits):
        return (on_path,)
    fetched = _fetched_command(bits)
    if _is_usable(fetched, bits):
        return fetched
    raise MicroPythonMissingError(
        f"There is no {bits}-bit MicroPython {OLDEST[0]}.{OLDEST[1]} or newer on the PATH or in {folder()}. "
        f"`clapmark sim` fetches one on Debian and Ubuntu. {_BY_HAND}"
    )


def provide(bits: Bits, tell: Callable[[str], None]) -> tuple[str, ...]:
    """Return what `find_micropython` returns; first fetch the interpreter if there is none.

    `tell` gets a sentence before and after the download. Raises MicroPythonMissingError with a sentence on what to do.
    """
    try:
        return find_micropython(bits)
    except MicroPythonMissingError:
        check_fetch()
    tell(f"Fetching {bits}-bit MicroPython from Debian into {folder()} (once, about 15 MB) ...")
    fetch(bits)
    command = find_micropython(bits)
    tell(f"MicroPython is ready; `rm -r {folder()}` removes it.")
    return command


def provide_any(tell: Callable[[str], None]) -> Bits:
    """Make sure that there is a MicroPython for the virtual device; return its number of bits.

    32 bit is preferred, because objects have the size they have on an ESP32. Raises MicroPythonMissingError with a
    sentence on what to do.
    """
    try:
        provide(32, tell)
    except MicroPythonMissingError:
        try:
            find_micropython(64)
        except MicroPythonMissingError:
            pass
        else:
            tell("No 32-bit MicroPython: using the 64-bit one with twice the heap, because its objects are larger.")
            return 64
        raise
    return 32


def check_platform() -> None:
    """Raise MicroPythonMissingError on Windows, which has no unix port of MicroPython."""
    if sys.platform == "win32":
        raise MicroPythonMissingError(
            "The virtual device needs the unix port of MicroPython and a pty, which Windows does not have: use it in "
            "WSL (`wsl --install`), where Clapmark installs as on Linux. Commands for real devices work here."
        )


def check_fetch() -> None:
    """Raise MicroPythonMissingError, with a sentence on what to do, if `fetch` cannot work on this machine."""
    check_platform()
    if platform.machine() != "x86_64" or not shutil.which("apt-get") or not shutil.which("dpkg"):
        raise MicroPythonMissingError(f"MicroPython can be fetched on Debian and Ubuntu on x86-64 only. {_BY_HAND}")


def fetch(bits: Bits) -> None:
    """Download Debian's package and the libraries it needs into `folder()`; needs no root, changes no other folder.

    The folder is complete or absent, also after an interrupted download; two processes may fetch at the same time.
    Raises MicroPythonMissingError with one sentence on what failed and what to do.
    """
    check_fetch()
    architecture, _, _ = _ARCHITECTURES[bits]
    source = _debian_source()
    home = folder() / architecture
    try:
        folder().mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f"{architecture}-", dir=folder()) as part:
            _download(Path(part), architecture, source)
            find_micropython.cache_clear()
            if _is_usable(_fetched_command(bits), bits):
                return  # another process was faster
            shutil.rmtree(home, ignore_errors=True)
            home.mkdir()
            (Path(part) / "root").rename(home / "root")
    except OSError as error:
        raise MicroPythonMissingError(f"MicroPython cannot be written to {folder()}: {error.strerror}.") from error
    if not _is_usable(_fetched_command(bits), bits):
        raise MicroPythonMissingError(
            f"The {bits}-bit MicroPython that was fetched does not start on this machine. {_BY_HAND}"
        )


def _download(home: Path, architecture: str, source: str) -> None:
    for part in ("lists/partial", "cache/archives/partial", "packages"):
        (home / part).mkdir(parents=True)
    sources = home / "sources.list"
    sources.write_text(source, encoding="utf-8")
    options = [
        *("-o", f"Dir::Etc::sourcelist={sources}", "-o", "Dir::Etc::sourceparts=-"),
        *("-o", f"Dir::State::Lists={home / 'lists'}", "-o", f"Dir::Cache={home / 'cache'}"),
        *("-o", f"APT::Architecture={architecture}", "-o", f"APT::Architectures={architecture}"),
        *("-o", "Acquire::Languages=none", "-o", "Acquire::Retries=3", "-q=2"),
    ]
    if os.geteuid() == 0:
        options += ["-o", "APT::Sandbox::User=root"]  # apt's own user may not read the checkout
    _run(["apt-get", *options, "update"], home)
    _run(["apt-get", *options, "download", *_PACKAGES], home / "packages")
    for package in sorted((home / "packages").glob("*.deb")):
        _run(["dpkg", "-x", str(package), str(home / "root")], home)


def _fetched_command(bits: Bits) -> tuple[str, ...]:
    architecture, libraries, loader = _ARCHITECTURES[bits]
    root = folder() / architecture / "root"
    return (str(root / libraries / loader), "--library-path", str(root / libraries), str(root / "usr/bin/micropython"))


def _is_usable(command: tuple[str, ...], bits: Bits) -> bool:
    if not Path(command[0]).exists():
        return False
    try:
        answer = subprocess.run([*command, "-c", _PROBE], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    words = answer.stdout.split()
    return len(words) == 3 and (int(words[0]), int(words[1])) >= OLDEST and words[2] == str(bits)


def _debian_source() -> str:
    """Return the line of apt's sources.list for Debian: the mirror of this machine's own sources, else the public one.

    Packages are always verified with Debian's keys. Raises MicroPythonMissingError if the machine does not have them.
    """
    if _KEYRING.exists():
        return f"deb [signed-by={_KEYRING}] {_own_mirror() or _PUBLIC_MIRROR} {_SUITE} main\n"
    mirror = _own_mirror()
    if mirror:
        return f"deb {mirror} {_SUITE} main\n"
    raise MicroPythonMissingError(
        "Fetching MicroPython needs Debian's keys: `sudo apt-get install debian-archive-keyring`, then repeat the "
        f"command. Or without it: {_BY_HAND}"
    )


def _own_mirror() -> str:
    """Return the Debian mirror in this machine's apt sources, "" if there is none (as on Ubuntu)."""
    for source in [*sorted(Path("/etc/apt/sources.list.d").glob("*")), Path("/etc/apt/sources.list")]:
        if source.suffix in {".list", ".sources"} and source.is_file():
            text = re.sub(r"#.*", "", source.read_text(encoding="utf-8", errors="replace"))
            for uri in re.findall(r"https?://\S+", text):
                if uri.rstrip("/").endswith("/debian"):
                    return str(uri).rstrip("/")
    return ""


def _run(command: list[str], where: Path) -> None:
    answer = subprocess.run(command, cwd=where, capture_output=True, text=True, check=False)
    if answer.returncode:
        last = (answer.stderr.strip() or answer.stdout.strip() or "no message").splitlines()[-1]
        raise MicroPythonMissingError(
            f"Fetching MicroPython failed at `{command[0]}`: {last} Check the network and try again. {_BY_HAND}"
        )


def main() -> int:
    """Fetch what is missing and print the command line of each interpreter; with --run, run one."""
    try:
        if sys.argv[1:2] == ["--run"]:
            bits: Bits = 64 if sys.argv[2] == "64" else 32
            return subprocess.run([*find_micropython(bits), *sys.argv[3:]], check=False).returncode
        for bits in (64, 32):
            print(*provide(bits, lambda text: print(text, file=sys.stderr)))  # noqa: T201  a program of the build
    except ClapmarkError as error:
        print(error, file=sys.stderr)  # noqa: T201  a program of the build
        return int(error.exit_code)
    return 0


if __name__ == "__main__":
    sys.exit(main())
