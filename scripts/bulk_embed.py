"""Embed a folder of pictures, a Parquet, CSV or JSONL file, or object storage; can be resumed."""

import argparse
import os
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from deployments.bulk import arguments  # noqa: E402  (after the path, like all that follow)
from deployments.bulk.checkpoint import AnotherJob  # noqa: E402
from deployments.bulk.connection import NotRunning, connect, prepare  # noqa: E402
from deployments.bulk.dry_run import describe  # noqa: E402
from deployments.bulk.open_source import NoSource  # noqa: E402
from deployments.bulk.service import GaveUp  # noqa: E402
from retrieval.errors import RetrievalError  # noqa: E402


def main() -> None:
    """Parse arguments and run the job, or look at its source only."""
    parser = argparse.ArgumentParser(description=__doc__)
    arguments.add_source(parser)
    arguments.add_running(parser, PROJECT)
    parser.add_argument("--out", required=True, help="folder of Parquet files, or NAME.lance")
    parser.add_argument(
        "--workers", type=int, default=0, help="spread over the cluster by Ray Data (0: run here)"
    )
    args = parser.parse_args()
    # Whatever answers a request goes before a job.
    os.nice(10)
    try:
        job = arguments.job(args, "embed", {"out": args.out})
        if args.dry_run:
            print(describe(job))
            return
        target = prepare(args.state, args.address)
        # Only now: Ray reads what ``prepare`` has set when it is imported.
        from deployments.bulk.embed_job import doing

        connect(target)
        report = job.run(doing(job, args.out, arguments.run_settings(args), args.workers))
    except (NoSource, AnotherJob, NotRunning, GaveUp, RetrievalError) as error:
        sys.exit(f"brAInwav: {error}")
    except KeyboardInterrupt:
        sys.exit("brAInwav: stopped; the same command goes on where it was")
    print(report)
    if report.failed:
        print(f"left out: {job.checkpoint.failures_file}")


if __name__ == "__main__":
    main()
