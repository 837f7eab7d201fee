"""Stop what `brainwav up` started in this home, and nothing else."""

from pathlib import Path

import click

from deployments.commands.base import Command, home_option
from deployments.local import cluster, rollout


class Down(Command):
    """Says what an interruption leaves."""

    interrupted = "interrupted; some of it may still run: `brainwav down` goes on"


@click.command(cls=Down)
@home_option
def command(home: Path) -> None:
    """Let requests end, write what is counted, and stop the service of this home."""
    running = cluster.recorded(home)
    if running is not None:
        print(f"brAInwav: {home}: letting requests end and writing what is counted", flush=True)
        rollout.withdraw(running, home)
    ended = cluster.stop(home)
    print(f"brAInwav: stopped {ended} processes" if ended else "brAInwav: nothing was running")


if __name__ == "__main__":
    command()
