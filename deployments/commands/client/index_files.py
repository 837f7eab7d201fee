"""Index pictures, Parquet, CSV, JSONL or text files, or object storage; can be resumed."""

import os
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click

from deployments.bulk import arguments
from deployments.bulk.connection import connect, prepare
from deployments.bulk.dry_run import describe
from deployments.commands.base import Command, home_option


class Index(Command):
    """Says that a job can be resumed."""

    interrupted = "stopped; the same command goes on where it was"


@click.command(cls=Index)
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
    # Whatever answers a request goes before a job.
    os.nice(10)
    left_out = 0
    target = None
    for source in sources:
        args = SimpleNamespace(source=source, state=home, **options)
        with arguments.told(), arguments.job(args, "index", {"namespace": args.namespace}) as job:
            if args.dry_run:
                print(describe(job))
                continue
            # Only now: Ray reads what ``prepare`` sets when it is imported.
            if target is None:
                target = prepare(home, args.address)
                connect(target)
            from deployments.bulk.index_job import doing

            how = doing(job, arguments.run_settings(args), args.workers)
            report = job.run(how.do, how.held)
        left_out = max(left_out, arguments.tell(report, job.checkpoint.failures_file))
    sys.exit(left_out)


if __name__ == "__main__":
    command()
