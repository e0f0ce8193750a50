"""Finds the unix port of MicroPython that runs the virtual device, or fetches Debian's package of it without root.

`python -m clapmark.firmware_build.micropython` fetches what is missing and prints the command lines; with
`--run 32 FILE...` it runs a file.
It needs the standard library only.
"""

import os
import platform
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Literal

from clapmark.base.errors import ClapmarkError
from clapmark.device_files import checkout_root

Bits = Literal[32, 64]

OLDEST = (1, 23)

# Debian 13 is the newest release whose package is known to run on Debian 12 too, with its own libraries beside it
_SUITE = "trixie"
_PACKAGES = ("micropython", "libc6", "libffi8", "libmbedtls21", "libmbedcrypto16", "libmbedx509-7")
_KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_ARCHITECTURES: dict[Bits, tuple[str, str, str]] = {
    64: ("amd64", "usr/lib/x86_64-linux-gnu", "ld-linux-x86-64.so.2"),
    32: ("i386", "usr/lib/i386-linux-gnu", "ld-linux.so.2"),
}

_PROBE = "import sys,asyncio,framebuf,vfs,select;print(*sys.implementation[1][:2],64 if sys.maxsize>1<<32 else 32)"


class MicroPythonMissingError(ClapmarkError):
    """No MicroPython that is new enough, and none could be fetched."""


def folder() -> Path:
    """Return the folder that fetched interpreters live in: `.micropython` of the checkout, else the user's cache."""
    checkout = checkout_root()
    if (checkout / "pyproject.toml").exists():
        return checkout / ".micropython"
    import platformdirs  # noqa: PLC0415  only an installed package gets here, and it has its dependencies

    return Path(platformdirs.user_cache_dir("clapmark")) / "micropython"


@cache
def find_micropython(bits: Bits = 32) -> tuple[str, ...]:
    """Return the start of a command line that runs MicroPython 1.23 or newer with `bits` bits.

    One on the PATH comes first, else the fetched one. Raises MicroPythonMissingError where there is neither.
    """
    on_path = shutil.which("micropython")
    if on_path and _is_usable((on_path,), bits):
        return (on_path,)
    fetched = _fetched_command(bits)
    if _is_usable(fetched, bits):
        return fetched
    raise MicroPythonMissingError(
        f"No MicroPython {OLDEST[0]}.{OLDEST[1]} or newer with {bits} bits is here. In the checkout, `make "
        "micropython` fetches one; or put a `micropython` of the unix port on the PATH."
    )


def fetch(bits: Bits) -> None:
    """Download Debian's package and the libraries it needs into `folder()`. Needs neither root nor a changed system.

    Raises MicroPythonMissingError with one sentence on what is missing and how to get it.
    """
    architecture, _, _ = _ARCHITECTURES[bits]
    if platform.machine() != "x86_64" or not shutil.which("apt-get") or not shutil.which("dpkg"):
        raise MicroPythonMissingError(
            "Fetching MicroPython works on Debian on x86-64 only; here, install the unix port of MicroPython 1.23 or "
            "newer from micropython.org's sources and put `micropython` on the PATH."
        )
    home = folder() / architecture
    shutil.rmtree(home, ignore_errors=True)
    for part in ("lists/partial", "cache/archives/partial", "packages"):
        (home / part).mkdir(parents=True)
    signed_by = f"[signed-by={_KEYRING}] " if _KEYRING.exists() else ""
    sources = home / "sources.list"
    sources.write_text(f"deb {signed_by}{_debian_mirror()} {_SUITE} main\n", encoding="utf-8")
    options = [
        *("-o", f"Dir::Etc::sourcelist={sources}", "-o", "Dir::Etc::sourceparts=-"),
        *("-o", f"Dir::State::Lists={home / 'lists'}", "-o", f"Dir::Cache={home / 'cache'}"),
        *("-o", f"APT::Architecture={architecture}", "-o", f"APT::Architectures={architecture}"),
        *("-o", "Acquire::Languages=none", "-o", "Acquire::Retries=3", "-q=2"),
    ]
    if os.geteuid() == 0:
        options += ["-o", "APT::Sandbox::User=root"]  # the checkout need not be readable for apt's own user
    _run(["apt-get", *options, "update"], home)
    _run(["apt-get", *options, "download", *_PACKAGES], home / "packages")
    for package in sorted((home / "packages").glob("*.deb")):
        _run(["dpkg", "-x", str(package), str(home / "root")], home)
    for part in ("lists", "cache", "packages"):
        shutil.rmtree(home / part)
    if not _is_usable(_fetched_command(bits), bits):
        raise MicroPythonMissingError(
            f"The {bits}-bit MicroPython that was fetched does not start on this machine; put a `micropython` 1.23 or "
            "newer on the PATH instead."
        )


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


def _debian_mirror() -> str:
    """Return the Debian mirror that this machine's own apt sources name."""
    for source in [*sorted(Path("/etc/apt/sources.list.d").glob("*")), Path("/etc/apt/sources.list")]:
        if source.suffix in {".list", ".sources"} and source.is_file():
            text = re.sub(r"#.*", "", source.read_text(encoding="utf-8", errors="replace"))
            for uri in re.findall(r"https?://\S+", text):
                if uri.rstrip("/").endswith("/debian"):
                    return str(uri).rstrip("/")
    raise MicroPythonMissingError(
        "This machine's apt sources name no Debian mirror to fetch MicroPython from; install the unix port of "
        "MicroPython 1.23 or newer and put `micropython` on the PATH."
    )


def _run(command: list[str], where: Path) -> None:
    answer = subprocess.run(command, cwd=where, capture_output=True, text=True, check=False)
    if answer.returncode:
        last = (answer.stderr.strip() or answer.stdout.strip() or "no message").splitlines()[-1]
        raise MicroPythonMissingError(
            f"Fetching MicroPython failed at `{command[0]}`: {last} Check the network and try again, or put a "
            "`micropython` 1.23 or newer on the PATH."
        )


def main() -> int:
    """Fetch what is missing, and print the command line of each interpreter; or run one."""
    try:
        if sys.argv[1:2] == ["--run"]:
            bits: Bits = 64 if sys.argv[2] == "64" else 32
            return subprocess.run([*find_micropython(bits), *sys.argv[3:]], check=False).returncode
        for bits in (64, 32):
            try:
                command = find_micropython(bits)
            except MicroPythonMissingError:
                print(f"Fetching the {bits}-bit MicroPython (a few seconds, about 15 MB) ...", file=sys.stderr)  # noqa: T201
                fetch(bits)
                command = find_micropython(bits)
            print(*command)  # noqa: T201
    except ClapmarkError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return int(error.exit_code)
    return 0


if __name__ == "__main__":
    sys.exit(main())
