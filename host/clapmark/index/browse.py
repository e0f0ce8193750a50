"""The index in Datasette: facets, titles and descriptions, and how it is started."""

import contextlib
import json
import socket
import subprocess
import sys
import threading
import time
import webbrowser
from importlib.util import find_spec
from pathlib import Path

from clapmark.archive.archive import Archive
from clapmark.base import durable
from clapmark.base.errors import ClapmarkError
from clapmark.base.install import extra_command
from clapmark.index.database import Notice, open_index

HOST = "127.0.0.1"  # this computer alone
FIRST_PAGE = "index/bookmarks_with_words"
_PLUGINS = Path(__file__).with_name("datasette_plugins")
_START_S = 30  # until the server answers, for the browser
_END_S = 5  # for the server to end by itself

_SEARCH = """
select texts.kind, talks.title, bookmarks.time, bookmarks.tag,
  iif(texts.text = '', texts.title, substr(texts.text, 1, 300)) as excerpt, talks.id as talk
from texts_fts join texts on texts.id = texts_fts.rowid
left join talks on talks.id = texts.talk left join bookmarks on bookmarks.id = texts.bookmark
where texts_fts match :words order by rank
"""
_BUSIEST = """
select talks.id as talk, talks.title, talks.conference, talks.speakers, count(*) as bookmarks
from bookmarks join talks on talks.id = bookmarks.talk group by talks.id order by bookmarks desc, talks.start
"""
_SPEAKERS = {"array": "speakers"}


def metadata(folder: Path) -> dict[str, object]:
    """Return what Datasette is to know of the index of the archive in `folder`."""
    tables = {
        "bookmarks": {
            "title": "Bookmarks",
            "description": "Every bookmark that was not taken back. Times are local times of the conference.",
            "facets": ["tag", "conference", "day", "talk", _SPEAKERS],
            "sort": "time",
            "columns": {
                "length_s": "length of a passage, in seconds",
                "uncertain_s": "the uncertainty of the time, in seconds",
                "source": "the log in the archive that contains it",
            },
        },
        "bookmarks_with_words": {
            "title": "Your bookmarks",
            "description": "Every bookmark with your own words and the quotation from its post.",
            "facets": ["tag", "conference", "day", "talk"],
            "sort": "time",
        },
        "countdowns": {
            "title": "Countdowns",
            "description": "Planned and actual time of every countdown. Overrun is what was neither planned nor given.",
            "facets": ["conference", "day", "preset", _SPEAKERS],
            "sort": "time",
            "columns": {
                "adjusted_s": "what the chair gave while it ran",
                "actual_s": "empty: its end was not recorded",
            },
        },
        "talks": {
            "title": "Talks",
            "label_column": "title",
            "facets": ["conference", "room", "day", "kind", _SPEAKERS],
            "sort": "start",
        },
        "conferences": {"title": "Conferences", "label_column": "title", "sort_desc": "first_day"},
        "texts": {
            "title": "Texts",
            "description": "Talks with their abstracts, and the text of the posts: your words, quotations, notes.",
            "fts_table": "texts_fts",
            "fts_pk": "id",
            "facets": ["kind", "talk"],
        },
        "sources": {"hidden": True},
        "hidden_bookmarks": {"hidden": True},
    }
    queries = {
        "search": {"title": "Search", "sql": _SEARCH.strip(), "params": ["words"]},
        "busiest_talks": {"title": "Talks by the number of their bookmarks", "sql": _BUSIEST.strip()},
    }
    return {
        "title": "Clapmark",
        "description": f"The archive in {folder}. This is derived: change your posts, not this.",
        "databases": {"index": {"tables": tables, "queries": queries}},
    }


def prepare(archive: Archive, notice: Notice) -> tuple[list[str], list[str]]:
    """Update the index; return the command that shows it, without its port, and the notices for the person.

    `notice` as for `open_index`. Raises ClapmarkError where Datasette is not installed, and what `open_index` raises.
    """
    if find_spec("datasette") is None:
        raise ClapmarkError(f"Datasette shows the index, and is not installed. This adds it: {extra_command('browse')}")
    with open_index(archive, notice=notice) as index:
        path, notices = index.path, index.notices
    file = path.with_name("browse.json")
    if file.is_relative_to(archive.folder):  # else a temporary index: the archive is read-only
        archive.writable(file)
    durable.replace_file(file, json.dumps(metadata(archive.folder), indent=2).encode())
    settings = ["--setting", "default_page_size", "50", "--setting", "facet_time_limit_ms", "1000"]
    command = [sys.executable, "-m", "datasette", "serve", str(path), "--metadata", str(file), "--host", HOST]
    command += ["--plugins-dir", str(_PLUGINS)]
    return [*command, *settings], notices


def serve(command: list[str], port: int, is_opening: bool) -> int:
    """Run Datasette until it ends or somebody presses Ctrl-C, and return its exit code.

    It never outlives this process: it ends when its stdin does (datasette_plugins/clapmark_guard.py), after any signal
    ends this one.
    """
    process = subprocess.Popen([*command, "--port", str(port)], stdin=subprocess.PIPE)
    try:
        if is_opening:
            threading.Thread(target=_open_page, args=(process, port), daemon=True).start()
        return process.wait()
    finally:
        if process.poll() is None:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_END_S)
            process.kill()
            process.wait()


def _open_page(process: "subprocess.Popen[bytes]", port: int) -> None:
    """Open the web browser on the first page as soon as the server answers."""
    end = time.monotonic() + _START_S
    while process.poll() is None and time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout=1):
            webbrowser.open(f"http://{HOST}:{port}/{FIRST_PAGE}")
            return
        time.sleep(0.1)
