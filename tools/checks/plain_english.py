"""Find words that a reader from another country does not expect, and name the usual ones.

`python -m tools.checks.plain_english` checks the sources, tests and documents, and prints a count per folder; with file
names it prints every place in these files. The exit code is 1 if there is any.
"""

import re
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]

# a pattern, and what to write instead
USUAL = {
    r"anew": "again",
    r"lies? (in|on|at|beside|below|behind)": "is in",
    r"lay (in|on)": "was in",
    r"stands? (in|on|behind|beside|there)": "is in",
    r"(is|are|was|were|be|been|gets?) told": "is reported",
    r"[Tt]ake it that": "assume that, set",
    r"let(s|ting)? go of": "release, close",
    r"looks? whether": "check whether",
    r"ha(s|ve) come (there|here)": "has arrived",
    r"broken off": "interrupted",
    r"(is|are) (there )?no more(?! than)": "is no longer",
    r"starts no more": "no longer starts",
    r"of its own accord": "by itself",
    r"[Nn]obody knows": "unknown",
    r"wherefrom|whereto|therein|thereof|thereby": "from where, to where, in it",
    r"rubble|strays?": "damaged data, orphans",
    r"what (it|he|she|they) (has|have) (?=[.,;])": "its data",
    r"any more(?! than)": "no longer",
    r"for ever": "forever",
    r"worked out": "calculated",
    r"life speed": "real time",
    r"let go": "released",
    r"rotted": "was damaged",
    r"made good": "completed",
    r"(?<!there )(?<!There )(is|are|was) no (record|schedule|time|text|line|frame|port)(?=[.,;:])": "is not a",
}
_PATTERN = re.compile("|".join(rf"(?P<w{number}>\b(?:{text})\b)" for number, text in enumerate(USUAL)))
_ADVICE = list(USUAL.values())

TREES = ("host", "firmware", "docs", "tests", "tools")
# outside text, and this list itself
_EXCEPT = (
    "tests/fixtures/",
    "tests/e2e/golden/",
    "tools/checks/plain_english.py",
    "tests/tools/",
    "host/clapmark/sim/demo/pycon",
)


def checked_files() -> list[Path]:
    """Return the files that people read: code, scripts and pages."""
    files = [path for tree in TREES for suffix in ("*.py", "*.md", "*.script") for path in (ROOT / tree).rglob(suffix)]
    files += [*ROOT.glob("*.md"), *ROOT.glob("*.py"), ROOT / "Makefile"]
    return sorted(path for path in files if not _name(path).startswith(_EXCEPT))


def find(text: str) -> list[tuple[int, str, str]]:
    """Return line number, words found and the usual words, for each place in the text."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        for match in _PATTERN.finditer(line):
            found.append((number, match.group(), _ADVICE[int((match.lastgroup or "w0")[1:])]))
    return found


def _name(path: Path) -> str:
    return path.resolve().relative_to(ROOT).as_posix()


def _folder(path: Path) -> str:
    parts = _name(path).split("/")
    return "/".join(parts[:3] if parts[0] == "host" else parts[:2]) if len(parts) > 2 else parts[0]


def main(names: list[str]) -> int:
    """Print what was found; return 1 if that is anything."""
    named = [Path(name) for name in names if not _name(Path(name)).startswith(_EXCEPT)]
    files = named if names else checked_files()
    counts: Counter[str] = Counter()
    for path in files:
        places = find(path.read_text(encoding="utf-8"))
        counts[_folder(path)] += len(places)
        for number, words, usual in places if names else []:
            print(f"{_name(path)}:{number}: {words!r}; usual: {usual}")
    total = sum(counts.values())
    if total and not names:
        print(f"Plain English: {total} unusual phrases; name the files to see each.")
        print("  " + ", ".join(f"{folder} {count}" for folder, count in counts.most_common() if count))
    return 1 if total else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
