"""conferences/SLUG/crowd.json: what the hub last said of a conference, so that posts and exports need no network."""

import json

from clapmark.archive.archive import Archive
from clapmark.base import durable
from clapmark.base.errors import ClapmarkError
from clapmark.conference import Conference
from clapmark.crowd.collect import talk_names
from clapmark.crowd.moments import TalkCrowd
from clapmark.crowd.published import Published, published_values, read_published

FILE_NAME = "crowd.json"


def read_crowd(archive: Archive, slug: str) -> Published | None:
    """Return what was fetched last, or None. Raises ClapmarkError for a file that is damaged."""
    path = archive.conference_path(slug, FILE_NAME)
    try:
        return read_published(json.loads(path.read_bytes()))
    except FileNotFoundError:
        return None
    except (ValueError, RecursionError) as error:  # WireError is a ValueError
        raise ClapmarkError(f"{path} is damaged: {error}. Delete it; `clapmark crowd` fetches it again.") from error


def crowd_of(conference: Conference) -> dict[str, TalkCrowd]:
    """Return the crowds of a conference's talks as they were fetched last, by talk id. Raises ClapmarkError."""
    published = read_crowd(conference.archive, conference.slug)
    if published is None:
        return {}
    names = talk_names(conference.schedule)
    found = {talk.id: published.crowd(names[talk.id]) for talk in conference.schedule.talks}
    return {talk_id: crowd for talk_id, crowd in found.items() if crowd is not None and crowd.moments}


def write_crowd(archive: Archive, slug: str, published: Published) -> bool:
    """Keep what a hub said; return whether the file changed. Raises OSError."""
    path = archive.writable(archive.conference_path(slug, FILE_NAME))
    text = json.dumps(published_values(published), ensure_ascii=False, indent=1)
    return durable.replace_file(path, f"{text}\n".encode())
