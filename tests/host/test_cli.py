"""The command line: help that answers at once, and documentation that misses no command and no option."""

import io
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from clapmark import cli
from clapmark.base.environment import Environment
from clapmark.base.errors import ExitCode

DOCS = Path(__file__).parents[2] / "docs" / "cli.md"


def commands():
    """Yield (words, command) of every command that does something."""
    context = click.Context(cli.clapmark)
    for name in cli.clapmark.list_commands(context):
        command = cli.clapmark.get_command(context, name)
        if isinstance(command, click.Group):
            for sub_name in command.commands:
                yield f"{name} {sub_name}", command.commands[sub_name]
        else:
            yield name, command


@pytest.mark.parametrize(("words", "command"), list(commands()), ids=str)
def test_every_command_and_option_is_documented_and_shows_an_example(words, command):
    text = DOCS.read_text(encoding="utf-8")
    assert f"`clapmark {words}" in text
    for option in command.params:
        if isinstance(option, click.Option):
            assert f"`{max(option.opts, key=len)}" in text, f"{words} {option.opts}"
    answer = type_(*words.split(), "--help")
    assert answer[0] == 0
    assert re.search(r"Example|\$ |  clapmark ", answer[1]), words


def type_(*words):
    result = subprocess.run([sys.executable, "-m", "clapmark", *words], capture_output=True, text=True, check=False)
    return result.returncode, result.stdout, result.stderr


def test_the_help_shows_a_normal_day_first_and_imports_little():
    code, out, _ = type_("--help")
    assert code == 0
    positions = [out.index(f"  {name} ") for name in (*cli.NORMAL_DAY, *cli.MORE)]
    assert positions == sorted(positions)
    script = "import sys; from clapmark import cli; cli.run(['--help']); print({'rich', 'serial'} & set(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False).stdout
    assert loaded.splitlines()[-1] == "set()"


def test_the_exit_codes_are_those_of_the_documentation():
    text = DOCS.read_text(encoding="utf-8")
    for code in ExitCode:
        assert f"| {int(code)} |" in text


def test_an_interrupt_is_130_and_says_what_is_safe(monkeypatch):
    environment = Environment(stdout=io.StringIO(), stderr=io.StringIO(), variables={})

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(cli.clapmark, "main", interrupted)
    assert cli.run(["sync"], environment) == 130
    assert "complete" in environment.stderr.getvalue()


def test_the_version_is_the_firmwares():
    code, out, _ = type_("--version")
    assert code == 0
    assert re.fullmatch(r"clapmark, version \d+\.\d+\.\d+", out.strip())
