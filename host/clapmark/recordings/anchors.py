"""conferences/SLUG/anchors.json: which recording a talk has, and what ties it to the clock.

An object with `format`, `version` and `talks`: by talk id the video, its cuts and its anchors.
Positions and errors are in milliseconds. `worked_out` says what followed from the anchors when the file was written,
for people and other programs; clapmark itself reads the anchors: a later sync may know the time of a press better.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from clapmark.archive.archive import Archive
from clapmark.recordings.address import MAX_ADDRESS
from clapmark.recordings.position_text import MAX_POSITION_MS, MAX_UTC_MS
from clapmark.schedule.errors import ScheduleError
from clapmark.schedule.ids import is_id
from clapmark.schedule.readers.shape import Node, parse_json
from clapmark.schedule.text import quoted

FORMAT = "clapmark-anchors"
VERSION = 1
MAX_ANCHORS = 50
MAX_CUTS = 20
_MAX_BYTES = 20_000_000


@dataclass(frozen=True)
class StoredAnchor:
    """At the press of `bookmark`, or at a time of day where that is "", the recording was at `video_ms`.

    `utc_ms` is when that was, as far as it was known when the anchor was given; None if it was not known at all.
    """

    video_ms: int
    video_error_ms: int
    bookmark: str = ""
    utc_ms: int | None = None
    utc_error_ms: int = 0


@dataclass(frozen=True)
class TalkVideo:
    """All that is known of a talk's recording. An empty `video` means the schedule's recording link."""

    video: str = ""
    cuts_ms: tuple[int, ...] = ()
    anchors: tuple[StoredAnchor, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to keep."""
        return not (self.video or self.anchors or self.cuts_ms)


def anchors_path(archive: Archive, slug: str) -> Path:
    """Return where the anchors of a conference lie."""
    return archive.conference_path(slug, "anchors.json")


def read_anchors(archive: Archive, slug: str) -> dict[str, TalkVideo]:
    """Return what is known of the recordings of a conference, by talk id. Raises ScheduleError if it is damaged."""
    path = anchors_path(archive, slug)
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
    except FileNotFoundError:
        return {}
    name = f"{slug}/{path.name}"
    if len(data) > _MAX_BYTES:
        raise ScheduleError(f"{name} has more than 20 MB, which anchors never have. Take it from a backup.")
    return from_json(data, name)


def from_json(data: bytes, file: str = "anchors.json") -> dict[str, TalkVideo]:
    """Return what `to_json` wrote. The file may have been edited: nothing in it is trusted. Raises ScheduleError."""
    value = parse_json(data, file)
    root = Node(value, "", file)
    if root.text("format") != FORMAT:
        raise ScheduleError(f"{file} holds no anchors of Clapmark. Move it away, and align the talks again.")
    version = root.integer("version")
    if version != VERSION:
        raise ScheduleError(f"{file} is of version {version}, this clapmark reads version {VERSION}. Update clapmark.")
    talks = root.node("talks")
    found: dict[str, TalkVideo] = {}
    for talk_id in talks.names():
        if not is_id(talk_id):
            raise ScheduleError(f"{file}: {quoted(talk_id)} is no id of a talk. Correct it.")
        found[talk_id] = _talk(talks.node(talk_id), file)
    return found


def to_json(talks: Mapping[str, TalkVideo], worked_out: Mapping[str, Sequence[dict[str, object]]]) -> bytes:
    """Return `talks` as UTF-8 JSON, the same bytes for the same content; `worked_out` by talk id goes with them."""
    values = {talk_id: _value(talk) for talk_id, talk in talks.items() if not talk.is_empty}
    for talk_id, value in values.items():
        if worked_out.get(talk_id):
            value["worked_out"] = list(worked_out[talk_id])
    value = {"format": FORMAT, "version": VERSION, "talks": values}
    return (json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()


def _value(talk: TalkVideo) -> dict[str, object]:
    value: dict[str, object] = {"anchors": [_anchor_value(anchor) for anchor in talk.anchors]}
    if talk.video:
        value["video"] = talk.video
    if talk.cuts_ms:
        value["cuts"] = [{"video_ms": cut_ms} for cut_ms in talk.cuts_ms]
    return value


def _anchor_value(anchor: StoredAnchor) -> dict[str, object]:
    value: dict[str, object] = {"video_ms": anchor.video_ms, "video_error_ms": anchor.video_error_ms}
    if anchor.bookmark:
        value["bookmark"] = anchor.bookmark
    if anchor.utc_ms is not None:
        value |= {"utc_ms": anchor.utc_ms, "utc_error_ms": anchor.utc_error_ms}
    return value


def _talk(node: Node, file: str) -> TalkVideo:
    anchors = tuple(_anchor(part) for part in node.nodes("anchors"))
    cuts_ms = tuple(_bounded(part, "video_ms", MAX_POSITION_MS) for part in node.nodes("cuts"))
    if len(anchors) > MAX_ANCHORS or len(cuts_ms) > MAX_CUTS:
        raise ScheduleError(
            f"{file}, {node.place}: a recording has at most {MAX_ANCHORS} anchors and {MAX_CUTS} cuts. Correct it."
        )
    return TalkVideo(node.text("video")[:MAX_ADDRESS], cuts_ms, anchors)


def _anchor(node: Node) -> StoredAnchor:
    has_time = node.has("utc_ms")
    anchor = StoredAnchor(
        video_ms=_bounded(node, "video_ms", MAX_POSITION_MS),
        video_error_ms=_bounded(node, "video_error_ms", MAX_POSITION_MS),
        bookmark=node.text("bookmark"),
        utc_ms=_bounded(node, "utc_ms", MAX_UTC_MS) if has_time else None,
        utc_error_ms=_bounded(node, "utc_error_ms", MAX_UTC_MS) if has_time else 0,
    )
    if not anchor.bookmark and anchor.utc_ms is None:
        raise node.wrong("utc_ms", None, "a time, or a bookmark,")
    return anchor


def _bounded(node: Node, key: str, highest: int) -> int:
    value = node.integer(key)
    if not 0 <= value <= highest:
        raise node.wrong(key, value, f"a number from 0 to {highest}")
    return value
