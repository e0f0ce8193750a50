"""`clapmark completion`: the script with which a shell completes clapmark's commands, options and values."""

import click
from click.shell_completion import get_completion_class

from clapmark.base.environment import Environment
from clapmark.base.errors import UsageError

VARIABLE = "_CLAPMARK_COMPLETE"  # where click looks for what the shell asks


@click.command("completion", short_help="Print the script that completes commands in your shell.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print the script for SHELL; commands, options, conferences and talks are completed then.

    \b
    Examples:
      echo 'eval "$(clapmark completion bash)"' >> ~/.bashrc     # bash 4.4 or newer
      echo 'eval "$(clapmark completion zsh)"' >> ~/.zshrc       # behind compinit
      clapmark completion fish > ~/.config/fish/completions/clapmark.fish
    """
    environment = ctx.ensure_object(Environment)
    found = get_completion_class(shell)
    if found is None:  # click knows all three
        raise UsageError(f"There is no completion for {shell}.")
    environment.give(found(ctx.find_root().command, {}, "clapmark", VARIABLE).source().rstrip("\n"))
