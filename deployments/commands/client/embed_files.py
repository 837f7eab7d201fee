"""Embed pictures, Parquet, CSV, JSONL or text files, or object storage; can be resumed."""

from pathlib import Path
from typing import Any

import click

from deployments.bulk import arguments
from deployments.bulk.into import IntoFiles
from deployments.commands.base import home_option, json_option
from deployments.commands.client.bulk import BulkCommand, run_jobs


@click.command(cls=BulkCommand)
@click.argument("sources", metavar="FILES", nargs=-1, required=True)
@home_option
@arguments.source_options
@arguments.running_options
@json_option
@click.option("--out", required=True, help="Folder of Parquet files, or NAME.lance.")
def command(home: Path, sources: tuple[str, ...], **options: Any) -> None:
    """Embed FILES: folders, files, or addresses such as s3://bucket/folder, for one job.

    Vectors are written to --out; nothing is indexed.
    Exit status 3: done, but some items were left out and are listed.
    """
    if len(sources) > 1:
        # Two jobs would write files of the same names.
        raise click.UsageError("--out holds the vectors of one job: call it once for each of FILES")
    run_jobs(home, sources, IntoFiles(options["out"]), options)


if __name__ == "__main__":
    command()
