"""Look at everything a service needs on this machine, and say what stands in its way."""

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import click

from deployments.checking import config as configuration
from deployments.commands.base import (
    FAILED,
    PROJECT,
    Command,
    config_of,
    config_option,
    home_option,
)
from deployments.local import cluster
from deployments.preflight import capacity, checks, index_model, installation, reachable
from deployments.preflight.checks import OK, WARNING, Check

COLOURS = {OK: "green", WARNING: "yellow", checks.FAILED: "red"}


@click.command(cls=Command)
@home_option
@config_option
@click.option("--json", "as_json", is_flag=True, help="Print it for other programs.")
def command(home: Path, config: Path | None, as_json: bool) -> None:
    """Look at Python, disk, port, path, rights, memory, names, configuration and index.

    Nothing is started or changed. Exit status 1 where something failed.
    """
    found = list(looked_at(home, config_of(home, config)))
    if as_json:
        click.echo(json.dumps([asdict(each) for each in found], indent=2))
    else:
        click.echo(f"home {home}")
        for each in found:
            mark = click.style(f"{each.status:<8}", fg=COLOURS[each.status])
            click.echo(f"  {mark} {each.name:<8} {each.said}")
    sys.exit(FAILED if any(each.status == checks.FAILED for each in found) else 0)


def looked_at(home: Path, file: Path) -> Iterator[Check]:
    """Yield every check, those of the machine first."""
    running = cluster.recorded(home)
    settings, problem = None, None
    try:
        settings = configuration.load(file)
    except configuration.ConfigError as error:
        problem = str(error)
    http = (settings or {}).get("http_options") or {}
    port = running.http if running is not None else http.get("port", 8000)
    yield from checks.before_start(home, port, running is not None)
    if running is not None:
        yield Check("port", OK, f"this home's service has port {port}")
    yield from installation.names(PROJECT)
    if settings is None:
        yield Check("config", checks.FAILED, problem or str(file))
        return
    yield Check("config", OK, str(file))
    try:
        capacity.check(settings, cluster.cpu_count())
    except capacity.TooFewCpus as error:
        yield Check("cpus", checks.FAILED, str(error))
    else:
        yield Check("cpus", OK, f"the shares fit into {cluster.cpu_count()} CPUs")
    yield reachable.check(settings)
    yield capacity.hardware(settings, capacity.gpu_count())
    yield index_model.check(settings)


if __name__ == "__main__":
    command()
