"""Where the device's files are: boot.py, main.py and firmware/, in a checkout or inside the installed package."""

import importlib.util
import sys
from pathlib import Path

_PACKAGE = "firmware"


def device_root() -> Path:
    """Return the folder that holds boot.py, main.py and firmware/ as on the device.

    In a checkout this is the repository's root; in an installed package it is `clapmark/device`, so that site-packages
    gets no package with a name as general as `firmware`.
    """
    installed = Path(__file__).parent / "device"
    return installed if (installed / "boot.py").exists() else checkout_root()


def checkout_root() -> Path:
    """Return the repository's root, where this package runs from a checkout; it may lack there."""
    return Path(__file__).parents[2]


def make_firmware_importable() -> None:
    """Make `firmware` importable, whose `core` is shared by device and laptop.

    The package is registered by its file, not with an entry in `sys.path`, which would make boot.py and main.py
    importable, too. Raises ImportError if the device's files are missing from the installation.
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
