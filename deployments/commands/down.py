"""Stop what `brainwav up` started in this home, and nothing else."""

from pathlib import Path

import click

from deployments.commands.base import Command, for_programs, home_option, json_option
from deployments.local import cluster, ending

RAYS_GRACE_S = 0.5
"""Where no replica is left that could lose anything: Ray would drain its node for half a minute."""


class Down(Command):
    """Says what an interruption leaves."""

    interrupted = "interrupted; some of it may still run: `brainwav down` goes on"


@click.command(cls=Down)
@home_option
@json_option
def command(home: Path, as_json: bool) -> None:
    """Let requests end, write what is counted, and stop the service of this home."""
    with for_programs(as_json) as show:
        show({"home": str(home), "stopped_processes": bring_down(home)})


def bring_down(home: Path) -> int:
    """Stop the service of a home; return how many processes were ended."""
    running = cluster.recorded(home)
    if running is not None:
        say(f"{home}: letting requests end and writing what is counted")
    is_safe = running is None or ending.withdraw(running, home, say)
    if running is not None and not ending.replicas(running.instance):
        is_safe = True
    ended = cluster.stop(home, RAYS_GRACE_S if is_safe else cluster.GRACE_S)
    say(f"stopped {ended} processes" if ended else "nothing was running")
    return ended


def say(line: str) -> None:
    """Print a line at once."""
    print(f"brAInwav: {line}", flush=True)


if __name__ == "__main__":
    command()
