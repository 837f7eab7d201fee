"""Print where Ray's dashboard is, and sign a browser in to it."""

import json
from pathlib import Path

import click

from deployments.commands.base import POSITIVE, Command, CommandFailed, NothingRuns, home_option
from deployments.local import cluster
from deployments.local.dashboard_sign_in import SignIn
from deployments.local.environment import token_file


@click.command(cls=Command)
@home_option
@click.option("--token", "only_token", is_flag=True, help="Print the token alone, to be pasted.")
@click.option(
    "--wait-s",
    type=POSITIVE,
    default=120,
    show_default=True,
    help="So long the link can be opened.",
)
@click.option("--json", "as_json", is_flag=True, help="Print address and token file; no link.")
def command(home: Path, only_token: bool, wait_s: float, as_json: bool) -> None:
    """Print where Ray's dashboard is, and a link that signs one browser in to it.

    Whoever is signed in can run code on this machine: docs/how-to/operating/watch-the-service.md.
    """
    running = cluster.recorded(home)
    if running is None:
        raise NothingRuns(f"nothing runs in {home}: `brainwav up` starts it")
    token = token_file(home).read_text().strip()
    if as_json:
        click.echo(json.dumps({"url": running.dashboard_url, "token_file": str(token_file(home))}))
    elif only_token:
        click.echo(token)
    else:
        _sign_in(running.dashboard_url, token, wait_s)


def _sign_in(url: str, token: str, wait_s: float) -> None:
    door = SignIn(f"{url}/#/serve", token)
    click.echo(f"dashboard  {url}")
    click.echo(f"open       {door.link}")
    click.echo(f"it signs one browser in, once, within {wait_s:g} s; from another machine: --token")
    if not door.wait(wait_s):
        raise CommandFailed("nobody opened the link; it is good no more")
    click.echo("signed in")
