"""Check Serve configurations strictly: unknown keys are errors, with their place."""

import sys
from pathlib import Path

import click

from deployments.commands.base import Command, config_of, home_option
from deployments.local import config


@click.command(cls=Command)
@click.argument("files", type=click.Path(path_type=Path), nargs=-1)
@home_option
def command(files: tuple[Path, ...], home: Path) -> None:
    """Check configuration FILES; without any, the one that `brainwav up` would deploy."""
    failed = False
    for file in files or (config_of(home),):
        try:
            config.load(file)
            print(f"{file}: ok")
        except config.ConfigError as error:
            print(error, file=sys.stderr)
            failed = True
    sys.exit(failed)


if __name__ == "__main__":
    command()
