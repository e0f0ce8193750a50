"""Errors that reach the person: what happened, what is safe, what to do next; each with its exit code."""

from enum import IntEnum


class ExitCode(IntEnum):
    """The exit codes of `clapmark` (docs/cli.md)."""

    OK = 0
    FAILED = 1
    USAGE = 2
    NO_DEVICE = 3
    DAMAGED = 4
    CONFLICT = 5
    INTERRUPTED = 130


class ClapmarkError(Exception):
    """A failure that the user should read; the message is one clear sentence or two, and says what to do."""

    exit_code = ExitCode.FAILED


class UsageError(ClapmarkError):
    """What was asked for makes no sense as it stands."""

    exit_code = ExitCode.USAGE


class NoDeviceError(ClapmarkError):
    """No device answers where one was expected."""

    exit_code = ExitCode.NO_DEVICE


class ConflictError(ClapmarkError):
    """A file of the user's is in the way and was left as it is."""

    exit_code = ExitCode.CONFLICT
