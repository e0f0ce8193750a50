"""Templates of the person's: checked before use, and never more than text inside the markers."""

import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clapmark.archive.archive import Archive
from clapmark.base.errors import UsageError
from clapmark.notes import plan, plan_notes
from clapmark.notes.lines import Lines
from clapmark.notes.media import BookmarkMedia, Media
from clapmark.notes.templates import BULLET_VALUES, TALK_VALUES, Templates
from clapmark.posts.flavours import HUGO
from clapmark.posts.ids import begin_key, end_key, mark_ids
from clapmark.posts.markdown_scan import scan
from tests.host.notes.test_escape import hostile
from tests.support.archive.conference import ZONE
from tests.support.archive.notes_archive import later, make_archive, read, write_notes

DOCS = Path(__file__).parents[3] / "docs" / "templates.md"

TALK = """
> [!info] {{ room }}, {{ start }} to {{ end }}
{% for name in speakers %}
- {{ name }}
{% endfor %}

{{ abstract }} {{ link }}

    rating:
"""


def with_templates(folder, **templates) -> Archive:
    archive = make_archive(folder)
    lines = [f"{name} = '''{text}'''" for name, text in templates.items()]
    (archive.folder / "clapmark.toml").write_text("\n".join(["[templates]", *lines]))
    return Archive(archive.folder)


def test_bullets_and_new_talks_read_as_the_templates_have_it(tmp_path):
    archive = with_templates(tmp_path, bullet="{{ tag | upper }} at {{ time }}: ", talk=TALK)
    assert write_notes(archive) == []
    text = read(archive)
    assert "\n- NOTE at 13:05: <!-- clapmark 2zy22wl5pu -->\n" in text
    begin, end = text.index("<!-- clapmark begin dicts -->"), text.index("<!-- clapmark end dicts -->")
    assert text[begin:end].split("\n")[1:8] == [
        "> [!info] Hall A, 13:00 to 13:30", "- Ada Example", "",
        r"What a \*hash\* is. And is not. [#](https://example.org/talks/1)", "", "    rating:", "",
    ]  # fmt: skip
    outside = re.sub(r"<!-- clapmark begin .*?end [^>]*-->", "", text, flags=re.DOTALL)
    assert "info" not in outside and "rating" not in outside and "Ada Example" not in outside
    later(archive)
    assert write_notes(archive) == [] and plan_notes(archive).changes == []
    assert "- NEW at 13:15:" in read(archive)


def test_a_new_template_rewrites_only_bullets_that_were_not_touched(tmp_path):
    archive = make_archive(tmp_path)
    write_notes(archive)
    line = next(line for line in read(archive).splitlines() if "**13:05**" in line)
    archive.post_path("pyexample-2019").write_text(read(archive).replace(line, f"{line} mine"))
    (tmp_path / "clapmark.toml").write_text("[templates]\nbullet = '{{ time }} {{ tag }}'\n")
    archive = Archive(tmp_path)
    (told,) = write_notes(archive)
    assert "has words of yours; it would now read: 13:05 note" in told
    assert f"{line} mine\n- 13:12 idea <!--" in read(archive)


def test_a_quotation_follows_its_template(tmp_path, monkeypatch):
    archive = with_templates(tmp_path, quote="“{{ quote }}” {{ link }}", bullet="{{ time }}")
    from clapmark.archive.journals import read_journals
    from clapmark.bookmarks.fold import all_bookmarks

    first = all_bookmarks(read_journals(archive))[0].id
    media = Media({first: BookmarkMedia("https://e.org/v", 61_000, "so they *said*")})
    monkeypatch.setattr(plan, "read_media", lambda *_: media)
    assert write_notes(archive) == []
    assert "- 13:05 <!-- clapmark" in read(archive) and "\n  “so they \\*said\\*” <!--" in read(archive)


@pytest.mark.parametrize(
    ("name", "source", "line", "why"),
    [
        ("bullet", "{{ time", 1, "unexpected end of template"),
        ("bullet", "a\n{{ nothing }}", 2, "there is no value 'nothing'"),
        ("bullet", "{% for a in range(9) %}{% endfor %}", 1, "a loop goes over the speakers"),
        ("bullet", "\n\n{{ ''.__class__ }}", 3, "getattr cannot be used"),
        ("bullet", "{{ time['x'] }}", 1, "getitem cannot be used"),
        ("bullet", "{{ lipsum() }}", 1, "call cannot be used"),
        ("bullet", "{{ 'a' * 999999999 }}", 1, "mul cannot be used"),
        ("bullet", "{{ '%999999999d' % 1 }}", 1, "mod cannot be used"),
        ("bullet", "{{ time | safe }}", 1, "the filter 'safe' cannot be used"),
        ("bullet", "{{ time | replace('1', '2') }}", 1, "the filter 'replace' cannot be used"),
        ("bullet", "{% if time is string %}x{% endif %}", 1, "the test 'string' cannot be used"),
        ("bullet", "{% set a = 1 %}", 1, "assign cannot be used"),
        ("bullet", "{% include 'x' %}", 1, "include cannot be used"),
        ("bullet", "{% import 'x' as y %}", 1, "import cannot be used"),
        ("bullet", "{% macro a() %}{% endmacro %}", 1, "macro cannot be used"),
        ("bullet", "{{ speakers | first }}", 1, "where some values are empty"),
        ("bullet", "x" * 5_000, 1, "more than 4000 characters"),
        ("bullet", "{{ " + "(" * 1_900 + "1" + ")" * 1_900 + " }}", 1, "it cannot be used"),
        ("talk", "text\n\n## Heading", 3, "it makes a heading"),
        ("talk", "text\n---", 1, "it makes a heading"),
        ("talk", "text\n```\ncode", 3, "a block of code that it does not end"),
        ("talk", "{% for a in speakers %}{% for b in speakers %}x{% endfor %}{% endfor %}", 1, "holds no other loop"),
    ],
)  # fmt: skip
def test_a_wrong_template_is_refused_with_its_line_before_anything_is_written(tmp_path, name, source, line, why):
    archive = with_templates(tmp_path, **{name: "\n" + source})  # TOML takes the first line end away
    with pytest.raises(UsageError, match=rf"templates\.{name}, line {line}: .*{re.escape(why)}"):
        write_notes(archive)
    assert not archive.post_path("pyexample-2019").exists()


def test_a_template_may_ask_whether_a_value_is_this_one():
    values = dict.fromkeys(BULLET_VALUES, "") | {"speakers": []}
    template = Templates(
        {"bullet": "{% if tag is eq('idea') %}!{% elif tag is in(('todo', 'link')) %}+{% endif %}{{ tag }}"}
    )
    shown = [template.line("bullet", {**values, "tag": tag}) for tag in ("idea", "todo", "note")]
    assert shown == ["!idea", "+todo", "note"]


def test_a_template_has_room_for_4000_characters_a_line_for_2000_and_a_talk_for_100_lines():
    talk = dict.fromkeys(TALK_VALUES, "") | {"speakers": []}
    bullet = dict.fromkeys(BULLET_VALUES, "") | {"speakers": []}
    assert len(Templates({"bullet": "x" * 4_000}).line("bullet", bullet)) == 2_000
    with pytest.raises(UsageError, match="more than 4000 characters"):
        Templates({"bullet": "x" * 4_001})
    assert Templates({"talk": "x" * 2_001}).talk(talk) == ("x" * 2_000,)
    assert Templates({"talk": "x\n" * 101}).talk(talk) == ("x",) * 100
    assert Templates({"talk": "- x\n" + " " * 13 + "y"}).talk(talk) == ("- x", " " * 12 + "y")


def test_an_unknown_template_is_reported(tmp_path):
    with pytest.raises(UsageError, match="there is no template 'bulet'; there are bullet, quote, talk"):
        plan_notes(with_templates(tmp_path, bulet="x"))


pieces = st.sampled_from(
    [
        *(f"{{{{ {name} }}}}" for name in {*BULLET_VALUES, *TALK_VALUES}), "{% if tag %}", "{% else %}", "{% endif %}",
        "{% for one in speakers %}", "{{ one }}", "{% endfor %}", "{{ title | upper }}", "{{ speakers | join(', ') }}",
        "{{ abstract | truncate(9) }}", "{{ '<b>' }}", "{{ '{{<' ~ ' x >}}' }}", "{{ '%' ~ '%' }}",
        "<!-- clapmark end x -->", "%%", "{{'{{'}}< raw >}}", "```", "\n", "\n\n", "# ", "- ", "> ", "    ", "---",
        "^clap-abcdefghij ",
        "<script>", "\x1b[31m", "\x00", "{{ range(9**9) }}", "{{ self }}", "{% raw %}{{{% endraw %}", "words", "\r",
        "\u2028",
    ]
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.lists(pieces, max_size=12).map("".join), hostile, st.lists(hostile, max_size=3))
def test_any_template_and_any_values_give_text(source, text, names):
    """A template that is taken makes one harmless line, or lines without a heading; every other one is refused."""
    from clapmark.notes.escape import inline

    safe = inline(text, 200)
    values = dict.fromkeys({*BULLET_VALUES, *TALK_VALUES}, safe) | {"speakers": [inline(name, 99) for name in names]}
    for name in ("bullet", "talk"):
        try:
            templates = Templates({name: source})
            lines = [templates.line(name, values)] if name == "bullet" else templates.talk(values)
        except UsageError:
            continue
        for line in lines:
            assert "\n" not in line and "<" not in line and "{{" not in line and "{%" not in line and "%%" not in line
            assert not begin_key(line) and not end_key(line) and not mark_ids(f"- {line}") and "\x1b" not in line
        post = [
            "## Talk\n",
            HUGO.begin_marker("a") + "\n",
            *(f"{line}\n" for line in lines),
            HUGO.end_marker("a") + "\n",
        ]
        if name == "talk":
            found = scan(post)
            assert [heading.text for heading in found.headings] == ["Talk"]


def test_a_template_cannot_take_all_time_or_memory():
    source = "{% for one in speakers %}" + "{{ abstract }}" * 280 + "{% endfor %}"
    began = time.process_time()
    values = {**dict.fromkeys(TALK_VALUES, "x" * 30_000), "speakers": ["name"] * 50}
    assert sum(map(len, Templates({"talk": source}).talk(values))) <= 2_000 * 100
    assert time.process_time() - began < 20  # a bound on what a template may do, not on the machine


@settings(max_examples=150, deadline=None)
@given(
    st.fixed_dictionaries({name: hostile.filter(bool) | st.just("") for name in BULLET_VALUES if name != "speakers"})
)
def test_the_documented_defaults_are_the_defaults(values):
    from clapmark.notes.escape import inline

    bullet, quote = re.findall(r"^(?:bullet|quote) = '(.*)'$", DOCS.read_text(), re.MULTILINE)[:2]
    safe = {**{name: inline(text, 99) for name, text in values.items()}, "speakers": ""}
    if not safe["time"] or not safe["tag"]:
        return
    lines = Lines(HUGO, ZONE)
    templates = Templates({"bullet": bullet, "quote": quote})
    assert templates.line("bullet", {**safe, "speakers": []}) == lines.bullet(safe).rstrip()
    assert templates.line("quote", {**safe, "speakers": []}) == lines.quote(safe)
