"""What `deploy` and `reembed` are told of the gate that judges a new version."""

import click

from deployments.commands.base import POSITIVE, Function
from deployments.remote.gate import Bounds


def gate_options(function: Function) -> Function:
    """Add how long the gate looks, and what it bears."""
    most = click.option(
        "--max-p95-ms", type=POSITIVE, default=Bounds().max_p95_ms, show_default=True
    )
    return click.option("--gate-seconds", type=POSITIVE, default=20, show_default=True)(
        most(function)
    )
