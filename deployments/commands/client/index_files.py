"""Index folders of pictures, texts and documents, tables, or object storage; can be resumed."""

from pathlib import Path
from typing import Any

import click

from deployments.bulk import arguments
from deployments.bulk.into import IntoNamespace
from deployments.commands.base import home_option, json_option
from deployments.commands.client.bulk import BulkCommand, run_jobs


@click.command(cls=BulkCommand)
@click.argument("sources", metavar="FILES", nargs=-1, required=True)
@home_option
@arguments.source_options
@arguments.running_options
@json_option
@click.option("--namespace", default="default", show_default=True)
@click.option("--id", default="", help="Ids of a folder's files follow from this word and path.")
@click.option("--prune", is_flag=True, help="Show documents of a folder's files that are gone.")
@click.option("--yes", is_flag=True, help="With --prune: delete them.")
def command(home: Path, sources: tuple[str, ...], **options: Any) -> None:
    """Index FILES: folders, tables, or addresses such as s3://bucket/folder, each a job.

    A folder's pictures, texts, Markdown, HTML, PDF and DOCX files become documents; run again,
    it writes what has changed.
    Documents go into a namespace of the service that runs in this home.
    Exit status 3: done, but some items were left out and are listed.
    """
    if options["yes"] and not options["prune"]:
        raise click.UsageError("--yes goes with --prune")
    if len(sources) > 1 and options["job"] is not None:
        raise click.UsageError("--job is the folder of one job: give one of FILES with it")
    run_jobs(home, sources, IntoNamespace(options["namespace"]), options)


if __name__ == "__main__":
    command()
