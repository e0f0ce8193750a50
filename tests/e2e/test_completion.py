"""Shell completion in real, interactive shells: the line after a press of the Tab key."""

import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.archive.notes_archive import make_archive
from tests.support.desk import Laptop

BIN = Path(sys.executable).parent
WAIT_S = 30
STARTED = {  # without anybody's settings: how, and what its owner has in the file that it reads first
    "bash": (
        ["bash", "--norc", "--noprofile", "-i"],
        'bind "set enable-bracketed-paste off"; eval "$(clapmark completion bash)"; echo is-set-$?\n',
    ),
    "zsh": (
        ["zsh", "-f", "-i"],
        'autoload -U compinit; compinit -u -D; eval "$(clapmark completion zsh)"; echo is-set-$?\n',
    ),
    "fish": (["fish", "--no-config", "-i"], "clapmark completion fish | source; echo is-set-$status\n"),
}


class Shell:
    """An interactive shell with clapmark's completion, in the folder of an archive."""

    def __init__(self, name, folder, home):
        arguments, first_line = STARTED[name]
        self.process, self.master = pty.fork()
        if self.process == 0:
            os.chdir(folder)
            path = f"{BIN}:{os.environ['PATH']}"
            variables = {"PATH": path, "HOME": str(home), "TERM": "dumb", "PS1": "ready> ", "LANG": "C.UTF-8"}
            os.execvpe(name, arguments, variables)
        self.shown = ""
        self.type(first_line)
        self.wait_for("is-set-0")

    def type(self, text: str) -> None:
        os.write(self.master, text.encode())

    def wait_for(self, pattern: str) -> str:
        end = time.monotonic() + WAIT_S
        while not re.search(pattern, self.shown):
            left_s = end - time.monotonic()
            assert left_s > 0, f"no {pattern!r} in {self.shown!r}"
            if select.select([self.master], [], [], left_s)[0]:
                self.shown += os.read(self.master, 65536).decode(errors="replace")
        return self.shown

    def complete(self, words: str, *patterns: str, tabs: int = 1) -> None:
        """Type `words` and Tab, wait until the terminal shows all `patterns`, and empty the line."""
        self.shown = ""
        self.type(words + "\t" * tabs)
        for pattern in patterns:
            self.wait_for(pattern)
        self.type("\x15")

    def close(self):
        os.kill(self.process, signal.SIGKILL)
        os.close(self.master)
        os.waitpid(self.process, 0)


@pytest.fixture
def shell(request, tmp_path):
    if shutil.which(request.param) is None:
        pytest.skip(f"there is no {request.param}")
    home = tmp_path / "home"
    home.mkdir()
    shell = Shell(request.param, make_archive(tmp_path / "archive").folder, home)
    yield shell
    shell.close()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"], indirect=True)
def test_a_shell_completes_commands_options_conferences_talks_and_formats(shell):
    shell.complete("clapmark sea", "clapmark search ")
    shell.complete("clapmark sync --wa", "clapmark sync --watch ")
    shell.complete("clapmark search --conf", "--conference ")
    shell.complete("clapmark report --conference pye", "--conference pyexample-2019 ")
    shell.complete("clapmark show be", "clapmark show bees ")
    shell.complete("clapmark schedule pu", "clapmark schedule push ")
    shell.complete("clapmark export you", "clapmark export youtube ")


@pytest.mark.parametrize("shell", ["bash", "zsh"], indirect=True)
def test_a_shell_lists_what_it_might_be(shell):
    shell.complete("clapmark s", r"\bschedule\b", r"\bsearch\b", r"\bshow\b", r"\bsync\b", tabs=2)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_there_is_a_script_for_each_shell(tmp_path, shell):
    answer = Laptop(tmp_path).type("completion", shell)
    assert answer.code == 0
    assert f"_CLAPMARK_COMPLETE={shell}_complete" in answer.stdout
    if shell == "bash":
        assert subprocess.run(["bash", "-n"], input=answer.stdout, text=True, check=False).returncode == 0
    assert Laptop(tmp_path).type("completion", "tcsh").code == 2


def test_completing_a_command_imports_none_and_a_broken_archive_is_no_noise(tmp_path):
    environment = {**os.environ, "_CLAPMARK_COMPLETE": "bash_complete", "COMP_WORDS": "clapmark s", "COMP_CWORD": "1"}
    script = (
        "import sys\nfrom clapmark import cli\n"
        "try:\n    cli.run([])\nfinally:\n    print("
        "{'rich', 'serial', 'clapmark.commands.device.sync'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False)
    assert "plain,sync" in done.stdout.splitlines() and done.stdout.splitlines()[-1] == "set()"
    (tmp_path / "clapmark.toml").write_text("this is no TOML")
    environment |= {"COMP_WORDS": "clapmark show x", "COMP_CWORD": "2"}
    done = subprocess.run(
        [BIN / "clapmark"], env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.stdout.strip(), done.stderr) == ("", "")
