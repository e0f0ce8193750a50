"""With any post and any foreign text, the person's bytes stay and the structure holds."""

import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from clapmark.archive.journals import parse_log
from clapmark.bookmarks.fold import all_bookmarks
from clapmark.bookmarks.linker import Linker
from clapmark.notes.media import BookmarkMedia, Media, TalkMedia
from clapmark.notes.plan import Post, PostInputs, plan_posts
from clapmark.posts.flavours import FLAVOURS, OBSIDIAN
from clapmark.posts.ids import begin_key, end_key
from clapmark.posts.markdown_scan import scan
from tests.host.notes.test_escape import hostile
from tests.support.archive.conference import conference, small_conference, talk, utc_ms
from tests.support.archive.journal_text import DEVICE, EPOCH, JournalText
from tests.support.archive.notes_archive import afternoon

FOLDER = Path("/archive")
counts: Counter[str] = Counter()

PIECES = [
    "---\ntitle: x # mine\ntags: [a,\n  b]\n---\n", "+++\ntitle = 'x'\n[a]\nb = 1\n+++\n", "\ufeff", "\n", "\n\n",
    "\r\n",
    "## Bees & Sensors\n", "## bees and sensors\n", "## Bees & Sensors [#](https://e.org)\r\n", "Bees & Sensors\n---\n",
    "## Dictionaries, all the way down!\n", "### Errors as Haiku\n", "## Lightning talks\n", "## Mine\n", "# Title\n",
    "Bees & Sensors\n\n", "Something Else\n\n", "q & a\n\n  • x\n", "  • item\n", "my takeaway: x\n",
    "```\n", "```\n## Bees & Sensors\n```\n", "~~~\n## Mine\n", "    ## Bees & Sensors\n", "\t- tab\n", "- item\n",
    "  - nested\n",
    "    - deeper\n\n      text\n", "* star\n", "1. one\n", "> quote\n", "lazy\n", "<div>\n", "</div>\n", "<!-- x\n",
    "-->\n",
    "%%\n", "%% x %%\n", "{{< youtube x >}}\n", "{{< note >}}\n## Bees & Sensors\n{{< /note >}}\n", "**takeaway:** x\n",
    "\x00\n",
    "\x0c\n", "\u2028x\n", "text \r more\n", "no line end", "| a | b |\n|---|---|\n", "[x]: https://e.org\n", "$$\n",
    "---\n", "===\n",
]  # fmt: skip
posts = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=8)), max_size=16).map("".join)
RAW = st.one_of(posts.map(lambda text: text.encode("utf-8", "surrogatepass")), st.binary(max_size=60))


def planned(schedule, log, flavour, post, written, media=None):
    linker = Linker([schedule], {})
    linked = [linker.link(bookmark) for bookmark in all_bookmarks([parse_log(DEVICE, EPOCH, log.data)])]
    files = PostInputs(schedule, (Post(FOLDER / "post.md", post),), FOLDER / "written.log", written, ("tag",), flavour)
    return plan_posts([files], linked, {}, FOLDER, media or Media())


@settings(max_examples=200, deadline=None)
@given(RAW, st.sampled_from(sorted(FLAVOURS)))
@example(b"\xef\xbb\xbf---\r\ntitle: x\r\n---\r\n## Bees & Sensors\r\n\r\n-\tx", "hugo")
def one_post(data, flavour):
    schedule, log = small_conference(), afternoon()
    plan = planned(schedule, log, FLAVOURS[flavour], data, b"")
    counts["posts"] += 1
    if plan.left:
        counts["left with a reason"] += 1
    after = {change.path.name: change.after for change in plan.changes}
    if "post.md" not in after:
        return
    old, new = data.split(b"\n"), after["post.md"].split(b"\n")
    rest = iter(new)
    for line in old[:-1]:
        assert line in rest
    last = old[-1]
    assert any(line in {last, last + b"\r"} for line in rest) or not last
    again = planned(schedule, log, FLAVOURS[flavour], after["post.md"], after["written.log"])
    assert again.changes == []
    counts["joined or added to"] += 1


@settings(max_examples=200, deadline=None)
@given(st.data(), st.sampled_from(sorted(FLAVOURS)))
def one_conference(data, flavour):
    titles = [data.draw(hostile) for _ in range(4)]
    text, name, tag, quote, url = (data.draw(hostile) for _ in range(5))
    talks = [
        talk(f"t{number}", title, f"{13 + number}:00", kind="lightning" if number > 2 else "talk", abstract=text,
             speakers=(name, title), url=f"https://example.org/{url}", room=name)
        for number, title in enumerate(titles)
    ]  # fmt: skip
    schedule = conference(*talks, title=name)
    log = JournalText()
    log.add(0, "clock", utc=utc_ms("13:00"), err=5)
    for number in range(4):
        short = tag.encode("ascii", "replace").decode()[:10]
        log.add(number * 3_600_000 + 60_000, "bookmark", tag=short, talk=f"t{number}")
    ids = [one.id for one in all_bookmarks([parse_log(DEVICE, EPOCH, log.data)])]
    video = TalkMedia(url, name)
    media = Media(
        {bookmark: BookmarkMedia(f"https://e.org/{url}", 61_000, quote) for bookmark in ids},
        {(schedule.slug, "t0"): video, (schedule.slug, "t1"): TalkMedia(f"https://e.org/{url}", "abcdefghijk")},
    )
    counts["conferences"] += 1
    plan = planned(schedule, log, FLAVOURS[flavour], None, b"", media)
    assert plan.left == []
    post, written = (change.after for change in plan.changes)
    lines = post.decode().splitlines(keepends=True)
    found = scan(lines, is_obsidian=FLAVOURS[flavour] is OBSIDIAN)
    top = [1] if flavour == "plain" else []
    assert [heading.level for heading in found.headings] == [*top, 2, 2, 2, 2, 3]
    assert [begin_key(line) for line in lines if begin_key(line)] == ["t0", "t1", "t2", "t3"]
    assert [end_key(line) for line in lines if end_key(line)] == ["t0", "t1", "t2", "t3"]
    body = "".join(lines)
    body = body.split("\n---\n", 1)[-1].replace("{{< youtube abcdefghijk >}}", "")
    assert "{{" not in body and "}}" not in body and "\x1b" not in body and "\0" not in body
    assert not re.search(r"<(?!!-- clapmark [a-z0-9. -]+ -->)", body)
    assert not re.search(r"%%(?! clapmark | *$)", body, re.MULTILINE)
    assert "javascript:" not in re.sub(r"[^(]*\((https?:[^)]*)\)", "", body).lower() or "javascript" in "".join(titles)
    again = planned(schedule, log, FLAVOURS[flavour], post, written, media)
    assert (again.changes, again.left) == ([], [])


@pytest.mark.parametrize("flavour", sorted(FLAVOURS))
def test_titles_of_three_hundred_characters_and_titles_that_differ_in_case_only(flavour):
    long = "A talk about " + "very " * 57 + "long titles"
    schedule = conference(
        talk("long", long, "13:00"), talk("upper", "SAME TITLE", "14:00"), talk("lower", "same title", "15:00"),
        talk("con", "CON", "16:00"), talk("dots", "../../etc/passwd", "17:00"),
    )  # fmt: skip
    assert len(long) > 300
    log = JournalText()
    log.add(0, "clock", utc=utc_ms("13:00"), err=5)
    for number, one in enumerate(schedule.talks):
        log.add(number * 3_600_000 + 60_000, "bookmark", tag="note", talk=one.id)
    plan = planned(schedule, log, FLAVOURS[flavour], None, b"")
    post, written = (change.after for change in plan.changes)
    assert plan.left == [] and len(post.split(b"## A talk about")[1].split(b"\n")[0]) < 220
    assert post.count(b"clapmark begin") == 5 and post.lower().count(b"## same title") == 2
    assert planned(schedule, log, FLAVOURS[flavour], post, written).changes == []
    # without any marker the long heading is found again by what is left of its title, and equal ones are not guessed
    bare = b"\n".join(line for line in post.split(b"\n") if b"clap" not in line)
    joined = planned(schedule, log, FLAVOURS[flavour], bare, b"")
    assert joined.changes[0].after.count(b"## A talk about") == 1
    assert len(joined.left) == 2 and all("does not identify the talk" in told for told in joined.left)


def told(capsys) -> None:
    with capsys.disabled():
        print(" " + ", ".join(f"{number} {what}" for what, number in counts.items()))


def test_every_byte_of_any_post_stays(capsys):
    one_post()
    told(capsys)
    assert counts["joined or added to"] > counts["posts"] / 2


def test_strangers_text_makes_no_structure_in_any_flavour(capsys):
    one_conference()
    told(capsys)
