"""Where the posts of a conference are."""

import glob
from pathlib import Path

from clapmark.archive.archive import Archive
from clapmark.archive.inside import regular


def post_paths(archive: Archive, slug: str) -> list[Path]:
    """Return the paths of the posts of a conference: one that may not exist, or those of its days that do."""
    if not archive.has_daily_posts(slug):
        return [archive.post_path(slug)]
    day = "0000-00-00"
    pattern = glob.escape(str(archive.post_path(slug, day))).replace(day, day.replace("0", "[0-9]"))
    names = sorted(glob.glob(pattern))  # noqa: PTH207  # Path.glob cannot begin at the root
    return [regular(Path(name)) for name in names]
