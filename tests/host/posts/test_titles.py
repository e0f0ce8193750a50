"""A heading names a talk in any decoration that people use; what belongs to a title stays part of it."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clapmark.archive.archive import Archive
from clapmark.notes import plan_notes
from clapmark.posts.titles import heading_keys, is_spelled, title_key
from tests.support.archive.conference import conference, talk, utc_ms
from tests.support.archive.journal_text import JournalText
from tests.support.archive.notes_archive import SLUG, make_archive, minutes, read, write_notes

TITLE = "Maintaining a Project When It's Not Your Job"
DRESSED = [
    "{}",
    "[[{}]]",
    "[[notes/maintaining|{}]]",
    "[[talks/{}]]",
    "[[PyExample 2019#{}]]",
    "[[PyExample 2019#{}|{}]]",
    "{} ^maint",
    "{} #conf",
    "{} #conf/2019 #mine",
    "{} #conf ^maint",
    "#conf {}",
    "=={}==",
    "**{}**",
    "~~{}~~ #later",
    "{} <!-- todo -->",
    "<!-- todo --> {}",
    "{} %% mine %%",
    "{} %%mine%% ^id-2 %%again%%",
    "![](cat.png) {}",
    "![[cat.png]] {}",
    "[{}](https://example.org/1)",
    "{} [#](https://example.org/1)",
    '<a id="maint"></a>{}',
    "<mark>{}</mark>",
    "{} {{#maint}}",
    "{} {{#maint .wide}}",
    '{} {{class="wide"}}',
    "{} {{: #maint}}",
    "{}[^1]",
    "{} ##",
    "🎤 {}",
]


def archive_of(folder, flavour: str, heading: str) -> Archive:
    log = JournalText()
    log.add(0, "boot", reset="poweron")
    log.add(0, "clock", utc=utc_ms("13:00"), err=10, source="host")
    log.add(minutes(5), "bookmark", tag="note", talk="maint")
    make_archive(folder, log, conference(talk("maint", TITLE, "13:00"), talk("rust", "Trends in #rust", "14:00")))
    (folder / "clapmark.toml").write_text(f'flavour = "{flavour}"\n[notes]\npost = "post.md"\n')
    (folder / "post.md").write_text(f"---\ntitle: x\n---\n\n{heading}\n\nmy words\n")
    return Archive(folder)


@pytest.mark.parametrize("flavour", ["hugo", "obsidian"])
@pytest.mark.parametrize("dress", DRESSED)
def test_bullets_join_the_heading_of_their_talk_with_any_decoration(tmp_path, dress, flavour):
    heading = "## " + dress.format(TITLE, TITLE)
    archive = archive_of(tmp_path, flavour, heading)
    before = read(archive)
    assert write_notes(archive) == []
    after = read(archive)
    assert after.startswith(before) and after.index("my words") < after.index("begin maint")
    assert sum(line.startswith("##") for line in after.splitlines()) == 1
    assert plan_notes(archive).changes == []


@pytest.mark.parametrize("heading", ["Maintaining a Project", "Talk: " + TITLE, TITLE + " (13:00)", TITLE + " 2"])
def test_other_words_in_a_heading_make_it_another_one(tmp_path, heading):
    archive = archive_of(tmp_path, "obsidian", "## " + heading)
    assert write_notes(archive) == []
    assert read(archive).count("\n## ") == 2


def test_a_tag_that_belongs_to_the_title_counts():
    titles = {title_key("Trends in #rust"), title_key("Trends in #python")}
    assert heading_keys("Trends in #rust", titles) == [title_key("Trends in #rust")]
    assert title_key("Trends in") in heading_keys("Trends in #rust")
    assert title_key("C") != title_key("C++") != title_key("C#")
    assert title_key("We are #1") in heading_keys("We are #1 #conf")


def test_the_post_of_a_vault_is_joined_at_its_headings(tmp_path):
    from tests.support.archive.histories import ROOT

    archive = make_archive(tmp_path)
    (tmp_path / "clapmark.toml").write_text('flavour = "obsidian"\n[notes]\npost = "post.md"\n')
    archive = Archive(tmp_path)
    mine = (ROOT / "tests/fixtures/notes/vault.md").read_text()
    archive.post_path(SLUG).write_text(mine)
    assert write_notes(archive) == []
    text = read(archive)
    rest = iter(text.splitlines())
    assert all(line in rest for line in mine.splitlines())
    assert text.count("## Bees & Sensors") == 0 and text.count("Errors as Haiku") == 2
    order = [
        "#conf/2019",
        "begin dicts",
        "^bees-and-sensors",
        "begin bees",
        "## Lightning talks",
        "My 3D",
        "begin light-1",
    ]
    assert [text.index(words) for words in order] == sorted(text.index(words) for words in order)
    assert plan_notes(archive).changes == []


def archive_of_two(folder, titles: tuple[str, str], headings: list[str], marked: tuple[str, ...] = ("one", "two")):
    log = JournalText()
    log.add(0, "boot", reset="poweron")
    log.add(0, "clock", utc=utc_ms("13:00"), err=10, source="host")
    for number, name in enumerate(marked):
        log.add(minutes(5 + number), "bookmark", tag="note", talk=name)
    make_archive(folder, log, conference(talk("one", titles[0], "13:00"), talk("two", titles[1], "14:00")))
    (folder / "clapmark.toml").write_text('flavour = "obsidian"\n[notes]\npost = "post.md"\n')
    (folder / "post.md").write_text("".join(f"## {heading}\n\nmy words\n\n" for heading in headings))
    return Archive(folder)


def section_of(text: str, heading: str) -> str:
    return text.partition(f"## {heading}\n")[2].partition("\n## ")[0]


@pytest.mark.parametrize(
    ("titles", "headings"),
    [
        (("Café", "Cafe"), ["Café", "Cafe"]),
        (("Résumé", "Resume"), ["[[Resume]] #later", "RÉSUMÉ ^r"]),
        (("Łódź", "Lodz"), ["Lodz!", "Łódź"]),
    ],
)
def test_titles_that_differ_only_in_accents_join_the_heading_with_their_very_letters(tmp_path, titles, headings):
    archive = archive_of_two(tmp_path, titles, headings)
    assert write_notes(archive) == []
    text = read(archive)
    assert sum(line.startswith("## ") for line in text.splitlines()) == 2
    for name, heading in zip(("one", "two"), sorted(headings, key=lambda h: not is_spelled(h, titles[0])), strict=True):
        assert f"begin {name} " in section_of(text, heading)
    assert plan_notes(archive).changes == []


@pytest.mark.parametrize("marked", [("one",), ("one", "two")])
def test_a_heading_with_the_letters_of_another_talk_is_not_taken_for_ones_own(tmp_path, marked):
    archive = archive_of_two(tmp_path, ("Café", "Cafe"), ["Cafe"], marked)
    assert write_notes(archive) == []
    text = read(archive)
    assert "begin one " in section_of(text, "Café") and "begin one " not in section_of(text, "Cafe")
    assert plan_notes(archive).changes == []


def test_a_heading_that_fits_two_talks_alike_is_never_guessed(tmp_path):
    archive = archive_of_two(tmp_path, ("Café!", "Café?"), ["Cafe"])
    before = read(archive)
    left = write_notes(archive)
    assert len(left) == 2 and all("does not identify the talk" in sentence for sentence in left)
    assert read(archive) == before


def key_before_accents_were_folded(text: str) -> str:
    """Return what decided whether a heading is a talk's before 0.2.0."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(character for character in plain if character.isalnum())


WORDS = st.text("abcXYZéÉŁłßøÆİıñ ΑσςΩё Йда日本語アガ東京العربيةשלום ０ﬁ", min_size=1, max_size=20)


@given(WORDS, st.lists(st.sampled_from("-–—:;,.!?’'\"“”() "), max_size=8), st.randoms(use_true_random=False))
def test_a_heading_that_joined_before_accents_were_folded_still_joins(title, marks, random):
    letters = [random.choice((letter, letter.upper(), letter.lower())) for letter in title]
    for mark in marks:
        letters.insert(random.randrange(len(letters) + 1), mark)
    heading = "".join(letters)
    before = key_before_accents_were_folded(title)
    if before and before == key_before_accents_were_folded(heading):
        assert title_key(title) in heading_keys(heading)
