"""The command line that bulk jobs share."""

import contextlib
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeVar

import click

from deployments.bulk.connection import NoCluster
from deployments.bulk.folder_job import FolderJob
from deployments.bulk.job import Gone, Job, JobReport, job_folder
from deployments.bulk.recording.checkpoint import AnotherJob, Checkpoint, InUse
from deployments.bulk.recording.lines import CannotRecord
from deployments.bulk.run import RunSettings
from deployments.bulk.service import RetriesExhausted
from deployments.bulk.sources.columns import Columns
from deployments.bulk.sources.folder_files import FolderFiles
from deployments.bulk.sources.open import NoSource, notices_of, open_source
from deployments.bulk.sources.shards import ItemSource
from retrieval.errors import RetrievalError

REFUSALS = (
    NoSource,
    AnotherJob,
    InUse,
    CannotRecord,
    Gone,
    NoCluster,
    RetriesExhausted,
    RetrievalError,
    OSError,
)
"""What ends a job and is told without a trace; the same command goes on where it was."""
SOME_LEFT_OUT = 3
"""Exit status of a job that is done, with items that could not be indexed. 1: it is not done."""


COUNT = click.IntRange(min=1)
Function = TypeVar("Function", bound=Callable[..., Any])


def source_options(function: Function) -> Function:
    """Add what says how to read."""
    return _with(
        function,
        click.option(
            "--text-column",
            multiple=True,
            default=("text",),
            show_default="text",
            help="'' for none; several, each by an option of its own, make one text.",
        ),
        click.option("--picture-column", help="Of a table: bytes, or paths beside the file."),
        click.option("--id-column", help="By default the id follows from file and row."),
        click.option("--time-column", help="ISO 8601 times or timestamps."),
        click.option("--metadata-columns", help="a,b,c; by default all others."),
        click.option("--as-text", help="a,b,c: columns of a CSV that are no numbers or times."),
        click.option("--no-types", is_flag=True, help="Every value of a CSV stays a text."),
        click.option(
            "--shard-items",
            type=COUNT,
            default=500,
            show_default=True,
            help="Acknowledged at once.",
        ),
    )


def running_options(function: Function) -> Function:
    """Add what says how to run."""
    return _with(
        function,
        click.option("--address", help="Of another cluster: host:port, or auto."),
        click.option(
            "--job",
            type=click.Path(file_okay=False, path_type=Path),
            help="Folder of the checkpoint and the failures.",
        ),
        click.option("--restart", is_flag=True, help="Forget what is done."),
        click.option("--dry-run", is_flag=True, help="Read and check, write nothing."),
        click.option(
            "--calls", type=COUNT, default=8, show_default=True, help="Under way at once, at most."
        ),
        click.option(
            "--slowdown",
            type=click.FloatRange(1),
            default=1.5,
            show_default=True,
            help="Of others' searches, while there are any.",
        ),
        click.option(
            "--slowest-ms",
            type=click.FloatRange(min=0, min_open=True),
            help="Of a search, in place of --slowdown.",
        ),
        click.option(
            "--workers",
            type=click.IntRange(0),
            default=0,
            show_default=True,
            help="Spread over the cluster by Ray Data (0: run here).",
        ),
    )


def _with(function: Function, *options: Callable[[Function], Function]) -> Function:
    for option in reversed(options):
        function = option(function)
    return function


@contextlib.contextmanager
def job(args: SimpleNamespace, kind: str, settings: dict[str, object]) -> Iterator[Job]:
    """Yield the job that a command line describes, kept from other processes meanwhile.

    A dry run keeps nobody away, and forgets nothing.

    Args:
        settings: What tells this job from another over the same source.

    Raises:
        NoSource: There is nothing to read.
        InUse: Another process works on it.
    """
    word = getattr(args, "id", "")
    settings = settings | ({"id": word} if word else {})
    what = f"{args.source} {sorted(settings.items())}"
    checkpoint = Checkpoint(args.job or job_folder(args.state, kind, what))
    columns = _columns(args)
    with contextlib.nullcontext() if args.dry_run else checkpoint.locked():
        if args.restart and not args.dry_run:
            checkpoint.forget()
        created_at = datetime.now(UTC) if args.dry_run else checkpoint.created_at()
        source = open_source(args.source, columns, created_at, word)
        for notice in notices_of(source):
            print(f"brAInwav: {notice}")
        yield _job(args, source, checkpoint, settings | {"columns": repr(columns)})


def _job(
    args: SimpleNamespace, source: ItemSource, checkpoint: Checkpoint, settings: dict[str, object]
) -> Job:
    if not isinstance(source, FolderFiles) or "namespace" not in settings:
        return Job(source, checkpoint, args.shard_items, settings)
    # What is written now is new, whenever the folder was indexed first.
    source.created_at = datetime.now(UTC)
    made = FolderJob(source, checkpoint, args.shard_items, settings)
    if args.restart and not args.dry_run:
        made.record.forget(list(made.record.known))
    return made


def _columns(args: SimpleNamespace) -> Columns:
    texts = tuple(filter(None, args.text_column))
    return Columns(
        texts if len(texts) > 1 else next(iter(texts), None),
        args.picture_column,
        args.id_column,
        args.time_column,
        _listed(args.metadata_columns),
        None if args.no_types else _listed(args.as_text) or (),
    )


def _listed(names: str | None) -> tuple[str, ...] | None:
    return None if names is None else tuple(filter(None, names.split(",")))


@contextlib.contextmanager
def told() -> Iterator[None]:
    """End the command in one line where somebody can do something about it."""
    try:
        yield
    except REFUSALS as error:
        sys.exit(f"brAInwav: {error}")


def tell(report: JobReport, failures: Path) -> None:
    """Say how a job ended."""
    for notice in report.notices:
        print(f"brAInwav: {notice}")
    print(report)
    if report.failed:
        print(f"left out: {failures}")


def run_settings(args: SimpleNamespace) -> RunSettings:
    """Return how hard the job may press."""
    return RunSettings(
        namespace=getattr(args, "namespace", "default"),
        calls=args.calls,
        slowdown=args.slowdown,
        slowest_ms=args.slowest_ms,
    )
