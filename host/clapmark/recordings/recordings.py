"""The recordings of one conference: for each talk its video, and the position of each bookmark in it."""

from collections.abc import Iterable, Mapping
from zoneinfo import ZoneInfo

from clapmark.archive.wall_time import WallTime
from clapmark.base.errors import UsageError
from clapmark.bookmarks.fold import Bookmark
from clapmark.recordings.address import Video, parse_video
from clapmark.recordings.alignment import Alignment, Anchor, Lies, Moment, Position, Segment, align, moment_of
from clapmark.recordings.anchors import StoredAnchor, TalkVideo
from clapmark.recordings.lead import Leads
from clapmark.recordings.position_text import local_time
from clapmark.schedule.model import Schedule, Talk
from clapmark.schedule.text import one_line

_NOT_ALIGNED = Alignment(())
NO_LEAD = Leads(0)


class Recordings:
    """Finds video and position. Where several talks share a recording, aligning one of them aligns all.

    What cannot be used, an address or anchors that contradict each other by now, is a sentence in `problems`.
    """

    def __init__(
        self,
        schedule: Schedule,
        stored: Mapping[str, TalkVideo],
        bookmarks: Iterable[Bookmark],
        leads: Leads = NO_LEAD,
    ) -> None:
        """`stored` is the content of anchors.json; the anchors' bookmarks are looked for among `bookmarks`."""
        self._leads = leads
        self.schedule = schedule
        self.stored = stored
        self.problems: list[str] = []
        self._zone = ZoneInfo(schedule.zone)
        self._bookmarks = {bookmark.id: bookmark for bookmark in bookmarks}
        self._videos: dict[str, Video | None] = {}
        self._alignments: dict[str, Alignment] = {}
        self._sharing: dict[tuple[str, str], str] = {}  # by video: the talk whose anchors hold for it
        self._shown_by: dict[tuple[str, str], list[str]] = {}  # by video: the talks in it, in the schedule's order
        for talk in schedule.talks:
            self._videos[talk.id] = self._parse(talk)
        for talk in schedule.talks:
            video = self._videos[talk.id]
            if video:
                self._shown_by.setdefault(video.key, []).append(talk.id)
                if self.of(talk).anchors:
                    self._sharing.setdefault(video.key, talk.id)

    def of(self, talk: Talk) -> TalkVideo:
        """Return what is stored of a talk's recording."""
        return self.stored.get(talk.id, TalkVideo())

    def video(self, talk: Talk) -> Video | None:
        """Return the recording of a talk: the one it was given, else the schedule's link, else None."""
        return self._videos.get(talk.id)

    def in_the_same(self, talk: Talk) -> list[str]:
        """Return the ids of the talks that are in the recording of `talk`, this one first; only it without any."""
        video = self.video(talk)
        others = self._shown_by.get(video.key, []) if video else []
        return [talk.id, *(talk_id for talk_id in others if talk_id != talk.id)]

    def aligned_through(self, talk: Talk) -> str:
        """Return the id of the talk whose anchors hold for this one, usually its own; "" if it is not aligned."""
        if self.of(talk).anchors:
            return talk.id
        video = self.video(talk)
        return self._sharing.get(video.key, "") if video else ""

    def alignment(self, talk: Talk) -> Alignment:
        """Return the alignment of a talk's recording; one without segments if nothing is known or usable."""
        through = self.aligned_through(talk)
        if not through:
            return _NOT_ALIGNED
        if through not in self._alignments:
            try:
                self._alignments[through] = self.aligned(self.stored[through])
            except UsageError as error:
                self._alignments[through] = _NOT_ALIGNED
                self.problems.append(f"The recording of {through} is no longer aligned: {error}")
        return self._alignments[through]

    def aligned(self, talk_video: TalkVideo) -> Alignment:
        """Return the alignment that anchors and cuts give. Raises UsageError where they contradict each other."""
        return align([self._anchor(anchor) for anchor in talk_video.anchors], talk_video.cuts_ms)

    def position(self, talk: Talk, bookmark: Bookmark) -> Position:
        """Return the position of a bookmark in the recording of its talk."""
        return self.alignment(talk).position(moment_of(bookmark))

    def link(self, talk: Talk, bookmark: Bookmark) -> str:
        """Return the address that opens the recording at a bookmark; "" where there is none."""
        video, position = self.video(talk), self.position(talk, bookmark)
        if video is None or position.lies is not Lies.INSIDE:
            return ""
        start_ms = self.start_ms(talk, bookmark, position.ms)
        return video.at(start_ms, position.ms + bookmark.length_ms - start_ms if bookmark.length_ms else 0)

    def position_at(self, talk: Talk, utc_ms: int) -> Position:
        """Return the position of a time of day in the recording of a talk."""
        return self.alignment(talk).position(Moment(WallTime(utc_ms, utc_ms)))

    def link_at(self, talk: Talk, utc_ms: int, length_ms: int = 0) -> str:
        """Return the address that opens the recording at a time of day; "" where there is none."""
        video, position = self.video(talk), self.position_at(talk, utc_ms)
        return video.at(position.ms, length_ms) if video is not None and position.lies is Lies.INSIDE else ""

    def start_ms(self, talk: Talk, bookmark: Bookmark, position_ms: int) -> int:
        """Return where a link or clip of a press at `position_ms` begins: earlier by its tag's lead.

        Never before the beginning of the recording, or of the part between two cuts.
        """
        segments = self.alignment(talk).segments
        first_ms = max((one.from_ms for one in segments if one.from_ms <= position_ms), default=0)
        return max(position_ms - self._leads.of(bookmark.tag), first_ms)

    def end_ms(self, talk: Talk) -> int | None:
        """Return where the talk ends in its recording by the schedule; None if that is not known or not in it."""
        position = self.position_at(talk, talk.end_utc_s * 1000)
        return position.ms if position.lies is Lies.INSIDE else None

    def worked_out(self, talk: Talk) -> tuple[dict[str, object], ...]:
        """Return what the anchors of a talk come to, one object for each segment, as anchors.json tells it."""
        if not self.of(talk).anchors:
            return ()
        return tuple(self._told(segment) for segment in self.alignment(talk).segments)

    def _told(self, segment: Segment) -> dict[str, object]:
        first = segment.anchors[0]
        start = None
        if first.moment.when.utc_ms is not None:
            utc_ms = round(first.moment.when.utc_ms - first.video_ms / segment.rate)
            start = local_time(utc_ms, self._zone).isoformat(timespec="milliseconds")
        wall_error_ms = 0 if first.moment.boot else first.moment.when.error_ms or 0
        kinds = ["bookmark" if anchor.moment.boot else "time of day" for anchor in segment.anchors]
        return {
            "from_ms": segment.from_ms,
            "method": " and ".join(kinds),
            "zero": start,  # when the recording would have begun, had it run like this from its beginning
            "rate": round(segment.rate, 6),
            "error_ms": first.error_ms + wall_error_ms,
        }

    def _anchor(self, stored: StoredAnchor) -> Anchor:
        bookmark = self._bookmarks.get(stored.bookmark)
        if bookmark is not None:
            moment = moment_of(bookmark)
            name = f"the bookmark {self.time_text(moment.when)}".rstrip()
        else:
            utc_ms, error_ms = stored.utc_ms, stored.utc_error_ms
            when = WallTime() if utc_ms is None else WallTime(utc_ms - error_ms, utc_ms + error_ms)
            moment = Moment(when)
            name = f"the bookmark {one_line(stored.bookmark, 20)}" if stored.bookmark else self.time_text(when)
        return Anchor(moment, stored.video_ms, stored.video_error_ms, name)

    def time_text(self, when: WallTime) -> str:
        """Return the local time of day in the conference's zone; "" if it is not known."""
        if when.utc_ms is None:
            return ""
        return local_time(when.utc_ms, self._zone).strftime("%H:%M:%S")

    def _parse(self, talk: Talk) -> Video | None:
        text = self.of(talk).video or talk.recording_url
        if not text:
            return None
        try:
            return parse_video(text)
        except UsageError as error:
            self.problems.append(f"{talk.id} has no recording that can be used: {error}")
            return None
