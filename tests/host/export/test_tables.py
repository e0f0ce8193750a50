"""Tables, flash cards and notebooks, each read by what it is for: csv, json, SQLite and Anki itself, nbformat."""

import ast
import csv
import io
import json
import re
import sqlite3
import zipfile
from dataclasses import replace

import nbformat
import pytest
from hypothesis import given, settings

from clapmark.export import ExportError, TalkMarks
from clapmark.export.formats import anki, jsonl, notebook, table
from tests.support.archive.export_talks import hostile_talks, mark, marks_of

LEARNT = marks_of(
    mark("a" * 10, 60_500, words="Are dicts ordered?\nsince 3.7, yes"),
    mark("b" * 10, 600_000, quote="So everyone knows that.", tag="idea"),
    mark("c" * 10, 1_200_000),
)


def cards(data: bytes, folder) -> list[tuple[str, list[str], str]]:
    """Return (guid, fields, tags) of the notes in an .apkg, as SQLite has them."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        assert json.loads(package.read("media")) == {}
        (folder / "collection.anki2").write_bytes(package.read("collection.anki2"))
    with sqlite3.connect(folder / "collection.anki2") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        rows = connection.execute("SELECT guid, flds, tags FROM notes ORDER BY id").fetchall()
        assert connection.execute("SELECT count(*) FROM cards").fetchone() == (len(rows),)
    connection.close()
    return [(guid, fields.split("\x1f"), tags) for guid, fields, tags in rows]


# -- CSV and JSON Lines


@given(hostile_talks)
def test_a_table_holds_every_mark_and_no_formula(one):
    data = table.write([one], {}).data.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(data, newline="")))
    assert [row["id"].lstrip("'") for row in rows] == [each.id for each in one.marks]
    for row, each in zip(rows, one.marks, strict=True):
        assert row["words"] in {each.words, f"'{each.words}"}
        assert not any(cell[:1] in {"=", "+", "@", "-"} for cell in row.values())


@given(hostile_talks)
def test_json_lines_hold_every_mark_as_it_is(one):
    lines = jsonl.write([one], {}).data.decode().split("\n")[:-1]
    rows = [json.loads(line) for line in lines]
    assert [(row["words"] or "", row["quote"] or "") for row in rows] == [
        (each.words, each.quote) for each in one.marks
    ]


def test_tables_of_no_marks_are_empty():
    assert table.write([], {}).data.decode("utf-8-sig") == "id\r\n"
    assert jsonl.write([], {}).data == b""


# -- Anki


def test_a_question_and_what_follows_make_a_card_and_so_does_a_quote(tmp_path):
    result = anki.write([LEARNT], {})
    assert [fields[:2] for _, fields, _ in cards(result.data, tmp_path)] == [
        ["Are dicts ordered?", "since 3.7, yes"],
        [
            "Dictionaries, All the Way Down (Ada Example): what was the idea, at 10:00?",
            "<blockquote>So everyone knows that.</blockquote>",
        ],
    ]
    assert result.remarks == ("Marks with neither words nor a quotation, which make no card: 1.",)


def test_an_edited_answer_keeps_its_card(tmp_path):
    first = cards(anki.write([LEARNT], {}).data, tmp_path)
    edited = replace(LEARNT, marks=(replace(LEARNT.marks[0], words="Are dicts sorted?\nno, ordered"), LEARNT.marks[1]))
    second = cards(anki.write([edited], {}).data, tmp_path)
    assert [guid for guid, *_ in first] == [guid for guid, *_ in second]
    assert first[0][1] != second[0][1]


def test_anki_itself_updates_the_card_and_makes_no_second_one(tmp_path):
    """The real importer: the same file twice changes nothing, an edited answer one card."""
    pytest.importorskip("anki", reason="Anki's own package is for the tests only")
    from anki.collection import Collection, ImportAnkiPackageOptions, ImportAnkiPackageRequest

    edited = replace(LEARNT, marks=(replace(LEARNT.marks[0], words="Are dicts ordered?\nguaranteed"), LEARNT.marks[1]))
    collection = Collection(str(tmp_path / "collection.anki2"))

    def take(talks: TalkMarks, now_s: float):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(anki.time, "time", lambda: now_s)
            (tmp_path / "deck.apkg").write_bytes(anki.write([talks], {}).data)
        request = ImportAnkiPackageRequest(package_path=str(tmp_path / "deck.apkg"), options=ImportAnkiPackageOptions())
        log = collection.import_anki_package(request).log
        return len(log.new), len(log.updated)

    try:
        assert take(LEARNT, 1_700_000_000) == (2, 0)
        assert take(LEARNT, 1_700_000_000) == (0, 0)
        assert take(edited, 1_700_000_060)[0] == 0
        answers = [collection.get_note(note_id).fields[1] for note_id in collection.find_notes("")]
        assert "guaranteed" in answers
        assert "since 3.7, yes" not in answers
        assert collection.card_count() == 2
    finally:
        collection.close()


@settings(max_examples=8, deadline=None)
@given(hostile_talks)
def test_cards_show_hostile_text_and_run_nothing(tmp_path_factory, one):
    try:
        found = cards(anki.write([one], {}).data, tmp_path_factory.mktemp("anki"))
    except ExportError as error:
        assert "nothing to learn" in str(error)
        return
    for _, fields, tags in found:
        html = re.sub(r'<br>|</?blockquote>|<a href="https://youtu\.be/dQw4w9WgXcQ\?t=\d+">|</a>', "", "".join(fields))
        assert not set(html) & set("<>[{\\")
        assert "\n" not in tags


# -- Jupyter


def test_a_notebook_is_valid_and_the_same_every_time():
    data = notebook.write([LEARNT], {}).data
    assert data == notebook.write([LEARNT], {}).data
    found = nbformat.reads(data.decode(), as_version=4)
    nbformat.validate(found)
    assert [cell.cell_type for cell in found.cells] == ["markdown", "code", "markdown", "markdown", "markdown", "code"]
    assert "**13:05** [1:00](https://youtu.be/dQw4w9WgXcQ?t=60) note" in found.cells[2].source
    assert "> So everyone knows that." in found.cells[3].source


@given(hostile_talks)
def test_no_strangers_text_gets_into_the_code_of_a_notebook(one):
    found = nbformat.reads(notebook.write([one], {}).data.decode(), as_version=4)
    nbformat.validate(found)
    code = [cell.source for cell in found.cells if cell.cell_type == "code"]
    assert code == ['from IPython.display import YouTubeVideo\n\nYouTubeVideo("dQw4w9WgXcQ")', ""]
    ast.parse(code[0])
    assert "<script" not in found.cells[0].source


def test_a_table_begins_with_the_mark_by_which_excel_knows_utf_8():
    assert table.write([], {}).data.startswith(b"\xef\xbb\xbf")
