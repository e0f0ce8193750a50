"""The talk listing of PyCon US, saved as text: title, speakers, `Friday 2:30 p.m.–3 p.m. in Room A`, abstract.

    Title of the talk

    First Speaker, Second Speaker
    Saturday 11:30 a.m.–noon in Grand Ballroom C

    Abstract, one paragraph or several.

Titles, the lines of speakers and time, and abstracts are paragraphs between empty lines; talks may be in any order, and
the line of speakers may be missing. Text before the first title is the page's own heading.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from clapmark.base.errors import UsageError
from clapmark.schedule.errors import RecordError, ScheduleError
from clapmark.schedule.model import MAX_ABSTRACT, Schedule
from clapmark.schedule.normalise import Draft, build_schedule
from clapmark.schedule.readers.time_phrase import parse_times
from clapmark.schedule.text import quoted, without_html
from clapmark.schedule.zones import resolve_end, resolve_local

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# A line that begins like this is meant as the time of a talk, also if the rest turns out to be wrong.
_WHEN = re.compile(
    rf"\s*({'|'.join(_WEEKDAYS)}),?\s+((?:\d|noon|midnight)[^\n]{{0,60}}?)(?:\s+in\s+(\S[^\n]{{0,400}}))?\s*",
    re.IGNORECASE,
)
_LONG_TITLE = 150  # characters; a paragraph that is longer is an abstract
_TWO_TIMES = re.compile(r"(?:\dm?|m\.?|noon|night)\s*[-\u2010-\u2015\u2212]", re.IGNORECASE)


@dataclass
class _Line:
    number: int
    text: str


@dataclass
class _Found:
    """One talk's place in the text: which paragraph holds its time, and the line in it."""

    paragraph: int
    line: int
    when: re.Match[str]


def recognises(text: str) -> bool:
    """Return whether `text` holds a line that gives the time of a talk as PyCon US writes it."""
    return any(_when(line) for line in text.splitlines())


def read(text: str, *, file: str, zone: ZoneInfo, start: date | None, title: str, slug: str) -> Schedule:
    """Return the schedule in the listing `text`, whose weekdays are those from the date `start` on.

    `file` names the source in messages; empty `title` and `slug` are taken from the listing. Raises UsageError if
    `start` is None, ScheduleError if the text cannot be read.
    """
    if start is None:
        raise UsageError(f"{file} names weekdays, no dates: add the first day, such as --start 2019-05-03.")
    blocks = _paragraphs(text)
    talks = _find_talks(blocks)
    drafts: list[Draft] = []
    left_out: list[str] = []
    warnings: list[str] = []
    is_title_first = _has_titles_first(blocks, talks)
    if is_title_first:
        warnings.append("The abstracts come before the times here: the first paragraph of each talk is its title.")
    elif _has_long_titles(blocks, talks):
        raise ScheduleError(
            f"{file} has a long text in front of most times, where the title is expected: a title, an empty line, the "
            "speakers and the time, an empty line, the abstract. Save the page as text again, or use another format."
        )
    for position, talk in enumerate(talks):
        body_end = talks[position + 1].paragraph - 1 if position + 1 < len(talks) else len(blocks)
        before = talks[position - 1].paragraph if position else -1
        line = blocks[talk.paragraph][talk.line]
        try:
            if talk.paragraph - 1 <= before:
                raise RecordError(
                    file,
                    f"line {line.number}: no title is before {quoted(line.text)}; expected a title, an empty line, the "
                    "speakers and the time",
                )
            if is_title_first:
                first = before + 1 if position else _first_title(blocks, talk.paragraph)
                drafts.append(_draft(blocks, talk, first, (first + 1, talk.paragraph), file, zone, start, warnings))
            else:
                body = talk.paragraph + 1, body_end
                drafts.append(_draft(blocks, talk, talk.paragraph - 1, body, file, zone, start, warnings))
        except RecordError as error:
            left_out.append(error.fact)
    if drafts and all(draft.start.date() != start for draft in drafts):
        weekday = _WEEKDAYS[start.weekday()].title()
        warnings.append(f"No talk is on {start}, which is a {weekday}: is --start the first day?")
    heading = blocks[0][0].text if blocks and talks and talks[0].paragraph > 1 else ""
    return build_schedule(
        drafts, file=file, title=title or heading, zone=zone, slug=slug, url="", warnings=warnings, left_out=left_out
    )


def _has_titles_first(blocks: list[list[_Line]], talks: list[_Found]) -> bool:
    """Return whether each talk is title, abstract, speakers and time: then nothing follows the last time."""
    if len(talks) < 2 or talks[-1].paragraph != len(blocks) - 1 or talks[-1].line != len(blocks[-1]) - 1:
        return False
    gaps = [(one.paragraph, other.paragraph) for one, other in pairwise(talks)]
    return all(
        other - one > 2 and len(_paragraph(blocks[one + 1])) <= _LONG_TITLE < len(_paragraph(blocks[other - 1]))
        for one, other in gaps
    )


def _has_long_titles(blocks: list[list[_Line]], talks: list[_Found]) -> bool:
    titles = [_paragraph(blocks[talk.paragraph - 1]) for talk in talks if talk.paragraph]
    return sum(len(title) > 2 * _LONG_TITLE for title in titles) * 2 > len(talks)


def _first_title(blocks: list[list[_Line]], paragraph: int) -> int:
    """Return the paragraph of the first talk's title: the last short one before its abstract."""
    for number in range(paragraph - 1, 0, -1):
        if len(_paragraph(blocks[number])) > _LONG_TITLE >= len(_paragraph(blocks[number - 1])):
            return number - 1
    return 0


def _paragraph(block: list[_Line]) -> str:
    return " ".join(line.text for line in block)


def _when(line: str) -> re.Match[str] | None:
    match = _WHEN.fullmatch(line)
    return match if match and _TWO_TIMES.search(match[2]) else None


def _paragraphs(text: str) -> list[list[_Line]]:
    blocks: list[list[_Line]] = [[]]
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            blocks[-1].append(_Line(number, line.strip()))
        elif blocks[-1]:
            blocks.append([])
    return [block for block in blocks if block]


def _find_talks(blocks: list[list[_Line]]) -> list[_Found]:
    found = []
    for paragraph, block in enumerate(blocks):
        for line, content in enumerate(block):
            when = _when(content.text)
            if when:
                found.append(_Found(paragraph, line, when))
    return found


def _draft(
    blocks: list[list[_Line]],
    talk: _Found,
    title: int,
    body: tuple[int, int],
    file: str,
    zone: ZoneInfo,
    start: date,
    warnings: list[str],
) -> Draft:
    """Return the draft of a talk whose title is the paragraph `title`, and its abstract those of the range `body`."""
    block = blocks[talk.paragraph]
    place = f"line {block[talk.line].number}"
    first, last = _moments(talk.when, place, file, zone, start, warnings)
    abstract = [block[talk.line + 1 :], *blocks[body[0] : body[1]]]
    names = ", ".join(line.text for line in block[: talk.line])
    return Draft(
        title=_paragraph(blocks[title]),
        start=first,
        end=last,
        place=place,
        room=talk.when[3] or "",
        speakers=tuple(name.strip() for name in names.split(",") if name.strip()),
        abstract=without_html(
            "\n\n".join("\n".join(line.text for line in lines) for lines in abstract if lines), MAX_ABSTRACT
        ),
    )


def _moments(
    when: re.Match[str], place: str, file: str, zone: ZoneInfo, start: date, warnings: list[str]
) -> tuple[datetime, datetime]:
    day = start + timedelta(days=(_WEEKDAYS.index(when[1].lower()) - start.weekday()) % 7)
    try:
        first_clock, last_clock = parse_times(when[2])
    except ValueError as error:
        raise RecordError(file, f"{place}: {quoted(when[0])} cannot be understood: {error}") from error
    first, warning = resolve_local(day, first_clock, zone)
    last, last_warning = resolve_end(first, last_clock, zone)
    warnings.extend(f"{place}: {text}." for text in (warning, last_warning) if text)
    return first, last
