"""Stop what `brainwav up` started in this home, and nothing else."""

from pathlib import Path

import click

from deployments.commands.base import Command, home_option
from deployments.local import cluster, ending

WITHDRAWN_GRACE_S = 2.0


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
    withdrawn = running is not None and ending.withdraw(running, home)
    # Nothing is left then that would lose anything.
    ended = cluster.stop(home, WITHDRAWN_GRACE_S if withdrawn else cluster.GRACE_S)
    print(f"brAInwav: stopped {ended} processes" if ended else "brAInwav: nothing was running")


if __name__ == "__main__":
    command()
