"""Runs after boot.py: starts Clapmark, nothing else."""

from firmware import safe

safe.start()
