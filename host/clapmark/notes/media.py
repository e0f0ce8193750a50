"""What the recording of a talk gives to its notes: deep links, quotations, the video itself.

This is the door through which video and transcripts come into the posts. `read_media` gathers it from the archive;
notes only ever sees the two small records below, and treats every text in them as a stranger's.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from clapmark.archive import Archive
from clapmark.linking import Linked
from clapmark.schedule.model import Schedule


@dataclass(frozen=True)
class BookmarkMedia:
    """What is known of one bookmark. Empty where nothing is."""

    link_url: str = ""  # http or https, leads to the moment in the video
    position_ms: int | None = None  # of the press in the video; shown as 12:31
    quote: str = ""  # what was said around the press; becomes one line


@dataclass(frozen=True)
class TalkMedia:
    """What is known of one talk's recording. Empty where nothing is."""

    video_url: str = ""  # http or https
    youtube_id: str = ""  # eleven characters, where the video is on YouTube


@dataclass(frozen=True)
class Media:
    """By bookmark id, and by (slug of the conference, talk id)."""

    bookmarks: Mapping[str, BookmarkMedia] = field(default_factory=dict)
    talks: Mapping[tuple[str, str], TalkMedia] = field(default_factory=dict)


NO_MEDIA = Media()


def read_media(archive: Archive, schedules: Mapping[str, Schedule], linked: Iterable[Linked]) -> Media:
    """Return what the archive knows of the recordings of these bookmarks' talks. Reads only."""
    return NO_MEDIA
