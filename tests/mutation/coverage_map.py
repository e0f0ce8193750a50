"""Which tests run which line of a folder: the tests that can notice a change there, the fastest first.

Coverage records the lines that each test runs, as pytest-cov's contexts. What a test runs in another process, and on
MicroPython, is not recorded: such tests are chosen only when no recorded test runs the line.
"""

import ast
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from coverage import CoverageData

_DURATIONS = "build/durations.json"


@dataclass
class CoverageMap:
    """The tests that ran a line (file, line from 1), the tests that ran a file, and the seconds that each test took."""

    lines: dict[tuple[str, int], set[str]] = field(default_factory=dict)
    files: dict[str, set[str]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    def tests_of(self, file: str, first: int, last: int) -> list[str]:
        """Return the tests that run one of these lines, the fastest first; those of the file if no line was recorded.

        A line that runs at the import, like that of a constant, has no test of its own.
        """
        of_lines = [self.lines.get((file, line), set()) for line in range(first, last + 1)]
        chosen = set().union(*of_lines) or self.files.get(file, set())
        return sorted(chosen, key=lambda test: (self.seconds.get(test, 0.0), test))


def record(project: Path, folder: str, tests: Sequence[str]) -> CoverageMap:
    """Run `tests` in `project`, unchanged, and return what they ran in `folder`; raise RuntimeError if one fails."""
    data_file = project / "build" / "mutation.coverage"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "tests.mutation.durations"]
    command += ["-m", "not long", f"--cov={folder}", "--cov-context=test", "--cov-report=", *tests]
    environment = {
        **os.environ,
        "PYTHONPATH": f"{project}/host:{project}",
        "COVERAGE_FILE": str(data_file),
        "CLAPMARK_DURATIONS": str(project / _DURATIONS),
    }
    answer = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
    if answer.returncode:
        raise RuntimeError(answer.stdout[-3_000:] + answer.stderr[-1_000:])
    data = CoverageData(str(data_file))
    data.read()
    found = CoverageMap(seconds=json.loads((project / _DURATIONS).read_text(encoding="utf-8")))
    for name in data.measured_files():
        file = Path(name).relative_to(project).as_posix()
        inside = _lines_in_functions(Path(name).read_text(encoding="utf-8"))
        for line, contexts in data.contexts_by_lineno(name).items():
            names = {context.rpartition("|")[0] for context in contexts if context}
            if line in inside:  # the others run at the import: by chance in the first test that needs the module
                found.lines[file, line] = names
            found.files.setdefault(file, set()).update(names)
    return found


def _lines_in_functions(source: str) -> set[int]:
    """Return the lines of `source` that belong to the body of a function."""
    lines: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines.update(range(node.body[0].lineno, (node.end_lineno or node.lineno) + 1))
    return lines
