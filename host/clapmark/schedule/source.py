"""The bytes of a schedule, from a file or from the web, bounded in size."""

from pathlib import Path

from clapmark.schedule.errors import ScheduleError
from clapmark.schedule.text import one_line, quoted

MAX_BYTES = 20_000_000


def is_address(source: str | Path) -> bool:
    """Return whether `source` is meant as a web address, valid or not, and not as a path."""
    scheme, separator, _ = str(source).partition("://")
    return bool(separator) and scheme.isascii() and scheme.replace("+", "").replace("-", "").isalnum()


def read_source(source: str | Path) -> tuple[bytes, str]:
    """Return the content of the file or the http or https address `source`, and its name for messages.

    Raises ScheduleError, with a sentence for the person, if it cannot be read, is empty, or has over MAX_BYTES bytes.
    """
    if is_address(source):
        from clapmark.schedule import fetch  # # urllib is not needed by any other command

        address = fetch.web_scheme(str(source))
        name = fetch.name_of(address)
        data = fetch.download(address, MAX_BYTES)
    else:
        name = one_line(Path(source).name, 200) or "the schedule"
        data = _read(Path(source))
    if len(data) > MAX_BYTES:
        raise ScheduleError(
            f"{name} is larger than {MAX_BYTES // 1_000_000} MB, so it is not a schedule: is it the right file?"
        )
    if not data.strip():
        raise ScheduleError(f"{name} is empty. Download or export it again.")
    return data, name


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except OSError as error:
        reason = error.strerror or error
        raise ScheduleError(f"{path} cannot be read: {reason}. Check the path and try again.") from error
    except ValueError as error:  # a NUL in the path
        raise ScheduleError(f"{quoted(str(path))} is not the path of a file.") from error
