"""Which bookmarks the person deleted: their bullets were written into a post, and the person took them out.

A deleted bookmark stays in the journal and counts nowhere else: not in `show`, `search`, the index, exports, reports
or timelines. `clapmark assign --drop` does the same without a post (`bookmarks.assignments.read_drops`).
"""

from collections.abc import Iterable
from datetime import date, timedelta

from clapmark.archive.archive import Archive
from clapmark.bookmarks.assignments import read_drops
from clapmark.bookmarks.linker import Linked
from clapmark.posts.ids import QUOTE, mark_ids
from clapmark.posts.write_log import Written

_MOST_DAYS = 400  # of a conference with a post for each day


def deleted_bookmarks(written: Written, posts: Iterable[bytes]) -> frozenset[str]:
    """Return the ids of the bookmarks whose bullets the person deleted. Pure.

    Args:
        written: the list of what was written for one conference (written.log).
        posts: the bytes of all posts of that conference that exist. Without any the answer is empty: a post that was
            moved or not pulled yet says nothing about its bullets.

    """
    texts = [data.decode("utf-8", "replace") for data in posts]
    if not texts:
        return frozenset()
    gone = {name for name in written.bullets() if not name.endswith(QUOTE) and written.was_deleted(name)}
    return frozenset(gone.difference(*(mark_ids(text) for text in texts)))


def read_deleted(archive: Archive, slug: str, first: date, last: date) -> frozenset[str]:
    """Return the ids of the bookmarks whose bullets the person deleted from the posts of a conference. Reads only.

    `first` and `last` are the days of the conference, both included: each may have a post of its own.
    """
    path = archive.written_path(slug)
    if not path.exists():
        return frozenset()
    days = [""]
    if archive.has_daily_posts(slug):
        count = min((last - first).days + 1, _MOST_DAYS)
        days = [(first + timedelta(days=number)).isoformat() for number in range(max(count, 1))]
    posts = [archive.post_path(slug, day) for day in days]
    return deleted_bookmarks(Written(path.read_bytes()), [post.read_bytes() for post in posts if post.is_file()])


def that_count(archive: Archive, linked: Iterable[Linked], deleted: dict[str, frozenset[str]]) -> list[Linked]:
    """Return the bookmarks that count: not taken back on the device, not dropped, not deleted in their post.

    `deleted` holds the ids of `read_deleted` by conference. A bookmark that was assigned to another conference counts
    there again, since that post has not lost it.
    """
    drops = read_drops(archive)
    return [
        one
        for one in linked
        if not one.bookmark.undone
        and one.bookmark.id not in drops
        and one.bookmark.id not in deleted.get(one.slug or "", ())
    ]
