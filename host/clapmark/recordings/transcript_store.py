"""Stores transcripts in the archive: conferences/SLUG/transcripts/talk-ID.json."""

from pathlib import Path

from clapmark.archive.archive import Archive
from clapmark.recordings.recordings import Recordings
from clapmark.recordings.transcript import MAX_FILE_BYTES, Transcript, TranscriptError, from_json
from clapmark.schedule.ids import is_id
from clapmark.schedule.model import Talk


def transcript_path(archive: Archive, slug: str, talk_id: str) -> Path:
    """Return where the transcript of a talk lies. Raises TranscriptError for an id that no talk can have."""
    if not is_id(talk_id):
        raise TranscriptError("A transcript belongs to a talk; this is not a talk's id. Load the schedule again.")
    # with a word before it: Windows has names such as con and aux that no file can have
    return archive.conference_path(slug, f"transcripts/talk-{talk_id}.json")


def transcript_of(archive: Archive, recordings: Recordings, talk: Talk) -> Transcript | None:
    """Return the transcript of a talk's recording: its own, else that of another talk in the same recording."""
    slug = recordings.schedule.slug
    found = (read_transcript(archive, slug, talk_id) for talk_id in recordings.in_the_same(talk))
    return next((transcript for transcript in found if transcript is not None), None)


def read_transcript(archive: Archive, slug: str, talk_id: str) -> Transcript | None:
    """Return the transcript of a talk, or None if it has none. Raises TranscriptError if it is damaged."""
    path = transcript_path(archive, slug, talk_id)
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError:
        return None
    return from_json(data, f"{slug}/transcripts/{path.name}")
