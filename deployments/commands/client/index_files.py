"""Index pictures, Parquet, CSV, JSONL or text files, or object storage; can be resumed."""

from pathlib import Path
from typing import Any

import click

from deployments.bulk import arguments
from deployments.bulk.into import IntoNamespace
from deployments.commands.base import home_option
from deployments.commands.client.bulk import BulkCommand, run_jobs


@click.command(cls=BulkCommand)
@click.argument("sources", metavar="FILES", nargs=-1, required=True)
@home_option
@arguments.source_options
@arguments.running_options
@click.option("--namespace", default="default", show_default=True)
def command(home: Path, sources: tuple[str, ...], **options: Any) -> None:
    """Index FILES: folders, files, or addresses such as s3://bucket/folder, each a job.

    Documents go into a namespace of the service that runs in this home.
    Exit status 3: done, but some items were left out and are listed.
    """
    if len(sources) > 1 and options["job"] is not None:
        raise click.UsageError("--job is the folder of one job: give one of FILES with it")
    run_jobs(home, sources, IntoNamespace(options["namespace"]), options)


if __name__ == "__main__":
    command()
