"""One bulk job for each source, into whatever place: what `index` and `embed` do alike."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

from deployments.bulk import arguments
from deployments.bulk.connection import connect, prepare
from deployments.bulk.dry_run import describe
from deployments.bulk.into import Into
from deployments.commands.base import Command


class BulkCommand(Command):
    """Says that a job can be resumed."""

    interrupted = "stopped; the same command goes on where it was"


def run_jobs(home: Path, sources: Sequence[str], into: Into, options: dict[str, Any]) -> NoReturn:
    """Do a job for each source, and leave with 3 where items were left out."""
    # Whatever answers a request goes before a job.
    os.nice(10)
    left_out = 0
    target = None
    for source in sources:
        args = SimpleNamespace(source=source, state=home, **options)
        with arguments.told(), arguments.job(args, into.kind, dict(into.settings)) as job:
            if args.dry_run:
                print(describe(job))
                continue
            # Only now: Ray reads what ``prepare`` sets when it is imported.
            if target is None:
                target = prepare(home, args.address)
                connect(target)
            from deployments.bulk.doing import doing

            how = doing(job, into, arguments.run_settings(args), args.workers)
            report = job.run(how.do, how.held)
        left_out = max(left_out, arguments.tell(report, job.checkpoint.failures_file))
    sys.exit(left_out)
