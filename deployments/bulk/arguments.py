"""The command line that bulk jobs share."""

import argparse
import contextlib
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from deployments.bulk.checkpoint import AnotherJob, CannotRecord, Checkpoint, InUse
from deployments.bulk.columns import Columns
from deployments.bulk.connection import NotRunning
from deployments.bulk.job import Gone, Job, Report, job_folder
from deployments.bulk.open_source import NoSource, left_alone, source_and_rest
from deployments.bulk.run import RunSettings
from deployments.bulk.service import GaveUp
from retrieval.errors import RetrievalError

REFUSALS = (
    NoSource,
    AnotherJob,
    InUse,
    CannotRecord,
    Gone,
    NotRunning,
    GaveUp,
    RetrievalError,
    OSError,
)
"""What ends a job and is told without a trace; the same command goes on where it was."""
SOME_LEFT_OUT = 3
"""Exit status of a job that is done, with items that could not be indexed. 1: it is not done."""


def add_source(parser: argparse.ArgumentParser) -> None:
    """Add what says what to read."""
    parser.add_argument("source", help="a folder, a file, or an address such as s3://bucket/folder")
    parser.add_argument("--text-column", default="text", help="of a table ('' for none)")
    parser.add_argument("--picture-column", help="of a table: bytes, or paths beside the file")
    parser.add_argument("--id-column", help="by default the id follows from file and row")
    parser.add_argument("--time-column", help="ISO 8601 times or timestamps")
    parser.add_argument("--metadata-columns", help="a,b,c; by default all others")
    parser.add_argument("--shard-items", type=_count, default=500, help="acknowledged together")


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"at least 1: {text}")
    return value


def add_running(parser: argparse.ArgumentParser, project: Path) -> None:
    """Add what says how to run."""
    parser.add_argument("--state", type=Path, default=project / ".brainwav", help="of `make up`")
    parser.add_argument("--address", help="of another cluster: host:port, or auto")
    parser.add_argument("--job", type=Path, help="folder of the checkpoint and the failures")
    parser.add_argument("--restart", action="store_true", help="forget what is done")
    parser.add_argument("--dry-run", action="store_true", help="read and check, write nothing")
    parser.add_argument("--calls", type=_count, default=8, help="under way at once, at most")
    parser.add_argument(
        "--slowdown", type=float, default=1.5, help="of others' searches, while there are any"
    )
    parser.add_argument("--slowest-ms", type=float, help="of a search, in place of --slowdown")


@contextlib.contextmanager
def job(args: argparse.Namespace, kind: str, settings: dict[str, object]) -> Iterator[Job]:
    """Yield the job that a command line describes, kept from other processes meanwhile.

    A dry run keeps nobody away, and forgets nothing.

    Args:
        settings: What tells this job from another over the same source.

    Raises:
        NoSource: There is nothing to read.
        InUse: Another process works on it.
    """
    what = f"{args.source} {sorted(settings.items())}"
    checkpoint = Checkpoint(args.job or job_folder(args.state, kind, what))
    metadata = args.metadata_columns
    columns = Columns(
        args.text_column or None,
        args.picture_column,
        args.id_column,
        args.time_column,
        None if metadata is None else tuple(filter(None, metadata.split(","))),
    )
    with contextlib.nullcontext() if args.dry_run else checkpoint.locked():
        if args.restart and not args.dry_run:
            checkpoint.forget()
        created_at = datetime.now(UTC) if args.dry_run else checkpoint.created_at()
        source, rest = source_and_rest(args.source, columns, created_at)
        if rest:
            print(f"brAInwav: {left_alone(rest)}")
        yield Job(source, checkpoint, args.shard_items, settings | {"columns": repr(columns)})


@contextlib.contextmanager
def told() -> Iterator[None]:
    """End the command in one line where somebody can do something about it."""
    try:
        yield
    except REFUSALS as error:
        sys.exit(f"brAInwav: {error}")
    except KeyboardInterrupt:
        sys.exit("brAInwav: stopped; the same command goes on where it was")


def tell(report: Report, failures: Path) -> None:
    """Say how a job ended, with the exit status: 0, or 3 where items were left out."""
    for notice in report.notices:
        print(f"brAInwav: {notice}")
    print(report)
    if report.failed:
        print(f"left out: {failures}")
        sys.exit(SOME_LEFT_OUT)


def run_settings(args: argparse.Namespace) -> RunSettings:
    """Return how hard the job may press."""
    return RunSettings(
        namespace=getattr(args, "namespace", "default"),
        calls=args.calls,
        slowdown=args.slowdown,
        slowest_ms=args.slowest_ms,
    )
