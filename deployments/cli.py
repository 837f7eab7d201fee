"""`brainwav`: one command on the path for everything that is done with a service."""

import importlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from api.version import VERSION
from deployments.commands.base import INTERRUPTED, home_option

COMMANDS = {
    "up": "up",
    "down": "down",
    "status": "status",
    "demo": "client.demo",
    "search": "client.search",
    "plan": "client.plan",
    "index": "client.index_files",
    "embed": "client.embed_files",
    "jobs": "client.jobs",
    "mcp": "client.mcp_server",
    "reembed": "reembed",
    "models": "models",
    "keys": "keys",
    "logs": "logs",
    "report": "client.report",
    "doctor": "doctor",
    "env": "ray_env",
    "dashboard": "client.dashboard",
    "check": "check_config",
    "deploy": "deploy",
    "backup": "backup",
    "restore": "restore",
    "completion": "completion",
}
"""Commands by name and the module of each, in the order in which one meets them."""


class Commands(click.Group):
    """Imports a command's module when it is asked for: some of them load a model's libraries."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names, in their order."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command; None where there is none of that name."""
        module = COMMANDS.get(cmd_name)
        if module is None:
            return None
        return importlib.import_module(f"deployments.commands.{module}").command

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; one that is interrupted while it is still imported has done nothing."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            click.echo("\nbrAInwav: interrupted; nothing was done", err=True)
            ctx.exit(INTERRUPTED)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands from their modules' sources, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, _first_line(module)) for name, module in COMMANDS.items()])


def _first_line(module: str) -> str:
    file = Path(__file__).parent.joinpath("commands", *module.split(".")).with_suffix(".py")
    source = file.read_text()
    return source.removeprefix('"""').split("\n", 1)[0].removesuffix('"""')


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit status: 0 done, 1 not done (stderr says why), 2 wrongly called, 3 done with items "
    "left out, 4 nothing runs there, 130 interrupted. `brainwav completion bash` prints what makes "
    "a shell complete all of this.",
)
@click.version_option(VERSION, prog_name="brainwav")
@home_option
@click.pass_context
def cli(ctx: click.Context, home: Path) -> None:
    """Serve CLIP embeddings, hybrid search and planning from this machine.

    A service lives in a home folder; every command says which one it talks to.
    """
    if os.environ.get("NO_COLOR"):
        ctx.color = False


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; the entry point of the package."""
    cli(arguments, prog_name="brainwav")


if __name__ == "__main__":
    main()
