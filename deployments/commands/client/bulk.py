"""One bulk job for each source, into whatever place: what `index` and `embed` do alike."""

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

from deployments.bulk import arguments
from deployments.bulk.connection import ClusterTarget, NoCluster, connect, prepare
from deployments.bulk.dry_run import describe
from deployments.bulk.folder_job import FolderJob
from deployments.bulk.into import Into
from deployments.commands.base import Command, NothingRuns, for_programs

SHOWN = 20
"""Files that are gone, before they are pruned."""


class BulkCommand(Command):
    """Says that a job can be resumed."""

    interrupted = "stopped; the same command goes on where it was"


def run_jobs(home: Path, sources: Sequence[str], into: Into, options: dict[str, Any]) -> NoReturn:
    """Do a job for each source, and leave with 3 where items were left out."""
    with for_programs(options.pop("as_json")) as show:
        ends = list(_ends_of(home, sources, into, options))
        show({"jobs": ends})
    sys.exit(max((arguments.SOME_LEFT_OUT for end in ends if end.get("failed")), default=0))


def _ends_of(
    home: Path, sources: Sequence[str], into: Into, options: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    """Do the jobs one after the other; yield how each ended, for programs."""
    # Whatever answers a request goes before a job.
    os.nice(10)
    is_connected = False
    target = None if options["dry_run"] else _target(home, options["address"])
    for source in sources:
        args = SimpleNamespace(source=source, state=home, **options)
        with arguments.told(), arguments.job(args, into.kind, dict(into.settings)) as job:
            if target is None:
                print(describe(job))
                yield {"source": source, "items": job.items, "dry_run": True}
                continue
            # Only now: Ray reads what ``prepare`` sets when it is imported.
            if not is_connected:
                connect(target)
                is_connected = True
            from deployments.bulk.doing import doing

            how = doing(job, into, arguments.run_settings(args), args.workers)
            report = job.run(how.do, how.held, how.target)
            arguments.tell(report, job.checkpoint.failures_file)
            end = {"source": source, **asdict(report)}
            end["failures_file"] = str(job.checkpoint.failures_file) if report.failed else None
            if isinstance(job, FolderJob) and args.prune:
                gone, end["deleted"] = _prune(job, args, how.target())
                end["gone"] = gone
            yield end


def _prune(job: FolderJob, args: SimpleNamespace, target: str) -> tuple[int, int]:
    """Show the files that are gone; delete their documents if that was said to be right.

    Returns how many are gone, and how many documents were deleted.
    """
    gone = job.vanished()
    for one in gone[:SHOWN]:
        print(f"  gone: {one.path} -> {one.id}")
    if len(gone) > SHOWN:
        print(f"  and {len(gone) - SHOWN} more")
    if gone and not args.yes:
        print(f"{len(gone)} documents would be deleted: say --prune --yes")
        return len(gone), 0
    from deployments.bulk.doing import deleting

    deleted = job.prune(deleting(args.namespace), target) if gone else 0
    print(f"{deleted} documents deleted, whose files are gone")
    return len(gone), deleted


def _target(home: Path, address: str | None) -> ClusterTarget:
    try:
        return prepare(home, address)
    except NoCluster as error:
        raise NothingRuns(str(error)) from error
