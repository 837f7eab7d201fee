"""Check Serve configurations strictly: every mistake is told, with its place."""

import json
import sys
from pathlib import Path
from typing import Any

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
@click.option("--json", "as_json", is_flag=True, help="Print it for other programs.")
@home_option
def command(files: tuple[Path, ...], elsewhere: bool, as_json: bool, home: Path) -> None:
    """Check configuration FILES; without any, the one that `brainwav up` would deploy.

    Every mistake is a line with its place; exit status 1 where there is one.
    """
    chosen = files or (config_of(home),)
    if as_json:
        told = [_told(file, elsewhere) for file in chosen]
        print(json.dumps(told, indent=2))
        sys.exit(any(each["mistakes"] for each in told))
    failed = False
    for file in chosen:
        try:
            config.load(file, elsewhere or None)
            print(f"{file}: ok")
        except config.ConfigError as error:
            print(error, file=sys.stderr)
            failed = True
    sys.exit(failed)


def _told(file: Path, elsewhere: bool) -> dict[str, Any]:
    try:
        _, found = config.read(file, elsewhere or None)
    except config.ConfigError as error:
        return {"file": str(file), "mistakes": [{"place": None, "text": str(error)}]}
    return {"file": str(file), "mistakes": [each.as_json() for each in found]}


if __name__ == "__main__":
    command()
