"""What an export plug-in gets and gives. These names are an interface: other packages build on them."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from clapmark.base.errors import ClapmarkError
from clapmark.recordings.address import Video
from clapmark.schedule.model import Talk

_LINK = re.compile(r"!?\[([^\[\]]*)\]\([^()\s]*\)")
_MARKUP = re.compile(r"\*\*|__|`|(?<![\w*])\*(?=\S)|(?<=\S)\*(?![\w*])")
MAX_LABEL = 100  # characters of a chapter's or marker's name: players show one line


class ExportError(ClapmarkError):
    """What was asked for cannot be exported; the message says why, and what to do."""


@dataclass(frozen=True)
class Mark:
    """One bookmark. All texts are free of control characters; what they may mean to a format is the format's care."""

    id: str  # ten letters and digits, never changes
    tag: str
    utc_ms: int | None  # of the press; None if not known
    error_ms: int | None
    local_time: str  # of the conference, ISO 8601 with its offset; "" if not known
    length_ms: int  # of a passage, 0 for a moment
    position_ms: int | None  # of the press in the recording; None if not aligned, or not in it
    start_ms: int | None  # in the recording: where a link, clip or chapter begins, shortly before the press
    link: str  # opens the recording there, "" if nothing does
    words: str  # the person's own, from the post; may have lines
    quote: str  # what was said, on one line

    @property
    def clip_ms(self) -> int:
        """How long a passage lasts from `start_ms` on; 0 for a moment."""
        if not self.length_ms or self.position_ms is None or self.start_ms is None:
            return 0
        return self.position_ms + self.length_ms - self.start_ms

    @property
    def label(self) -> str:
        """What the mark is called in a list: the person's first line, else the tag and the beginning of the quote."""
        first = _MARKUP.sub("", _LINK.sub(r"\1", self.words.split("\n")[0])).strip()
        if not first:
            first = f"{self.tag}: {self.quote}" if self.quote else self.tag
        return first if len(first) <= MAX_LABEL else first[: MAX_LABEL - 1].rstrip() + "…"


@dataclass(frozen=True)
class TalkMarks:
    """One talk with its marks, by time."""

    conference: str  # its title
    slug: str
    talk: Talk
    video: Video | None
    is_aligned: bool
    end_ms: int | None  # where the talk ends in the recording, by the schedule
    marks: tuple[Mark, ...]

    @property
    def placed(self) -> list[tuple[int, Mark]]:
        """The marks in the recording, each with where its clip or chapter begins, in that order."""
        found = [(mark.start_ms, mark) for mark in self.marks if mark.start_ms is not None]
        return sorted(found, key=lambda pair: (pair[0], pair[1].id))


@dataclass(frozen=True)
class Result:
    """The file, and sentences for the person about what was merged or left out."""

    data: bytes
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Format:
    """An export format. `write` gets the talks and the options, and raises ExportError where it cannot."""

    name: str
    summary: str  # one line, for the list
    suffix: str  # of the file, with its dot
    write: Callable[[Sequence[TalkMarks], Mapping[str, str]], Result]
    per_talk: bool = False  # takes exactly one talk
    needs_recording: bool = False  # takes only talks that are aligned
    is_binary: bool = False
    options: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # name: its default, what it means
