"""The folder for what a stage keeps between two starts."""

from pathlib import Path

import platformdirs


def state_folder() -> Path:
    """Return it; it need not exist yet."""
    return Path(platformdirs.user_state_dir("clapmark"))
