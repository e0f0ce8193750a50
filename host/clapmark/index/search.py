"""Finding in the index: words, tag, conference, speaker, days."""

import json
import re
import sqlite3
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from clapmark.base.fold_names import contains, fold_words, fold_words_map, is_unspaced

HIT_BEGIN, HIT_END = "\x02", "\x03"  # around the words found, in `Hit.title` and `Hit.excerpt`
_AROUND = 180  # characters of an excerpt
_WORD = re.compile(r"[^\s\"()*^:+{}]+")
_OPERATORS = frozenset(("AND", "OR", "NOT", "NEAR"))
_QUOTATION_MARKS = str.maketrans(dict.fromkeys("“”„‟″«»", '"'))
_TITLE_WEIGHT, _SPEAKER_WEIGHT = 8.0, 4.0  # of a word found there; 1.0 for one in an abstract or a post


@dataclass(frozen=True)
class Query:
    """What to search for. An empty field matches everything. Days are `YYYY-MM-DD`, both included."""

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

    `query.words` may be a query of SQLite's FTS5; otherwise all its words must be there. Words are
    folded as the index is: no case, no accents, one kind of quotation mark (`base/fold_names.py`).
    """
    connection.create_function("has_name", 2, _has_name, deterministic=True)
    # NUL and lone surrogates cannot go into a statement
    words = query.words.replace("\0", " ").encode("utf-8", "replace").decode()
    if not words.strip():
        return _hits(connection, _BOOKMARKS, query, {}, limit)
    try:
        return _hits(connection, _TEXTS, query, {"match": folded_query(words)}, limit)
    except sqlite3.OperationalError:  # no query of FTS5, or the name of a column that there is not
        quoted = " ".join('"' + fold_words(word).replace('"', '""') + '"' for word in words.split())
        return _hits(connection, _TEXTS, query, {"match": quoted}, limit)


def folded_query(words: str) -> str:
    """Return a query with its words folded; those of scripts without spaces become phrases of their characters."""
    pieces = words.translate(_QUOTATION_MARKS).split('"')
    return '"'.join(
        fold_words(piece) if number % 2 else _WORD.sub(_folded_word, piece) for number, piece in enumerate(pieces)
    )


def _folded_word(match: re.Match[str]) -> str:
    word = match[0]
    if word in _OPERATORS:
        return word
    folded = fold_words(word).strip()
    return f'"{folded}"' if any(is_unspaced(character) for character in folded) else folded


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
        highlight(texts_fts, 0, char(2), char(3)) AS marked_title, texts.title AS title,
        highlight(texts_fts, 2, char(2), char(3)) AS marked_text, texts.text AS excerpt
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
    SELECT 'bookmark' AS kind, @COLUMNS, '' AS title, '' AS marked_title, '' AS marked_text,
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
        title=_highlighted(row["title"], row["marked_title"]) or row["plain_title"] or "",
        speakers=tuple(json.loads(row["speakers"])),
        room=row["room"],
        time=row["time"],
        bookmark_id=row["bookmark"],
        tag=row["tag"],
        length_s=row["length_s"],
        excerpt=_excerpt(_highlighted(row["excerpt"], row["marked_text"])),
        bookmarks=row["bookmarks"],
    )


def _has_name(names: str | None, part: str) -> bool:
    found: Sequence[str] = json.loads(names or "[]")
    return any(contains(name, part) for name in found)


def _highlighted(text: str, marked: str) -> str:
    """Return `text` with marks around what was found, which `marked` shows in the folded text."""
    if HIT_BEGIN not in (marked or "") or HIT_BEGIN in text or HIT_END in text:
        return text
    _, positions = fold_words_map(text)
    out: list[str] = []
    done = at = 0
    begin = 0
    for character in marked:
        if character == HIT_BEGIN:
            begin = positions[at] if at < len(positions) else len(text)
        elif character == HIT_END:
            last = positions[at - 1] + 1 if 0 < at <= len(positions) else len(text)
            while last < len(text) and unicodedata.combining(text[last]):
                last += 1
            if last > begin >= done:
                out += [text[done:begin], HIT_BEGIN, text[begin:last], HIT_END]
                done = last
        else:
            at += 1
    return "".join([*out, text[done:]])


def _excerpt(text: str) -> str:
    """Return the part of `text` with the first of what was found, cut between words where there are some."""
    if len(text) <= _AROUND:
        return text
    first = text.find(HIT_BEGIN)
    begin = max(first - _AROUND // 3, 0) if first > _AROUND // 2 else 0
    end = min(begin + _AROUND, len(text))
    if begin:
        space = text.find(" ", begin, begin + 25)
        begin = space + 1 if 0 < space < first else begin
    if end < len(text):
        space = text.rfind(" ", end - 25, end)
        end = space if space > first else end
    part = text[begin:end]
    if part.rfind(HIT_BEGIN) > part.rfind(HIT_END):
        part += HIT_END
    if 0 <= part.find(HIT_END) < (part.find(HIT_BEGIN) if HIT_BEGIN in part else len(part)):
        part = HIT_BEGIN + part
    return f"{'…' if begin else ''}{part}{'…' if end < len(text) else ''}"
