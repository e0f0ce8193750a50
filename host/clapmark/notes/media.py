"""What the recording of a talk gives to its notes: deep links, quotations, the video itself.

This is the door through which video and transcripts come into the posts. `read_media` gathers it from the archive;
notes only ever sees the two small records below, and treats every text in them as a stranger's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from clapmark.bookmarks.fold import Bookmark
from clapmark.conference import Conference
from clapmark.crowd.crowd_store import crowd_of
from clapmark.crowd.moments import TalkCrowd
from clapmark.recordings.address import Site
from clapmark.recordings.alignment import Lies
from clapmark.recordings.quote import Windows, quote
from clapmark.recordings.recordings import Recordings
from clapmark.recordings.transcript import Transcript
from clapmark.schedule.model import Talk


@dataclass(frozen=True)
class BookmarkMedia:
    """What is known of one bookmark. Empty where nothing is."""

    link_url: str = ""  # http or https, leads to the moment in the video
    position_ms: int | None = None  # of the press in the video; shown as 12:31
    quote: str = ""  # what was said around the press; becomes one line


@dataclass(frozen=True)
class CrowdMoment:
    """A moment that many people marked."""

    at_ms: int  # from the talk's start
    people: int
    tags: tuple[tuple[str, int], ...] = ()
    link_url: str = ""


@dataclass(frozen=True)
class TalkMedia:
    """What is known of one talk's recording. Empty where nothing is."""

    video_url: str = ""  # http or https
    youtube_id: str = ""  # eleven characters, where the video is on YouTube
    crowd: tuple[CrowdMoment, ...] = ()


@dataclass(frozen=True)
class Media:
    """By bookmark id, and by (slug of the conference, talk id)."""

    bookmarks: Mapping[str, BookmarkMedia] = field(default_factory=dict)
    talks: Mapping[tuple[str, str], TalkMedia] = field(default_factory=dict)


NO_MEDIA = Media()


def read_media(conference: Conference) -> Media:
    """Return what the archive knows of the recordings of a conference's talks that have bookmarks. Reads only.

    Raises ScheduleError for a damaged anchors.json, TranscriptError for a damaged transcript, UsageError for settings.
    """
    recordings, windows = conference.recordings, conference.windows
    bookmarks: dict[str, BookmarkMedia] = {}
    talks: dict[tuple[str, str], TalkMedia] = {}
    shown: set[tuple[str, str]] = set()
    by_talk: dict[str, list[Bookmark]] = {}
    for link in conference.linked:
        if link.talk is not None and link.slug == conference.slug and not link.bookmark.undone:
            by_talk.setdefault(link.talk.id, []).append(link.bookmark)
    crowd = crowd_of(conference) if conference.archive.settings.has_crowd else {}
    for talk in conference.schedule.talks:
        marked = by_talk.get(talk.id)
        if not marked:
            continue
        video = recordings.video(talk)
        # a recording of many talks, such as lightning talks, is shown by the first of them that has bookmarks
        if video is not None and video.site is not Site.FILE and video.key not in shown:
            shown.add(video.key)
            youtube_id = video.id if video.site is Site.YOUTUBE else ""
            talks[conference.slug, talk.id] = TalkMedia(video.address, youtube_id)
        if talk.id in crowd:
            shows = talks.get((conference.slug, talk.id), TalkMedia())
            talks[conference.slug, talk.id] = replace(shows, crowd=_of_crowd(recordings, talk, crowd[talk.id]))
        if recordings.alignment(talk).segments:
            transcript = conference.transcript(talk)
            found = {bookmark.id: _of_bookmark(recordings, talk, bookmark, transcript, windows) for bookmark in marked}
            bookmarks.update({name: media for name, media in found.items() if media})
    return Media(bookmarks, talks)


def _of_crowd(recordings: Recordings, talk: Talk, crowd: TalkCrowd) -> tuple[CrowdMoment, ...]:
    found = []
    for moment in crowd.moments:
        utc_ms = (talk.start_utc_s + moment.at_s) * 1000
        link = recordings.link_at(talk, utc_ms, moment.length_s * 1000)
        found.append(CrowdMoment(moment.at_s * 1000, moment.people, moment.tags, link))
    return tuple(found)


def _of_bookmark(
    recordings: Recordings, talk: Talk, bookmark: Bookmark, transcript: Transcript | None, windows: Windows
) -> BookmarkMedia | None:
    position = recordings.position(talk, bookmark)
    if position.lies is not Lies.INSIDE:
        return None
    words = ""
    if transcript is not None:
        words = quote(transcript, position.ms, bookmark.length_ms, windows.of(bookmark.tag))
    return BookmarkMedia(recordings.link(talk, bookmark), position.ms, words)
