"""Flash cards for Anki: the person's words and the quotations, one card for each mark that has some.

A card keeps its guid forever, so that importing the file again updates it and keeps what was learnt; that is also why
the file carries the time of the export: Anki takes a card only if it is newer than its own.
"""

import contextlib
import hashlib
import html
import io
import itertools
import sqlite3
import tempfile
import time
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from clapmark.base.install import extra_command
from clapmark.export.model import ExportError, Format, Mark, Result, TalkMarks
from clapmark.recordings.position_text import position_text

_MODEL_ID = 1_607_392_319  # drawn once; names the kind of card, in every collection
_TEMPLATE = {
    "name": "Mark",
    "qfmt": "{{Question}}",
    "afmt": "{{FrontSide}}<hr id=answer>{{Answer}}<p class=source>{{Source}}</p>",
}
_CSS = ".card { font-family: sans-serif; font-size: 20px; } .source { font-size: 14px; color: #777; }"


def write(talks: Sequence[TalkMarks], options: Mapping[str, str]) -> Result:
    """Return an .apkg: a deck for each conference, a card for each mark that has words or a quotation."""
    try:
        import genanki  # # an extra
    except ImportError as error:
        raise ExportError(f"Cards for Anki need the package genanki: {extra_command('anki')}") from error
    fields = [{"name": name} for name in ("Question", "Answer", "Source")]
    model = genanki.Model(_MODEL_ID, "Clapmark", fields=fields, templates=[_TEMPLATE], css=_CSS)
    decks: dict[str, Any] = {}
    empty = 0
    for one in talks:
        for mark in one.marks:
            question, answer = _sides(one, mark)
            if not answer:
                empty += 1
                continue
            deck = decks.setdefault(one.slug, genanki.Deck(_deck_id(one.slug), _deck_name(one.conference)))
            tags = ["clapmark", one.slug, "_".join(mark.tag.split())]
            guid = genanki.guid_for("clapmark", mark.id)
            deck.add_note(genanki.Note(model, [question, answer, _source(one, mark)], guid=guid, tags=tags))
    if not decks:
        raise ExportError(
            "No mark has words of yours or a quotation, so there is nothing to learn. Write some words behind a "
            "bullet, or load a transcript: clapmark transcript TALK FILE."
        )
    data = _package(genanki.Package(list(decks.values())))
    remarks = (f"Marks with neither words nor a quotation, which make no card: {empty}.",) if empty else ()
    return Result(data, remarks)


def _package(package: Any) -> bytes:  # noqa: ANN401  # genanki has no types
    """Return the .apkg: a zip of the collection, which is SQLite, and the list of media. Leaves no file behind."""
    now_s = time.time()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "collection.anki2"
        with contextlib.closing(sqlite3.connect(path)) as connection, connection:
            package.write_to_db(connection.cursor(), now_s, itertools.count(int(now_s * 1000)))
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(path, path.name)
            archive.writestr("media", "{}")
    return file.getvalue()


def _sides(one: TalkMarks, mark: Mark) -> tuple[str, str]:
    """Return question and answer. A first line that ends with a question mark is the question, if more follows."""
    first, _, rest = mark.words.partition("\n")
    said = f"<blockquote>{_html(mark.quote)}</blockquote>" if mark.quote else ""
    if first.rstrip().endswith("?") and (rest.strip() or said):
        return _html(first), _html(rest.strip()) + said
    speakers = ", ".join(one.talk.speakers)
    by = f" ({speakers})" if speakers else ""
    at = f", at {position_text(mark.position_ms)}" if mark.position_ms is not None else ""
    question = f"{one.talk.title}{by}: what was the {mark.tag}{at}?"
    return _html(question), _html(mark.words) + said


def _source(one: TalkMarks, mark: Mark) -> str:
    parts = [_html(f"{one.talk.title}, {one.conference}")]
    if mark.link:
        parts.append(f'<a href="{html.escape(mark.link)}">recording</a>')
    return " · ".join(parts)


def _html(text: str) -> str:
    """Return outside text as HTML that shows it; `[` too, since Anki reads [sound:…] and [latex] in fields."""
    shown = html.escape(text).replace("[", "&#91;").replace("{", "&#123;").replace("\\", "&#92;")
    return shown.replace("\n", "<br>")


def _deck_id(slug: str) -> int:
    digest = hashlib.sha256(f"clapmark deck {slug}".encode()).digest()
    return (1 << 30) + int.from_bytes(digest[:4]) % (1 << 30)


def _deck_name(title: str) -> str:
    return title.replace("::", ":")  # Anki would make a deck in a deck


FORMAT = Format("anki", "flash cards for Anki", ".apkg", write, is_binary=True)
