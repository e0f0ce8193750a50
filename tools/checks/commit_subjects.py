"""Check commit subjects: `area: Imperative sentence`, at most 72 characters.

`python -m tools.checks.commit_subjects` reads the commits since the rule began. With `--message FILE` it reads the
message of a new one, as the commit-msg hook of .pre-commit-config.yaml does.
"""

import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

MOST_CHARACTERS = 72
FIRST = "layout: Move modules into a folder per subject"  # the first commit that follows the rule
_SUBJECT = re.compile(r"[a-z][a-z0-9 _-]*: [A-Z]\S*( .*[^.\s]|)$")
# words at the beginning that are not imperative: "Adds", "Fixed", "Moving"
_OTHER_FORM = re.compile(r": ([A-Z][a-z]+(?<!s)s|[A-Z][a-z]+ed|[A-Z][a-z]+ing)\b")
_IMPERATIVE = {"Embed", "Need", "Seed", "Feed", "Bring", "Ring", "Sing", "Focus", "Canvas", "Exceed", "Speed", "Shed"}
# made by git or by a bot
_MADE = re.compile(r"(Merge|Revert|fixup!|squash!) ?")


def problem_of(subject: str) -> str:
    """Return what is wrong with a subject, in a few words; "" if nothing is."""
    if _MADE.match(subject):
        return ""
    if len(subject) > MOST_CHARACTERS:
        return f"{len(subject)} characters, {MOST_CHARACTERS} at most"
    if not _SUBJECT.match(subject):
        return "not of the form `area: Imperative sentence` without a full stop"
    other = _OTHER_FORM.search(subject)
    if other and other.group(1) not in _IMPERATIVE:
        return f"{other.group(1)} is not an imperative"
    return ""


def _since_first() -> Iterable[str]:
    command = ["git", "log", "--no-merges", "--format=%s"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    if answer.returncode:
        print("Commit subjects: not checked, because this is not a git checkout.")
        return
    for subject in answer.stdout.splitlines():
        yield subject
        if subject == FIRST:
            return


def main(arguments: list[str]) -> int:
    """Return 1 if a subject breaks the rule, after a line for each."""
    if arguments[:1] == ["--message"]:
        subjects: Iterable[str] = Path(arguments[1]).read_text(encoding="utf-8").splitlines()[:1]
    else:
        subjects = _since_first()
    wrong = [(subject, problem) for subject in subjects if (problem := problem_of(subject))]
    for subject, problem in wrong:
        print(f"Commit subject: {subject!r}: {problem}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
