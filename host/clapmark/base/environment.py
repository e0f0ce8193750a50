"""The world around a command, as one object that is handed in: streams, clock, variables, terminal or not."""

import os
import re
import sys
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from clapmark.base.errors import UsageError
from clapmark.base.foreign_text import json_text, printable


def _system_utc_ms() -> int:
    return time.time_ns() // 1_000_000


@dataclass
class Environment:
    """Where a command reads, writes and looks at the clock. Tests build their own."""

    stdout: TextIO = field(default_factory=lambda: sys.stdout)
    stderr: TextIO = field(default_factory=lambda: sys.stderr)
    variables: Mapping[str, str] = field(default_factory=lambda: os.environ)

    @property
    def is_terminal(self) -> bool:
        """Whether a person watches stderr, so that progress may be drawn there."""
        return self.stderr.isatty()

    def tell(self, message: str) -> None:
        """Write a message for the person to stderr, without anything that a terminal would obey."""
        print(printable(message), file=self.stderr)

    def give(self, data: str, styles: Collection[str] = ()) -> None:
        """Write lines of text to stdout, without anything that a terminal would obey but the sequences in `styles`."""
        if styles:
            pieces = re.split("|".join(f"({re.escape(style)})" for style in styles), data)
            data = "".join(piece if piece in styles else printable(piece) for piece in pieces if piece)
        else:
            data = printable(data)
        print(data, file=self.stdout)

    def give_json(self, value: object, indent: int | None = 2) -> None:
        """Write `value` as JSON to stdout; nothing is lost in any encoding of stdout."""
        encoding = (self.stdout.encoding or "utf-8").lower().replace("_", "-")
        print(json_text(value, indent, is_ascii=not encoding.startswith("utf")), file=self.stdout)

    def utc_ms(self) -> int:
        """Return the laptop's wall clock in milliseconds since 1970, UTC.

        `CLAPMARK_CLOCK` may name the `clock` file of a virtual device's state folder: then the laptop lives in the
        virtual device's time. The file holds two integers: UTC in milliseconds, and the monotonic clock in
        nanoseconds at which that was so. Raises UsageError if the file does not hold that.
        """
        path = self.variables.get("CLAPMARK_CLOCK")
        if not path:
            return _system_utc_ms()
        try:
            utc_ms, monotonic_ns = (int(word) for word in Path(path).read_text(encoding="ascii").split())
        except (OSError, ValueError) as error:
            raise UsageError(f"CLAPMARK_CLOCK names {path}, which is no virtual device's clock: {error}.") from error
        return utc_ms + (time.monotonic_ns() - monotonic_ns) // 1_000_000

    def utc_offset_s(self) -> int:
        """Return the laptop's local time minus UTC, in seconds."""
        offset = self.now().astimezone().utcoffset()
        return int(offset.total_seconds()) if offset else 0

    def now(self) -> datetime:
        """Return the wall clock as an aware datetime in UTC."""
        return datetime.fromtimestamp(self.utc_ms() / 1000, UTC)
