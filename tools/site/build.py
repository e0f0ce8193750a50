"""Builds the documentation site: all pages of docs/, the guides, and the generated reference, with MkDocs.

`make site` writes it to build/site/docs, beside the device page and the reader page. It asks no other server for
anything: no fonts, no scripts, no pictures from elsewhere.
"""

import html
import re
import shutil
import sys
from pathlib import Path

import yaml
from mkdocs.commands.build import build
from mkdocs.config import load_config

from tools.site import reference

ROOT = Path(__file__).parents[2]
_PROJECT_PAGES = ("CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "LICENSE")
_UP = re.compile(r"\]\((?:\.\./|docs/)(?=[\w.-]+\.md)")  # a link to a page that is in the same folder here
_TESTS = re.compile(r"\[([^]]+)\]\(tests/[^)]+\)")  # pages that are read in the checkout only
# a picture of docs/screens.md that leads to the device page of `clapmark play`: here to that of the site
_TRY = re.compile(r"\[(!\[[^]]*\]\([^)]*\))\]\(http://127\.0\.0\.1:8010/(#[^)]*)\)")
_WHILE_PLAYING = "While `clapmark play` (or `make play`) runs, click a picture"
_STYLE = ".device { width: 100%; height: 46rem; border: 1px solid #8888; border-radius: 8px; }\n"
_NAV: list[object] = [
    {"Start": "index.md"},
    {"Tour": "tour.md"},
    {"All pages": "pages.md"},
    {
        "Guides": [
            {"Note-taker": "guide-note-taker.md"},
            {"Session chair": "guide-session-chair.md"},
            {"Maker": "guide-maker.md"},
        ]
    },
    {
        "Using it": [
            "using.md", "screens.md", "cli.md", "reader.md", "archive.md", "video.md", "finding.md", "export.md",
            "templates.md", "flashing.md", "new-board.md",
        ]
    },
    {
        "Reference": [
            {"Commands": "reference-commands.md"},
            {"Settings": "reference-settings.md"},
            {"Verbs": "reference-verbs.md"},
            {"Python": "reference-python.md"},
        ]
    },
]  # fmt: skip


def build_site(target: Path, work: Path) -> None:
    """Write the documentation into the folder `target`, which is replaced; `work` holds its sources meanwhile."""
    source = work / "docs"
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(ROOT / "docs", source, ignore=shutil.ignore_patterns("site"))
    for path in sorted((ROOT / "docs" / "site").glob("*.md")):
        shutil.copy(path, source)
    for name in _PROJECT_PAGES:
        shutil.copy(ROOT / name, source)
    (source / "README.md").rename(source / "pages.md")  # else MkDocs takes it for the start page
    for path in source.glob("*.md"):
        text = _UP.sub("](", path.read_text(encoding="utf-8")).replace("](README.md", "](pages.md")
        text = _TESTS.sub(r"\1", text)
        text = _TRY.sub(_try_here, text).replace(_WHILE_PLAYING, "Click a picture")
        path.write_text(text, encoding="utf-8")
    for name, text in reference.pages().items():
        (source / name).write_text(text, encoding="utf-8")
    (source / "site.css").write_text(_STYLE, encoding="utf-8")
    config_path = work / "mkdocs.yml"
    config_path.write_text(yaml.safe_dump(_config(source, target)), encoding="utf-8")
    build(load_config(str(config_path), strict=True))


def _try_here(match: re.Match[str]) -> str:
    picture, fragment = match.groups()
    return f'<a href="../../index.html{html.escape(fragment)}">{picture}</a>'


def _config(source: Path, target: Path) -> dict[str, object]:
    return {
        "site_name": "Clapmark",
        "docs_dir": str(source),
        "site_dir": str(target),
        "theme": {
            "name": "material",
            "font": False,  # else they come from Google
            "features": ["navigation.sections", "navigation.top", "search.suggest", "search.highlight"],
            "palette": [
                _palette("(prefers-color-scheme: light)", "default", "dark"),
                _palette("(prefers-color-scheme: dark)", "slate", "light"),
            ],
            "favicon": "../icon.svg",
        },
        "nav": [*_NAV, {"Project": _rest(source)}],
        "plugins": ["search"],
        "markdown_extensions": [
            "tables",
            "attr_list",
            "md_in_html",
            "pymdownx.superfences",
            {"toc": {"permalink": True}},
        ],
        "extra_css": ["site.css"],
        "extra": {"generator": False},
    }


def _palette(media: str, scheme: str, name: str) -> dict[str, object]:
    toggle = {"icon": "material/brightness-6", "name": f"Switch to the {name} mode"}
    return {"media": media, "scheme": scheme, "primary": "teal", "toggle": toggle}


def _rest(source: Path) -> list[str]:
    """Return the pages that the lists above do not have, so that none is left out."""
    named = set(re.findall(r"[\w-]+\.md", str(_NAV)))
    return sorted(path.name for path in source.glob("*.md") if path.name not in named)


if __name__ == "__main__":
    build_site(Path(sys.argv[1]).absolute(), ROOT / "build" / "site-sources")
