"""Generated pages of the reference: commands, settings, verbs and exit codes; modules, from their docstrings."""

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import click

from clapmark import cli
from clapmark.base.errors import ExitCode
from clapmark.sync import device_settings
from firmware.core import settings as rules

ROOT = Path(__file__).parents[2]
_MEANINGS = {
    ExitCode.OK: "fine",
    ExitCode.FAILED: "failed, or nothing found",
    ExitCode.USAGE: "the command line cannot be understood",
    ExitCode.NO_DEVICE: "no device answers",
    ExitCode.DAMAGED: "damaged records were found and reported",
    ExitCode.CONFLICT: "a file of yours was in the way and was left as it is",
    ExitCode.INTERRUPTED: "interrupted with Ctrl-C",
}


def pages() -> dict[str, str]:
    """Return the generated pages by name."""
    return {
        "reference-commands.md": commands_page(),
        "reference-settings.md": settings_page(),
        "reference-verbs.md": verbs_page(),
        "reference-python.md": python_page(),
    }


def commands() -> Iterator[tuple[str, click.Command]]:
    """Yield each command with its name, such as `schedule push`, groups before their commands."""
    context = click.Context(cli.clapmark)
    for name in cli.clapmark.list_commands(context):
        command = cli.clapmark.get_command(context, name)
        if command is not None:
            yield from _with_children(name, command)


def _with_children(name: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    yield name, command
    if isinstance(command, click.Group):
        for child, inner in command.commands.items():
            yield from _with_children(f"{name} {child}", inner)


def commands_page() -> str:
    """Return the page of all commands: usage, description, arguments and options, exit codes."""
    parts = ["# Commands", "Generated from `clapmark --help`. [The command line](cli.md) explains more."]
    parts += [_command(name, command) for name, command in commands()]
    codes = "\n".join(f"| {int(code)} | {_MEANINGS[code]} |" for code in ExitCode)
    parts.append(f"## Exit codes\n\n| code | meaning |\n|---|---|\n{codes}")
    return "\n\n".join(parts) + "\n"


def _command(name: str, command: click.Command) -> str:
    context = click.Context(command, info_name=f"clapmark {name}")
    usage = command.get_usage(context).removeprefix("Usage: ")
    rows = [row for parameter in command.params if (row := _row(parameter, context))]
    table = "\n".join(["| argument or option | meaning |", "|---|---|", *rows]) if rows else ""
    body = [f"## `clapmark {name}`", f"```\n{' '.join(usage.split())}\n```", _prose(command.help or ""), table]
    return "\n\n".join(part for part in body if part)


def _row(parameter: click.Parameter, context: click.Context) -> str:
    if isinstance(parameter, click.Argument):
        return f"| `{_cell(parameter.make_metavar(context))}` | {'required' if parameter.required else 'optional'} |"
    if not isinstance(parameter, click.Option) or parameter.hidden:
        return ""
    names = ", ".join(f"`{name}`" for name in (*parameter.opts, *parameter.secondary_opts))
    takes = "" if parameter.is_flag else f" `{_cell(parameter.make_metavar(context))}`"
    shown = f" Default: {parameter.default}." if parameter.show_default and parameter.default is not None else ""
    return f"| {names}{takes} | {_cell(parameter.help or '')}{shown} |"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _prose(text: str) -> str:
    """Return a help text as Markdown: a paragraph that click keeps as it is becomes a block of code."""
    parts = []
    for paragraph in inspect.cleandoc(text).split("\n\n"):
        if paragraph.startswith("\b"):
            parts.append("```\n" + paragraph.removeprefix("\b").strip("\n") + "\n```")
        else:
            parts.append(paragraph)
    return "\n\n".join(parts)


def settings_page() -> str:
    """Return the page of all settings: default, and what each may be, in the firmware's own words."""
    defaults = rules.defaults()
    rows = [
        f"| `{name}` | `{_cell(repr(defaults[name]))}` | {_cell(_rule(name))} |" for name in device_settings.names()
    ]
    table = "\n".join(["| setting | default | what it may be |", "|---|---|---|", *rows])
    return f"# Settings\n\n`clapmark settings set NAME VALUE` changes one.\n\n{table}\n"


def _rule(name: str) -> str:
    try:
        rules.check(name, object())
    except rules.SettingsError as error:
        return str(error).partition(": ")[2]
    raise ValueError(f"the setting {name} can be anything")


def verbs() -> dict[str, str]:
    """Return the verbs of the link with what the firmware's module says of each."""
    link = ROOT / "firmware" / "link"
    tree = ast.parse((link / "sync_verbs.py").read_bytes())
    found = {
        node.name.removeprefix("serve_"): _first_sentence(ast.get_docstring(node) or "")
        for node in tree.body
        if isinstance(node, ast.AsyncFunctionDef) and node.name.startswith("serve_")
    }
    for path in sorted((link / "verbs").glob("*.py")):
        if path.stem != "__init__":
            found[path.stem] = (_docstring(path) or "").partition("\n")[0]
    return found


def verbs_page() -> str:
    """Return the page of the link's verbs."""
    rows = [f"| `{name}` | {_cell(text.removeprefix(f'{name}: '))} |" for name, text in verbs().items()]
    table = "\n".join(["| verb | what it does |", "|---|---|", *rows])
    return f"# Verbs of the link\n\n[The link](link.md) has their fields.\n\n{table}\n"


def python_page() -> str:
    """Return the page of the package's modules, with the first sentence of everything public."""
    parts = ["# Python modules", "Generated from docstrings. `import clapmark`: everything that the command line does."]
    host = ROOT / "host" / "clapmark"
    for folder in sorted({path.parent for path in host.rglob("*.py")} - {host}):
        modules = [_module(path) for path in sorted(folder.glob("*.py"))]
        text = "\n\n".join(module for module in modules if module)
        if text and not {"hardware", "chip"} & set(folder.relative_to(host).parts):
            parts.append(f"## clapmark.{'.'.join(folder.relative_to(host).parts)}\n\n{text}")
    return "\n\n".join(parts) + "\n"


def _module(path: Path) -> str:
    tree = ast.parse(path.read_bytes())
    lines = [
        f"- `{node.name}`: {_first_sentence(ast.get_docstring(node) or '')}"
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef) and not node.name.startswith("_")
    ]
    if not lines:
        return ""
    about = _first_sentence(ast.get_docstring(tree) or "")
    return f"### {path.stem}\n\n{about}\n\n" + "\n".join(lines)


def _first_sentence(text: str) -> str:
    first = " ".join(text.partition("\n\n")[0].split())
    return re.sub(r"([<>*_\[\]|])", r"\\\1", first)


def _docstring(path: Path) -> str | None:
    return ast.get_docstring(ast.parse(path.read_bytes()))
