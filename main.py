"""Runs after boot.py: starts Clapmark, nothing else."""

from firmware.start import launcher

launcher.start()
