"""Types a command line, as a user does, without starting a process for it."""

import io

from clapmark import cli
from clapmark.archive.archive import Archive
from clapmark.base.environment import Environment


def type_(*words: object, variables: dict[str, str] | None = None) -> tuple[int, str, str]:
    """Return exit code, stdout and stderr."""
    environment = Environment(stdout=io.StringIO(), stderr=io.StringIO(), variables=variables or {})
    code = cli.run([str(word) for word in words], environment)
    return code, environment.stdout.getvalue(), environment.stderr.getvalue()


def type_in(archive: Archive, *words: object) -> tuple[int, str, str]:
    """Type a command for this archive."""
    return type_(*words, "--archive", archive.folder)
