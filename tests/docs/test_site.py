"""The documentation as a site: it has everything that the program has, and asks no other server for anything."""

import json
import re
from html import unescape
from pathlib import Path

import click
import pytest

from clapmark.base.errors import ExitCode
from clapmark.sync import device_settings
from tools.site import reference
from tools.site.build import build_site

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    build_site(folder / "docs", folder / "work")
    return folder / "docs"


def text_of(site: Path, page: str) -> str:
    """Return what a person reads on a page of the built site."""
    html = (site / page / "index.html").read_text(encoding="utf-8")
    return unescape(re.sub(r"<[^>]+>", "", html.split("<article", 1)[1].split("</article>", 1)[0]))


def test_every_command_and_option_is_in_the_built_reference(site):
    text = text_of(site, "reference-commands")
    sections = dict(
        re.findall(r"\nclapmark ([a-z ]+)¶\n(.*?)(?=\nclapmark [a-z ]+¶\n|\nExit codes¶)", f"\n{text}", re.DOTALL)
    )
    found = dict(reference.commands())
    assert set(sections) == set(found) and len(found) > 30
    for name, command in found.items():
        options = [each for each in command.params if isinstance(each, click.Option) and not each.hidden]
        missing = [word for option in options for word in option.opts if word not in sections[name]]
        assert not missing, (name, missing)


def test_every_command_is_explained_on_the_page_of_the_command_line(site):
    text = text_of(site, "cli")
    missing = [
        name for name, command in reference.commands() if f"clapmark {name}" not in text and not is_group(command)
    ]
    assert missing == []


def is_group(command) -> bool:
    return isinstance(command, click.Group)


def test_every_setting_is_in_the_reference_and_on_the_page_of_the_command_line(site):
    for page in ("reference-settings", "cli"):
        text = text_of(site, page)
        assert [name for name in device_settings.names() if name not in text] == []


def test_every_verb_is_in_the_reference_and_on_the_page_of_the_link(site):
    verbs = set(reference.verbs())
    assert {"hello", "get", "commit"} <= verbs
    listed = text_of(site, "reference-verbs")
    described = re.findall(r"\n([a-z]+)¶\n", text_of(site, "link"))
    assert [verb for verb in verbs if verb not in listed] == []
    assert verbs <= set(described)


def test_every_exit_code_is_in_the_reference(site):
    text = text_of(site, "reference-commands").split("Exit codes¶")[1]
    assert [int(code) for code in ExitCode if not re.search(rf"(?<!\d){int(code)}(?!\d)", text)] == []


def test_a_missing_command_or_option_is_noticed(monkeypatch):
    assert "clapmark sync" in reference.commands_page() and "--watch" in reference.commands_page()
    found = dict(reference.commands())
    monkeypatch.setattr(found["sync"], "params", found["sync"].params[1:])
    assert (
        "--watch"
        not in reference.commands_page().split("## `clapmark sync`")[1].split("\n## ")[0].split("| argument")[1]
    )


def test_all_pages_of_the_folder_are_in_the_site_and_in_the_search(site):
    pages = {path.stem for path in (ROOT / "docs").glob("*.md")} - {"README"}
    assert [page for page in pages if not (site / page / "index.html").exists()] == []
    found = {
        entry["location"].split("/")[0]
        for entry in json.loads((site / "search" / "search_index.json").read_text())["docs"]
    }
    assert pages | {"tour", "guide-note-taker", "guide-session-chair", "guide-maker"} <= found


def test_no_page_asks_another_server_for_anything(site):
    asking = re.compile(
        r"""<(?:script|img|iframe|source|link(?![^>]*rel="canonical"))[^>]*(?:src|href)="(?:https?:)?//[^"]*"""
    )
    for path in site.rglob("*.html"):
        assert asking.findall(path.read_text(encoding="utf-8")) == [], path
    for path in site.rglob("*.css"):
        assert not re.search(r"""(?:@import|url\()\s*["']?(?:https?:)?//""", path.read_text(encoding="utf-8")), path


def test_the_start_page_has_the_live_device_and_links_that_arrive(site):
    html = (site / "index.html").read_text(encoding="utf-8")
    assert 'src="../index.html"' in html
    for path in site.rglob("*.html"):
        for link in re.findall(r'<a [^>]*href="([^"#]+)"', path.read_text(encoding="utf-8")):
            if "://" in link or link.startswith(("mailto:", "/")):
                continue
            target = (path.parent / link).resolve()
            if target.is_relative_to(site):
                assert (target / "index.html").exists() or target.is_file(), (path, link)
            else:
                assert target.relative_to(site.parent).as_posix() in {"index.html", "reader/index.html"}, (path, link)
