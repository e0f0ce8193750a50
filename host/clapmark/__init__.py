"""Clapmark's laptop side: a library, and a thin command line over it (`clapmark.cli`)."""

from clapmark.device_files import make_firmware_importable

make_firmware_importable()
