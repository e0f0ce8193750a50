"""Ends the trial of an app that was just deployed (docs/flashing.md). In memory only while it is needed."""

import os

_UNDO = "deploy-undo.py"


def keep_this_app():
    """Delete the file that would bring the previous app back; do nothing where there is none."""
    try:
        os.remove(_UNDO)
    except OSError:
        pass  # there was no deploy
