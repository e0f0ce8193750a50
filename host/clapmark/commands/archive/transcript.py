"""`clapmark transcript`: attach a transcript to a talk."""

from pathlib import Path

import click

from clapmark.base import durable
from clapmark.base.environment import Environment
from clapmark.base.errors import ExitCode, UsageError
from clapmark.base.words import counted
from clapmark.bookmarks.lookup import shown_tag
from clapmark.commands.options import (
    archive_option,
    conference_option,
    find_talk,
    json_option,
    open_conference,
    talk_argument,
)
from clapmark.recordings.alignment import Lies
from clapmark.recordings.captions import parse_captions
from clapmark.recordings.position_text import position_text
from clapmark.recordings.quote import quote
from clapmark.recordings.sentences import sentences_of
from clapmark.recordings.transcript import MAX_FILE_BYTES, Transcript, to_json
from clapmark.recordings.transcript_store import transcript_path


@click.command("transcript", short_help="Attach a transcript to a talk.")
@talk_argument(is_required=True)
@click.argument("captions", required=False, metavar="[FILE]", type=click.Path(path_type=Path))
@click.option("--remove", is_flag=True, help="Remove the transcript from the archive.")
@click.option("--dry-run", is_flag=True, help="Preview the quotations; write nothing.")
@json_option
@conference_option
@archive_option
@click.pass_obj
def command(
    environment: Environment,
    talk: str,
    captions: Path | None,
    remove: bool,
    dry_run: bool,
    as_json: bool,
    slug: str | None,
    folder: Path,
) -> int:
    """Attach the transcript in FILE to TALK (its id, or a part of its title): WebVTT, SRT, or Whisper's JSON.

    Then the words around each press go under its bullet as a quotation. Without FILE, show what is quoted. The talk
    must be aligned with its recording for that: `clapmark align TALK`.

    \b
    Examples:
      clapmark transcript asyncio talk.en.vtt
      clapmark transcript asyncio
      whisper talk.mp4 --output_format json --word_timestamps True && clapmark transcript asyncio talk.json
    """
    conference = open_conference(folder, slug)
    archive, schedule = conference.archive, conference.schedule
    chosen = find_talk(schedule, talk)
    path = transcript_path(archive, schedule.slug, chosen.id)
    if captions and remove:
        raise UsageError("--remove takes no file.")
    if remove:
        with archive.lock(dry_run=dry_run):
            is_there = path.exists()
            if is_there and not dry_run:
                path.unlink()
                durable.sync_folder(path.parent)
        environment.tell(f"{'Removed' if not dry_run else 'Would remove'} {path}." if is_there else "There is none.")
        return int(ExitCode.OK)
    recordings = conference.recordings
    if captions is None:
        transcript = conference.transcript(chosen)
        if transcript is None:
            raise UsageError(f"“{chosen.title}” has no transcript yet: give a file with captions after the talk.")
    else:
        transcript, notes = _load(captions)
        for note in notes:
            environment.tell(f"Note: {note}")
        data = to_json(transcript)
        if not dry_run:
            with archive.lock(dry_run=dry_run):
                durable.replace_file(archive.writable(path), data)
    windows = conference.windows
    rows = []
    for bookmark in conference.of(chosen):
        position = recordings.position(chosen, bookmark)
        if position.lies is Lies.INSIDE:
            words = quote(transcript, position.ms, bookmark.length_ms, windows.of(bookmark.tag))
            rows.append((bookmark.id, shown_tag(bookmark), position.ms, words))
    if as_json:
        quotes = [dict(zip(("id", "tag", "video_ms", "quote"), row, strict=True)) for row in rows]
        count = len(transcript.sentences)
        values = {"id": chosen.id, "source": transcript.source, "sentences": count, "quotes": quotes}
        environment.give_json(values)
    else:
        for _, tag, position_ms, words in rows:
            environment.give(f"{position_text(position_ms)}  {tag}  {words or '(nothing was said)'}")
    if not recordings.alignment(chosen).segments:
        environment.tell("The talk is not aligned with its recording, so nothing can be quoted: clapmark align TALK.")
    if captions is not None:
        last = transcript.sentences[-1].end_ms
        done = "Would keep" if dry_run else "Kept"
        environment.tell(f"{done} {counted(len(transcript.sentences), 'sentence')} up to {position_text(last)}.")
        if not dry_run and rows:
            environment.tell("Next: `clapmark notes` puts the quotations under the bullets.")
    return int(ExitCode.OK)


def _load(path: Path) -> tuple[Transcript, list[str]]:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from error
    captions = parse_captions(data, path.name)
    return Transcript(captions.kind, sentences_of(captions.cues)), captions.notes
