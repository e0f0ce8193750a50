"""`make mutants`: change the code at random places, and see whether the tests of that folder notice.

    python -m tests.mutation.mutate [--each N] [--seed N] [--survivors] [FOLDER ...]

Each mutant is one small change (tests/mutation/changes.py) in a copy of the project. Of the tests that mirror the
changed folder, those that run the changed line run on it (tests/mutation/coverage_map.py); a mutant that survives is
named. Prints the share of mutants caught per folder, and writes it to build/mutants.json with the survivors. No test
can catch some survivors, because the change makes no difference to what the code does; a reader has to find these.
"""

import argparse
import json
import os
import random
import re
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.mutation.changes import Change, changes_of
from tests.mutation.coverage_map import CoverageMap, record

ROOT = Path(__file__).parents[2]
TARGET = ROOT / "build" / "mutants.json"
GOAL_PERCENT = 90
_COPIED = ("firmware", "host/clapmark", "tests", "docs", "tools", "boot.py", "main.py", "pyproject.toml", "README.md")
_TIMEOUT_S = 900  # a mutant that waits forever is caught, too
_CPU_S = 20  # and one that computes forever: beyond five times what the tests need without a change

_ON_MICROPYTHON = "tests/test_on_micropython.py::test_on_micropython"
_LINK = ("server", "upload", "upload_failures", "session", "session_limits", "session_memory", "verbs", "control")

# the folder whose code is changed, and the tests that must notice: files, folders or pytest's node IDs, the fast first
FOLDERS = {
    "firmware/core": (
        "tests/firmware/core",
        "tests/firmware/journal/test_journal.py",
        "tests/firmware/journal/test_journal_damage.py",
        "tests/faults/test_buttons.py",
        "tests/firmware/control/test_controller.py",
        "tests/firmware/control/test_countdown_runner.py",
    ),
    "firmware/journal": ("tests/firmware/journal",),
    "firmware/control": ("tests/firmware/control",),
    "firmware/link": tuple(f"{_ON_MICROPYTHON}[test_mp_{one}-64]" for one in _LINK),
    "host/clapmark/link": ("tests/host/link", "tests/host/sync", "tests/host/stage"),
    "host/clapmark/notes": ("tests/host/notes", "tests/host/posts", "tests/host/recordings"),
    "host/clapmark/posts": ("tests/host/posts", "tests/host/notes", "tests/host/index"),
    "host/clapmark/sync": ("tests/host/sync",),
    "host/clapmark/bookmarks": ("tests/host/bookmarks", "tests/host/conference"),
    "host/clapmark/conference": ("tests/host/conference", "tests/host/bookmarks", "tests/host/index"),
}


@dataclass
class Tally:
    """What happened to the mutants of one folder."""

    caught: int = 0
    survivors: list[str] = field(default_factory=list)

    @property
    def tried(self) -> int:
        """How many were tried."""
        return self.caught + len(self.survivors)

    @property
    def percent(self) -> float:
        """The share that was caught."""
        return 100 * self.caught / self.tried if self.tried else 0.0


def all_changes(project: Path, folder: str) -> list[tuple[Path, Change]]:
    """Return every change that can be made in the modules of a folder of `project`."""
    found: list[tuple[Path, Change]] = []
    for path in sorted((project / folder).rglob("*.py")):
        found += [(path.relative_to(project), change) for change in changes_of(path.read_text(encoding="utf-8"))]
    return found


def label(path: Path, change: Change) -> str:
    """Return the name of a mutant in the list of survivors."""
    return f"{path.as_posix()}:{change.name}"


def fails(project: Path, tests: Sequence[str], cpu_s: int = _TIMEOUT_S) -> bool:
    """Return whether one of the tests fails in `project`, or they do not end; `cpu_s`: seconds of processor time."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-m", "not long"]
    environment = {
        **os.environ,
        "PYTHONPATH": f"{project}/host:{project}",
        "PYTHONDONTWRITEBYTECODE": "1",  # else a source of the same second and size would be taken for the one before
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # halves the time that pytest takes to start
    }
    try:
        answer = subprocess.run(
            [*command, *tests],
            cwd=project,
            env=environment,
            capture_output=True,
            timeout=_TIMEOUT_S,
            check=False,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s)),
        )
    except subprocess.TimeoutExpired:
        return True
    if answer.returncode in {3, 5}:  # pytest itself failed, or found no test
        raise RuntimeError((answer.stdout + answer.stderr).decode("utf-8", "replace")[-2_000:])
    return answer.returncode != 0


def is_caught(project: Path, path: Path, change: Change, tests: Sequence[str], seen: CoverageMap) -> bool:
    """Return whether the tests notice the change in `project`, a copy; the copy is as before afterwards."""
    chosen = seen.tests_of(path.as_posix(), change.line, change.last_line)
    seconds = sum(seen.seconds.get(test, 0.0) for test in chosen)
    source = project / path
    before = source.read_bytes()
    source.write_text(change.source, encoding="utf-8")
    try:
        if chosen:
            return fails(project, chosen, _CPU_S + round(5 * seconds))
        return fails(project, nearest_first(project, tests, path.stem))
    finally:
        source.write_bytes(before)


def nearest_first(project: Path, tests: Sequence[str], module: str) -> list[str]:
    """Return `tests` with their folders as files: first those whose text names the module that is changed."""
    word = re.compile(rf"\b{module}\b")
    files: dict[str, bool] = {}
    for test in tests:
        path = project / test.split("::")[0]
        for file in sorted(path.rglob("test_*.py")) if path.is_dir() else [path]:
            name = file.relative_to(project).as_posix() if path.is_dir() else test
            if file.exists() and name not in files:
                files[name] = word.search(file.read_text(encoding="utf-8")) is not None
    return sorted(files, key=lambda name: not files[name])


def recorded(project: Path, folder: str) -> CoverageMap:
    """Return which tests of the folder run which lines; end the program if a test fails without any change."""
    if all(test.startswith(_ON_MICROPYTHON) for test in FOLDERS[folder]):
        return CoverageMap()  # coverage does not see them
    try:
        return record(project, folder, FOLDERS[folder])
    except RuntimeError as error:
        sys.exit(f"Without any change, tests fail for {folder}: correct them first.\n{error}")


def measure(
    folders: list[str], choose: Callable[[str, list[tuple[Path, Change]]], list[tuple[Path, Change]]], console: Console
) -> dict[str, Tally]:
    """Try the mutants that `choose` picks of each folder, two at a time; return the result by folder."""
    tallies = {folder: Tally() for folder in folders}
    with tempfile.TemporaryDirectory() as name:
        projects = [Path(name) / str(number) for number in range(2)]
        for part in _COPIED:
            source, target = ROOT / part, projects[0] / part
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy2(source, target)
        (projects[0] / "build").mkdir()
        (projects[0] / ".micropython").symlink_to(ROOT / ".micropython")
        seen = {folder: recorded(projects[0], folder) for folder in folders}
        shutil.copytree(projects[0], projects[1], symlinks=True)
        jobs = [(folder, *one) for folder in folders for one in choose(folder, all_changes(projects[0], folder))]

        def work(number: int) -> None:
            for folder, path, change in jobs[number :: len(projects)]:
                tally = tallies[folder]
                if is_caught(projects[number], path, change, FOLDERS[folder], seen[folder]):
                    tally.caught += 1
                else:
                    tally.survivors.append(label(path, change))
                    console.print(f"survived: {tally.survivors[-1]}", markup=False)

        with ThreadPoolExecutor(len(projects)) as pool:
            list(pool.map(work, range(len(projects))))
    return tallies


def _last_values() -> dict[str, dict[str, Any]]:
    """Return what was measured before, by folder."""
    return json.loads(TARGET.read_text(encoding="utf-8")) if TARGET.exists() else {}


def main() -> int:
    """Measure, print and write the result; return 1 if a folder is below the goal."""
    parser = argparse.ArgumentParser(prog="tests.mutation.mutate")
    parser.add_argument("folders", nargs="*", metavar="FOLDER", help=f"of {', '.join(FOLDERS)}; default: all")
    parser.add_argument("--each", type=int, default=40, help="mutants for each folder")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 31))
    parser.add_argument("--survivors", action="store_true", help="only the last survivors, after new tests")
    asked = parser.parse_args()
    console = Console(highlight=False)
    values = _last_values()
    dice = random.Random(asked.seed)

    def choose(folder: str, found: list[tuple[Path, Change]]) -> list[tuple[Path, Change]]:
        if asked.survivors:
            return [one for one in found if label(*one) in values[folder]["survivors"]]
        return dice.sample(found, min(asked.each, len(found)))

    console.print(f"seed {asked.seed}")
    tallies = measure(asked.folders or [*FOLDERS], choose, console)
    values = _last_values()  # another run may have written its folders meanwhile
    for folder, tally in tallies.items():
        if asked.survivors:
            tally.caught = values[folder]["tried"] - len(tally.survivors)
        values[folder] = {"tried": tally.tried, "caught": tally.caught, "survivors": sorted(tally.survivors)}
    table = Table("folder", "mutants", "caught", "percent", title="Random mutants", title_justify="left")
    for folder, tally in tallies.items():
        table.add_row(folder, str(tally.tried), str(tally.caught), f"{tally.percent:.0f}")
    console.print(table)
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(json.dumps(values, indent=2, sort_keys=True) + "\n")
    return int(any(tally.percent < GOAL_PERCENT for tally in tallies.values()))


if __name__ == "__main__":
    sys.exit(main())
