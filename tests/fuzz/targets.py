"""What is fuzzed: everything that reads bytes which other people made. Each target takes bytes and holds a promise.

A target returns True if it took the input, False if it refused it in a sentence; anything else it raises is a defect.
"""

import io
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from clapmark.archive.journals import parse_log
from clapmark.archive.wall_time import Clock
from clapmark.base.errors import ClapmarkError, ConflictError
from clapmark.bookmarks.fold import fold_bookmarks, fold_visits
from clapmark.index.posts import texts_of_post
from clapmark.posts.flavours import FLAVOURS
from clapmark.posts.write_log import Written
from clapmark.recordings.captions import parse_captions
from clapmark.recordings.sentences import sentences_of
from clapmark.recordings.transcript import TranscriptError
from clapmark.schedule import from_json, is_id, is_slug, to_device_format, to_json
from clapmark.schedule.load import parse_schedule
from firmware.core.schedule import Schedule as DeviceSchedule
from tests.support.archive.conference import small_conference
from tests.support.archive.journal_text import DEVICE, EPOCH
from tests.support.archive.notes_archive import afternoon

FIXTURES = Path(__file__).parents[1] / "fixtures"
GOLDEN = Path(__file__).parents[1] / "e2e" / "golden"
ZONE = ZoneInfo("Europe/Berlin")
CONFERENCE = small_conference()

CAPTIONS = (
    b"WEBVTT\n\n00:01.000 --> 00:02.500 align:start\n<c>Hello</c> there.\n",
    b"1\n00:00:01,000 --> 00:00:02,500\nHello there.\n\n2\n00:00:03,000 --> 00:00:04,000\nAnd on.\n",
    b'{"segments": [{"start": 1.0, "end": 2.5, "text": " Hello there.", "words": [{"word": "Hello", "start": 1.0}]}]}',
)


def _is_sentence(error: ClapmarkError) -> None:
    text = str(error)
    assert text.isprintable() and text.endswith((".", "?", "!", ")", "FILE")), text


def schedules(data: bytes) -> bool:
    """A schedule is refused in a sentence, or comes back from the archive as it is, harmless, and fits the device."""
    try:
        schedule = parse_schedule(data, "file", zone=ZONE, start=date(2019, 5, 3))
    except ClapmarkError as error:
        _is_sentence(error)
        return False
    assert is_slug(schedule.slug)
    assert from_json(to_json(schedule)) == schedule
    for talk in schedule.talks:
        assert is_id(talk.id)
        assert all(text.isprintable() for text in (talk.title, talk.room, talk.track, *talk.speakers)), talk
        assert all(url == "" or url.startswith(("http://", "https://")) for url in (talk.url, talk.recording_url))
    on_device = DeviceSchedule(io.BytesIO(to_device_format(schedule)))
    assert on_device.count == sum(not talk.vanished for talk in schedule.talks)
    return True


def records(data: bytes) -> bool:
    """A log of any bytes gives journal, wall times and bookmarks; nothing in it is lost without being told."""
    journal = parse_log(DEVICE, EPOCH, data)
    clock = Clock(journal.records)
    bookmarks = fold_bookmarks(journal, clock)
    fold_visits(journal, clock)
    assert all(len(bookmark.id) == 10 for bookmark in bookmarks)
    whole = {entry.line for entry in journal.records}
    lines = [line + b"\n" for line in data.split(b"\n")]
    told = {piece.line.rstrip(b"\n") for piece in journal.damaged}
    for line in lines:
        rest = line.rstrip(b"\n")
        assert line in whole or rest in told or any(one.startswith(rest) for one in whole) or not rest
    return bool(whole)


def captions(data: bytes) -> bool:
    """Captions are refused in a sentence, or give sentences in the order of time."""
    try:
        cues = parse_captions(data, "file").cues
    except TranscriptError as error:
        _is_sentence(error)
        return False
    sentences_of(cues)
    return True


def posts(data: bytes) -> bool:
    """Any post of any flavour gives texts, or is refused for its markers."""
    flavour = list(FLAVOURS.values())[len(data) % len(FLAVOURS)]
    try:
        texts = texts_of_post(data, CONFERENCE, flavour, Written(b""))
    except ConflictError:
        return False
    assert all(text.text.isprintable() for text in texts)
    return True


TARGETS = {
    "schedules": (schedules, [path.read_bytes() for path in sorted(FIXTURES.iterdir()) if path.is_file()]),
    "records": (records, [afternoon().data]),
    "captions": (captions, list(CAPTIONS)),
    "posts": (posts, [path.read_bytes() for path in sorted(GOLDEN.glob("*.md"))]),
}
