"""Check Serve configurations strictly: every mistake is told, with its place."""

import sys
from pathlib import Path

import click

from deployments.checking import config
from deployments.commands.base import Command, config_of, home_option


@click.command(cls=Command)
@click.argument("files", type=click.Path(path_type=Path), nargs=-1)
@click.option(
    "--elsewhere",
    is_flag=True,
    help="The configuration's files are not looked for on this machine.",
)
@home_option
def command(files: tuple[Path, ...], elsewhere: bool, home: Path) -> None:
    """Check configuration FILES; without any, the one that `brainwav up` would deploy.

    Every mistake is a line with its place; exit status 1 where there is one.
    """
    failed = False
    for file in files or (config_of(home),):
        try:
            config.load(file, elsewhere or None)
            print(f"{file}: ok")
        except config.ConfigError as error:
            print(error, file=sys.stderr)
            failed = True
    sys.exit(failed)


if __name__ == "__main__":
    command()
