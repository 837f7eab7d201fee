"""Print the variables by which Ray's own `serve` talks to the cluster of this home."""

import json
import shlex
from pathlib import Path

import click

from deployments.commands.base import Command, NothingRuns, home_option
from deployments.local import cluster
from deployments.local.environment import token_file


@click.command(cls=Command)
@home_option
@click.option("--json", "as_json", is_flag=True, help="Print it for other programs.")
def command(home: Path, as_json: bool) -> None:
    """Print the variables for `serve status`, `serve deploy` and `serve config`.

    For a shell: eval "$(brainwav env)". Whoever may read the token's file may do all that Ray can.
    """
    running = cluster.recorded(home)
    if running is None:
        raise NothingRuns(f"nothing runs in {home}: `brainwav up` starts it")
    found = variables(running, home)
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    for name, value in found.items():
        click.echo(f"export {name}={shlex.quote(value)}")


def variables(running: cluster.Cluster, home: Path) -> dict[str, str]:
    """Return what a client of a cluster's dashboard needs."""
    return {
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN_PATH": str(token_file(home)),
        "RAY_DASHBOARD_ADDRESS": running.dashboard_url,
    }


if __name__ == "__main__":
    command()
