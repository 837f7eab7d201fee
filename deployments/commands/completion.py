"""Print what makes a shell complete commands, options and their values."""

import click
from click.shell_completion import get_completion_class

from deployments.commands.base import Command, CommandFailed

PROGRAM, VARIABLE = "brainwav", "_BRAINWAV_COMPLETE"


@click.command(cls=Command)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(context: click.Context, shell: str) -> None:
    """Print the completion of SHELL: `eval "$(brainwav completion bash)"`."""
    made = get_completion_class(shell)
    if made is None:
        raise CommandFailed(f"no completion for {shell}")
    click.echo(made(context.find_root().command, {}, PROGRAM, VARIABLE).source())


if __name__ == "__main__":
    command()
