"""The command line that bulk jobs share."""

import argparse
from pathlib import Path

from deployments.bulk.checkpoint import Checkpoint
from deployments.bulk.columns import Columns
from deployments.bulk.job import Job, job_folder
from deployments.bulk.open_source import open_source
from deployments.bulk.run import RunSettings


def add_source(parser: argparse.ArgumentParser) -> None:
    """Add what says what to read."""
    parser.add_argument("source", help="a folder, a file, or an address such as s3://bucket/folder")
    parser.add_argument("--text-column", default="text", help="of a table ('' for none)")
    parser.add_argument("--picture-column", help="of a table: bytes, or paths beside the file")
    parser.add_argument("--id-column", help="by default the id follows from file and row")
    parser.add_argument("--time-column", help="ISO 8601 times or timestamps")
    parser.add_argument("--metadata-columns", help="a,b,c; by default all others")
    parser.add_argument("--shard-items", type=int, default=500, help="acknowledged together")


def add_running(parser: argparse.ArgumentParser, project: Path) -> None:
    """Add what says how to run."""
    parser.add_argument("--state", type=Path, default=project / ".brainwav", help="of `make up`")
    parser.add_argument("--address", help="of another cluster: host:port, or auto")
    parser.add_argument("--job", type=Path, help="folder of the checkpoint and the failures")
    parser.add_argument("--restart", action="store_true", help="forget what is done")
    parser.add_argument("--dry-run", action="store_true", help="read and check, write nothing")
    parser.add_argument("--calls", type=int, default=8, help="under way at once, at most")
    parser.add_argument(
        "--slowdown", type=float, default=1.5, help="of others' searches, while there are any"
    )
    parser.add_argument("--slowest-ms", type=float, help="of a search, in place of --slowdown")


def job(args: argparse.Namespace, kind: str, settings: dict[str, object]) -> Job:
    """Return the job that a command line describes.

    Args:
        settings: What tells this job from another over the same source.

    Raises:
        NoSource: There is nothing to read.
    """
    what = f"{args.source} {sorted(settings.items())}"
    checkpoint = Checkpoint(args.job or job_folder(args.state, kind, what))
    if args.restart:
        checkpoint.forget()
    metadata = args.metadata_columns
    columns = Columns(
        args.text_column or None,
        args.picture_column,
        args.id_column,
        args.time_column,
        None if metadata is None else tuple(filter(None, metadata.split(","))),
    )
    source = open_source(args.source, columns, checkpoint.created_at())
    return Job(source, checkpoint, args.shard_items, settings | {"columns": repr(columns)})


def run_settings(args: argparse.Namespace) -> RunSettings:
    """Return how hard the job may press."""
    return RunSettings(
        namespace=getattr(args, "namespace", "default"),
        calls=args.calls,
        slowdown=args.slowdown,
        slowest_ms=args.slowest_ms,
    )
