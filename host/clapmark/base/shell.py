"""Commands that a message suggests, quoted so that they can be pasted into the user's shell."""

import os
import shlex
import subprocess
from collections.abc import Sequence


def shell_word(text: object) -> str:
    """Return `text` quoted for the user's shell where it needs that: as it is pasted behind a command."""
    word = str(text)
    return subprocess.list2cmdline([word]) if os.name == "nt" else shlex.quote(word)


def shell_command(words: Sequence[object]) -> str:
    """Return a command line with each word quoted where it needs that."""
    return " ".join(shell_word(word) for word in words)
