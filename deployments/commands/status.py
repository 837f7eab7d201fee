"""Say what runs in this home, where it answers, and how its components are."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import httpx

from deployments.commands.base import FAILED, NOTHING_RUNS, Command, home_option
from deployments.commands.service import RunningService, said_by, service_of, url_option
from deployments.local import cluster, processes

TIMEOUT_S = 15.0


@click.command(cls=Command)
@home_option
@url_option
@click.option("--json", "as_json", is_flag=True, help="Print it for other programs.")
def command(home: Path, url: str | None, as_json: bool) -> None:
    """Say what runs in this home and how it is.

    Exit status: 0 it can serve requests, 1 it runs and cannot, 4 nothing runs.
    """
    running = cluster.recorded(home)
    if url is None and running is None:
        found: dict[str, Any] = {"home": str(home), "running": False}
        status = NOTHING_RUNS
    else:
        found = {"home": str(home), "running": running is not None}
        found |= asked(service_of(home, url))
        status = 0 if found["ready"] else FAILED
    if running is not None:
        found["processes"] = len(processes.marked(running.instance))
        found["dashboard"] = running.dashboard_url
    if as_json:
        click.echo(json.dumps(found, indent=2))
    else:
        show(found)
    sys.exit(status)


def asked(service: RunningService) -> dict[str, Any]:
    """Return what a service says of itself; what it does not say is told as a problem."""
    found: dict[str, Any] = {"url": service.url, "ready": False, "problem": None, "components": {}}
    try:
        with service.client(TIMEOUT_S) as client:
            ready = client.get("/health/ready")
            found["ready"] = ready.status_code == 200
            if not found["ready"]:
                found["problem"] = _not_ready(ready)
            health = client.get("/health")
            if health.is_success:
                found["components"] = health.json()["components"]
            else:
                found["problem"] = found["problem"] or f"/health: {said_by(health)}"
    except (httpx.HTTPError, ValueError, KeyError) as error:
        found["problem"] = f"no answer: {error}"
    return found


def _not_ready(answer: httpx.Response) -> str:
    try:
        return "not ready: " + ", ".join(answer.json()["missing"])
    except (ValueError, KeyError, TypeError):
        return f"not ready: {answer.status_code}: {said_by(answer)}"


def show(found: Mapping[str, Any]) -> None:
    """Print it for people."""
    click.echo(f"home       {found['home']}")
    if "url" not in found:
        click.echo(
            f"service    {click.style('nothing runs', fg='yellow')}; `brainwav up` starts it"
        )
        return
    state = (
        click.style("ready", fg="green") if found["ready"] else click.style("not ready", fg="red")
    )
    click.echo(f"service    {found['url']}  {state}")
    if found["problem"]:
        click.echo(f"problem    {found['problem']}")
    if "dashboard" in found:
        click.echo(f"dashboard  {found['dashboard']}")
        click.echo(f"processes  {found['processes']}")
    for name, component in found["components"].items():
        healthy = component.get("healthy") is True
        mark = click.style("healthy", fg="green") if healthy else click.style("ill", fg="red")
        details = _details(component)
        click.echo(f"  {name:<16} {mark}  {details}".rstrip())


def _details(component: Mapping[str, Any]) -> str:
    shown = [
        f"{key} {value:.4g}" if isinstance(value, float) else f"{key} {value}"
        for key, value in component.items()
        if key != "healthy" and isinstance(value, str | int | float)
    ]
    return ", ".join(shown[:6])


if __name__ == "__main__":
    command()
