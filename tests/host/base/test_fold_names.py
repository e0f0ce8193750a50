"""Names are compared as people type them."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clapmark.base.fold_names import contains, fold, fold_words, fold_words_map, title_letters

EQUAL = [
    ("When It’s Not Your Job", "when it's not your job"),
    ("Łukasz Żółć", "lukasz zolc"),
    ("Ðóra Æsir Øre Þór ı", "dora aesir ore thor i"),
    ("Straße STRASSE", "strasse strasse"),
    ("ﬁne Ａ１", "fine a1"),
    ("İstanbul", "istanbul"),
    ("Ёлка", "елка"),
    ("ΌΣΟΣ", "οσοσ"),
    ("שָׁלוֹם", "שלום"),
    ("“Rust” – a tale…", '"rust" - a tale...'),
    ("a\u00a0b\u200b\u00adc\ufeff\n d", "a bc d"),
    ("ｶﾞｲﾄﾞ", "ガイド"),
    ("東京　大学", "東京 大学"),
    ("Hall\tA", "hall a"),
    ("Ho\u0302\u0300 Chi\u0301", "hồ chí"),
    ("Ngọc Đặng", "ngoc dang"),
    ("علی کریمی", "علي كريمي"),
    ("مدرســة", "مدرسه"),
    ("قاعة ٢", "قاعه 2"),
    ("ISTANBUL ISPARTA", "istanbul ısparta"),
]
DIFFERENT = [("हिन्दी", "हन्द"), ("かき", "がき"), ("ที่", "ท"), ("a-b", "ab"), ("C", "C++")]


@pytest.mark.parametrize(("one", "other"), EQUAL)
def test_what_a_person_calls_the_same_name_is_equal(one, other):
    assert fold(one) == fold(other)
    assert fold(unicodedata.normalize("NFD", one)) == fold(one)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_marks_that_make_another_letter_count(one, other):
    assert fold(one) != fold(other)


def test_a_part_of_a_name_is_found():
    assert contains("Maintaining a Project When It’s Not Your Job", "IT'S NOT")
    assert not contains("Maintaining", "job")


def test_titles_are_equal_without_their_punctuation_but_not_c_and_c_sharp():
    assert title_letters("It’s: a «test»!") == title_letters("its a test")
    assert title_letters("Café – Łódź") == title_letters("cafe lodz")
    assert len({title_letters(name) for name in ("C", "C++", "C#", "CPP", "C+")}) == 5
    assert title_letters("a + b") == title_letters("a b")
    assert title_letters(":-)") == ":-)"
    assert title_letters("がき") != title_letters("かき")


def test_characters_of_scripts_without_spaces_are_words():
    assert fold_words("東京でPython入門").split() == ["東", "京", "て", "\u3099", "python", "入", "門"]
    assert fold_words("สวัสดี hello").split()[-1] == "hello"


@given(st.text(max_size=60))
def test_folding_twice_changes_nothing(text):
    assert fold(fold(text)) == fold(text)


@given(st.text(max_size=60))
def test_the_positions_of_a_folded_text_lead_back(text):
    folded, positions = fold_words_map(text)
    assert folded == fold_words(text) and len(folded) == len(positions)
    assert positions == sorted(positions) and all(0 <= position < len(text) for position in positions)
