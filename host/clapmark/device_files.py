"""Locate the device's files: boot.py, main.py and firmware/, in a checkout or inside the installed package.

The package `firmware` is both the device's app and, with its `core`, a library of the laptop. In a wheel it is package
data below `clapmark/device`, so that site-packages gets no package with a name as general as `firmware`. Everything is
found by the path of this file and not with importlib.resources: mpy-cross and the import system need real files.
"""

import importlib.util
import sys
from pathlib import Path

_PACKAGE = "firmware"
_INSTALLED = Path(__file__).parent / "device"


def device_root() -> Path:
    """Return the folder that contains boot.py, main.py and firmware/ as they are on the device.

    In a checkout this is the repository's root; in an installed package it is `clapmark/device`.
    """
    return checkout_root() or _INSTALLED


def checkout_root() -> Path | None:
    """Return the repository's root if this package runs from a checkout, None if it is installed from a wheel."""
    if (_INSTALLED / "boot.py").exists():
        return None
    root = Path(__file__).parents[2]
    return root if (root / "pyproject.toml").exists() and (root / _PACKAGE).is_dir() else None


def make_firmware_importable() -> None:
    """Make `firmware` importable, whose `core` is shared by device and laptop.

    The package is registered by its file and not with an entry in `sys.path`, which would also make boot.py and main.py
    importable. Another `firmware` on the path does not shadow it. Raises ImportError if the device's files are missing.
    """
    if _PACKAGE in sys.modules:
        return
    folder = device_root() / _PACKAGE
    spec = importlib.util.spec_from_file_location(
        _PACKAGE, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    if spec is None or spec.loader is None or not folder.exists():
        raise ImportError(f"Clapmark's device files are missing from {folder}: install Clapmark again.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[_PACKAGE] = module
    spec.loader.exec_module(module)
