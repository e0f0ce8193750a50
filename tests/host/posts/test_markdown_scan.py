"""The line scanner against markdown-it-py, which passes the CommonMark test suite."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from clapmark.posts.markdown_scan import scan

FRAGMENTS = [
    "", "", "", "words", "more words", "# One", "## Two", "### Three ###", "##", "#hash", " ## Two", "    ## code",
    "\t## code",
    "- **13:05** note", "- 13:05 note", "- **bold**",
    "===", "---", "- - -", "***", "- item", "* item", "+", "-", "1. one", "2) two", "10. ten", "  - nested",
    "    - deeper", "  words",
    "   words", "    words", "  ## In item", "- ## item heading", "- - two", "```", "```python", "````", "~~~",
    "  ```", "   ```", "- ```",
    "-     code", "> quote", ">", "> ## quoted", "> - item", "<!-- note -->", "<!-- open", "close -->", "<div>",
    "</div>", "<b>x</b>",
    "<b>", "<pre>", "</pre>", "  <!-- in -->", "- <div>", "<!DOCTYPE x>", "<?php", "?>", "| a |", "\\# no", "`## no`",
]  # fmt: skip


def headings_of_the_oracle(text: str):
    found = []
    tokens = MarkdownIt("commonmark").parse(text)
    for token in tokens:
        if token.type == "heading_open" and token.level == 0:
            found.append((token.map[0], int(token.tag[1])))
    return found


@settings(max_examples=600, deadline=None)
@given(st.lists(st.sampled_from(FRAGMENTS), max_size=14))
@example(["- ", "", "  ## x"])
@example(["> quote", "lazy", "---", "## Two"])
@example(["- item", "lazy", "  ```", "## Two", "```"])
def test_headings_are_those_that_commonmark_sees(fragments):
    text = "\n" + "\n".join(fragments) + "\n"  # no front matter
    found = [(heading.line, heading.level) for heading in scan(text.splitlines(keepends=True)).headings]
    assert found == headings_of_the_oracle(text)


@pytest.mark.parametrize(
    ("text", "headings"),
    [
        ("---\ntitle: x\n## no\n---\n## Yes\n", ["Yes"]),
        ("\ufeff---\n## no\n---\n## Yes\n", ["Yes"]),
        ("+++\n## no\n+++\n## Yes\n", ["Yes"]),
        ('{\n"a": 1\n}\n## Yes\n', ["Yes"]),
        ("---\nno end\n## Yes\n", ["Yes"]),
        ("{{< highlight go >}}\n## no\n{{< /highlight >}}\n## Yes\n", ["Yes"]),
        ("{{< youtube abc >}}\n## Yes\n", ["Yes"]),
        ("{{% note %}}\n## no\n{{% / note %}}\n## Yes\n", ["Yes"]),
        ("## Two ## \r\n\r\nTitle\r\nmore\r\n---\r\n", ["Two", "Title more"]),
    ],
)
def test_front_matter_and_shortcodes_hold_no_headings(text, headings):
    assert [heading.text for heading in scan(text.splitlines(keepends=True)).headings] == headings


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("```\nx\n", "code fence"),
        ("<!-- x\n", "HTML comment"),
        ("<pre>\n", "HTML block"),
        ("- ```\nx\n", None),
        ("<div>\n", None),
    ],
)
def test_what_is_never_closed_is_reported(text, what):
    unclosed = scan(text.splitlines(keepends=True)).unclosed
    assert (unclosed and unclosed[1]) == what
