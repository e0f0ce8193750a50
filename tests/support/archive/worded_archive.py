"""An archive with words of a person's in its post, and what its index holds."""

from pathlib import Path

from clapmark.archive.archive import Archive
from clapmark.index import Query, ask, open_index, search
from tests.support.archive.notes_archive import SLUG, make_archive, read, write_notes

WORDS = """ collisions are *rare*, said [Guido](https://example.org/g)
  > What a mess <b>hash</b> tables were
  - and a nested thought"""


def make_worded_archive(folder: Path) -> Archive:
    archive = make_archive(folder)
    write_notes(archive)
    write(archive, "**13:05** note, 5 min in", WORDS)
    text = read(archive).replace("**takeaway:**", "**takeaway:** hash less", 1)
    archive.post_path(SLUG).write_text(text)
    return archive


def write(archive, bullet: str, words: str) -> None:
    text = read(archive)
    end = text.index("-->", text.index(bullet)) + len("-->")
    archive.post_path(SLUG).write_text(text[:end] + words + text[end:])


def find(archive, words="", **options):
    hits, told = ask(archive, lambda connection: search(connection, Query(words, **options)))
    assert told == []
    return [(hit.kind, hit.talk_id, hit.tag) for hit in hits]


def rows(archive):
    """Everything that is in the index, but for what tells how it came there."""
    with open_index(archive) as index:
        tables = {}
        for table in ("conferences", "talks", "bookmarks", "countdowns"):
            tables[table] = sorted(tuple(row) for row in index.connection.execute(f"SELECT * FROM {table}"))
        columns = "kind, talk, bookmark, title, speakers, text, source"
        tables["texts"] = sorted(
            map(repr, (tuple(row) for row in index.connection.execute(f"SELECT {columns} FROM texts")))
        )
        found = index.connection.execute("SELECT rowid FROM texts_fts WHERE texts_fts MATCH 'a OR hash OR sample'")
        tables["words found"] = len(found.fetchall())
        index.connection.execute("INSERT INTO texts_fts (texts_fts) VALUES ('integrity-check')")
        return tables
