"""Finding in the index: words, tag, conference, speaker, days."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

HIT_BEGIN, HIT_END = "\x02", "\x03"  # around the words found, in `Hit.title` and `Hit.excerpt`
_WORDS_AROUND = 24  # of the excerpt
_TITLE_WEIGHT, _SPEAKER_WEIGHT = 8.0, 4.0  # of a word found there, beside 1.0 for one in an abstract or a post


@dataclass(frozen=True)
class Query:
    """What is looked for. Empty: whatever it is. Days are `YYYY-MM-DD`, both included."""

    words: str = ""
    tag: str = ""
    conference: str = ""
    speaker: str = ""  # a part of the name
    since: str = ""
    until: str = ""


@dataclass(frozen=True)
class Hit:
    """One place: a talk, a bookmark with its words or quotation, or the notes on a talk."""

    kind: str  # talk, words, quote, notes, bookmark
    conference: str | None  # short name
    talk_id: str | None
    title: str  # of the talk, "" without one
    speakers: tuple[str, ...]
    room: str
    time: str | None  # of the bookmark, else of the talk's start; local time
    bookmark_id: str | None
    tag: str | None
    length_s: float | None
    excerpt: str
    bookmarks: int  # of the talk


def search(connection: sqlite3.Connection, query: Query, limit: int = 100) -> list[Hit]:
    """Return the places that fit `query`, the best first; without words, the bookmarks in the order of time.

    `query.words` may be a query of SQLite's FTS5; what is none is taken as words that must all be there.
    """
    connection.create_function("has_name", 2, _has_name, deterministic=True)
    # NUL and lone surrogates cannot go into a statement
    words = query.words.replace("\0", " ").encode("utf-8", "replace").decode()
    if not words.strip():
        return _hits(connection, _BOOKMARKS, query, {}, limit)
    try:
        return _hits(connection, _TEXTS, query, {"match": words}, limit)
    except sqlite3.OperationalError:  # no query of FTS5, or the name of a column that there is not
        quoted = " ".join('"' + word.replace('"', '""') + '"' for word in words.split())
        return _hits(connection, _TEXTS, query, {"match": quoted}, limit)


_FILTERS = """
    (:conference = '' OR coalesce(bookmark.conference, talk.conference) = :conference)
    AND (:speaker = '' OR has_name(coalesce(talk.speakers, bookmark.speakers), :speaker))
    AND (:since = '' OR coalesce(bookmark.day, talk.day) >= :since)
    AND (:until = '' OR coalesce(bookmark.day, talk.day) <= :until)
"""
_COLUMNS = """
    coalesce(bookmark.conference, talk.conference) AS conference, talk.id AS talk, talk.title AS plain_title,
    coalesce(talk.speakers, '[]') AS speakers, coalesce(talk.room, '') AS room,
    coalesce(bookmark.time, talk.start) AS time, bookmark.id AS bookmark, bookmark.tag AS tag,
    bookmark.length_s AS length_s,
    (SELECT count(*) FROM bookmarks WHERE bookmarks.talk = talk.id) AS bookmarks
"""
_TEXTS = """
    SELECT texts.kind AS kind, @COLUMNS,
        highlight(texts_fts, 0, char(2), char(3)) AS title,
        snippet(texts_fts, 2, char(2), char(3), '…', :words_around) AS excerpt
    FROM texts_fts
    JOIN texts ON texts.id = texts_fts.rowid
    LEFT JOIN bookmarks AS bookmark ON bookmark.id = texts.bookmark
    LEFT JOIN talks AS talk ON talk.id = texts.talk
    WHERE texts_fts MATCH :match AND @FILTERS
    AND (:tag = '' OR bookmark.tag = :tag OR (
        texts.bookmark IS NULL
        AND EXISTS (SELECT 1 FROM bookmarks WHERE bookmarks.talk = talk.id AND bookmarks.tag = :tag)))
    ORDER BY bm25(texts_fts, :title_weight, :speaker_weight, 1.0), texts.id LIMIT :limit
"""
_BOOKMARKS = """
    SELECT 'bookmark' AS kind, @COLUMNS, '' AS title,
        coalesce((SELECT group_concat(text, ' ') FROM texts WHERE texts.bookmark = bookmark.id), '') AS excerpt
    FROM bookmarks AS bookmark
    LEFT JOIN talks AS talk ON talk.id = bookmark.talk
    WHERE @FILTERS AND (:tag = '' OR bookmark.tag = :tag)
    ORDER BY bookmark.utc_ms, bookmark.id LIMIT :limit
"""


def _hits(connection: sqlite3.Connection, statement: str, query: Query, more: dict[str, str], limit: int) -> list[Hit]:
    whole = statement.replace("@COLUMNS", _COLUMNS).replace("@FILTERS", _FILTERS)
    values: dict[str, object] = {
        "tag": query.tag.encode("utf-8", "replace").decode(),
        "conference": query.conference,
        "speaker": query.speaker.encode("utf-8", "replace").decode(),
        "since": query.since,
        "until": query.until,
        "limit": limit,
        "words_around": _WORDS_AROUND,
        "title_weight": _TITLE_WEIGHT,
        "speaker_weight": _SPEAKER_WEIGHT,
        **more,
    }
    return [_hit(row) for row in connection.execute(whole, values)]


def _hit(row: sqlite3.Row) -> Hit:
    return Hit(
        kind=row["kind"],
        conference=row["conference"],
        talk_id=row["talk"].partition("/")[2] if row["talk"] else None,
        title=row["title"] or row["plain_title"] or "",
        speakers=tuple(json.loads(row["speakers"])),
        room=row["room"],
        time=row["time"],
        bookmark_id=row["bookmark"],
        tag=row["tag"],
        length_s=row["length_s"],
        excerpt=row["excerpt"],
        bookmarks=row["bookmarks"],
    )


def _has_name(names: str | None, part: str) -> bool:
    found: Sequence[str] = json.loads(names or "[]")
    return any(part.casefold() in name.casefold() for name in found)
