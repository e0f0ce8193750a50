"""`clapmark board`: check a board.json before it is put on a device."""

from pathlib import Path

import click

from clapmark.base.environment import Environment
from clapmark.commands.options import json_option


@click.group("board", short_help="Check a board.json with your own pins.")
def command() -> None:
    """Check a board.json, which describes the wiring of your own board."""


@command.command("check")
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
@json_option
@click.pass_obj
def check(environment: Environment, path: Path, as_json: bool) -> int:
    """Check the pins in FILE with the rules of the firmware; write nothing. Exit code 1: something cannot work.

    `clapmark flash` and `clapmark deploy` check a board.json in the same way.

    \b
    Examples:
      clapmark board check board.json
      clapmark board check board.json --json
    """
    from clapmark.flash.board_file import board_problems, ignored_keys, read_board  # `--help` need not load it

    description, _ = read_board(path)
    problems = board_problems(description)
    if as_json:
        environment.give_json({"board": description["board"], "problems": problems})
    else:
        for problem in problems:
            environment.give(problem)
    if ignored := ignored_keys(description):
        name = description["board"]
        environment.tell(f"A {name} has fixed wiring: the firmware ignores {', '.join(ignored)}.")
    if not problems:
        environment.tell(f"{path} is fine: every pin supports its function.")
    return 1 if problems else 0
