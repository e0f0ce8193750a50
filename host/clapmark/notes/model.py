"""A talk's section of a post, and its bullets, as clapmark would write them."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Bullet:
    """One bullet: the bookmark's id, and its texts in Markdown, each on one line.

    `link` leads to the moment in the video and is part of `text`, not of `bare_text`. `quote` is the line under the
    bullet, "" for none; `quote_with_link` is used if the person edited the bullet, so that the link cannot go into it.
    """

    id: str
    text: str
    bare_text: str = ""  # "": as `text`
    link: str = ""
    quote: str = ""
    quote_with_link: str = ""


@dataclass(frozen=True)
class Section:
    """One talk of the schedule, or the heading over a lightning session, as clapmark would write it.

    `title_keys` say which heading of the post is its own; `parent` is the key of the session it belongs to. A section
    that is not `wanted` is only known for its place among the others.
    """

    key: str
    title_keys: tuple[str, ...]
    parent: str = ""
    title: str = ""  # the talk's, as the schedule has it: decides between headings that differ only in accents
    is_session: bool = False  # a heading over the talks whose parent it is
    wanted: bool = False
    heading: str = ""  # all that follows in Markdown, lines without line ends
    lead: Callable[[], tuple[str, ...]] = tuple  # asked for only when the section is made
    block_lead: Callable[[], tuple[str, ...]] = tuple  # instead, by the person's template: first inside the markers
    tail: tuple[str, ...] = ()
    bullets: tuple[Bullet, ...] = ()
    video: str = ""  # the line that shows the talk's video, first in the block
