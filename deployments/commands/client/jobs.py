"""List writes that became jobs, look at one, or cancel it."""

import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import httpx

from deployments.commands.base import Command, CommandFailed, Function, home_option
from deployments.commands.service import RunningService, answer_of, service_of, url_option

ENDED = {"done", "failed", "cancelled"}
LOOK_S = 1.0
LEFT_OUT = 3
"""Exit status of a job that is done but for some documents."""


class JobsCommand(Command):
    """Says in one line that a service cannot be reached."""

    interrupted = "stopped looking; the job goes on"

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except httpx.HTTPError as error:
            raise CommandFailed(f"the service does not answer: {error}") from error


def _options(function: Function) -> Function:
    as_json = click.option("--json", "as_json", is_flag=True, help="Print the whole answer.")
    return home_option(url_option(as_json(function)))


def _service(home: Path, url: str | None) -> RunningService:
    service = service_of(home, url)
    service.announce()
    return service


@click.group()
def command() -> None:
    """List writes that became jobs, look at one, or cancel it.

    A write over HTTP becomes a job where it would take long, or where it asks for it.
    `brainwav index` does its work itself, and has none here.
    """


@command.command("list", cls=JobsCommand)
@_options
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True)
def list_jobs(home: Path, url: str | None, as_json: bool, limit: int) -> None:
    """List your jobs, the newest first."""
    with _service(home, url).client() as client:
        page = answer_of(client.get("/jobs", params={"limit": limit}))
    if as_json:
        click.echo(json.dumps(page, indent=2))
        return
    for job in page["jobs"]:
        click.echo(line_of(job))
    click.echo(f"{len(page['jobs'])} of {page['total']} jobs")


@command.command(cls=JobsCommand)
@click.argument("job_id", metavar="ID")
@_options
@click.option("--wait", is_flag=True, help="Until it has ended; exit status 3: some were left out.")
def show(home: Path, url: str | None, as_json: bool, job_id: str, wait: bool) -> None:
    """Show a job, and the documents that failed."""
    with _service(home, url).client() as client:
        job = answer_of(client.get(f"/jobs/{job_id}"))
        while wait and job["state"] not in ENDED:
            time.sleep(LOOK_S)
            job = answer_of(client.get(f"/jobs/{job_id}"))
    _tell(job, as_json)
    if wait:
        sys.exit(_status(job))


@command.command(cls=JobsCommand)
@click.argument("job_id", metavar="ID")
@_options
def cancel(home: Path, url: str | None, as_json: bool, job_id: str) -> None:
    """Cancel a job; what was written stays."""
    with _service(home, url).client() as client:
        _tell(answer_of(client.delete(f"/jobs/{job_id}")), as_json)


def _status(job: Mapping[str, Any]) -> int:
    if job["state"] != "done":
        return 1
    return LEFT_OUT if job["failed"] else 0


def _tell(job: Mapping[str, Any], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(job, indent=2))
        return
    click.echo(line_of(job))
    if job["error"] is not None:
        click.echo(f"  it failed: {job['error']['message']}")
    if job["waits"] is not None:
        click.echo(f"  it waits: {job['waits']}")
    if job["cancel_requested"] and job["state"] not in ENDED:
        click.echo("  it ends with the documents under way")
    for failure in job["failures"]:
        click.echo(f"  {failure['index']}  {failure['code']}  {failure['message']}")
    if job["next_offset"] is not None:
        click.echo(f"  and {job['failed'] - job['next_offset']} more that failed")
    for warning in job["warnings"]:
        click.echo(f"  note: {warning['message']}")


def line_of(job: Mapping[str, Any]) -> str:
    """Return a job in one line."""
    counts = f"{job['written']} written, {job['failed']} failed, {job['left']} left"
    return f"{job['id']}  {job['state']:9}  {job['namespace']}  {counts}"


if __name__ == "__main__":
    command()
