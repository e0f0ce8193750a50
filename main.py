"""Runs after boot.py: starts Clapmark, nothing else."""

from firmware import app

app.main()
