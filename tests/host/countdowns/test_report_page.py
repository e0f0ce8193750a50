"""The report to print: every countdown in its order, texts that stay texts, and no file of the user lost."""

import re

import pytest

from clapmark.base.errors import ConflictError
from clapmark.pictures.countdown_chart import Bar, draw_report
from clapmark.pictures.report_page import ReportPage


def page():
    made = ReportPage("A & B <script>", ("speaker", "planned"), ("planned",))
    made.row(("<img src=x onerror=alert(1)>", "5:00"), "over")
    made.row(("Zoë", ""), "skipped")
    made.sums(("2 in all", "5:00"))
    made.picture(draw_report([Bar("Zoë", 300_000, None, "skipped")], "A"))
    return made


def test_it_is_one_file_without_scripts_and_texts_stay_texts():
    text = page().to_bytes().decode()
    assert text.startswith("<!doctype html>") and "&lt;img src=x" in text and "A &amp; B &lt;script&gt;" in text
    assert "<script" not in text and "<img" not in text and not re.search(r"(src|href)=", text.replace("src=x", ""))
    assert text.index("&lt;img") < text.index("Zoë") and 'class="over"' in text and "<svg" in text


def test_a_file_that_is_not_its_own_is_left_and_the_same_page_changes_nothing(tmp_path):
    path = tmp_path / "report.html"
    path.write_text("my notes")
    with pytest.raises(ConflictError, match="was left as it is"):
        page().save(path)
    assert path.read_text() == "my notes"
    path.unlink()
    assert page().save(path) and not page().save(path)
