"""Embed a folder of pictures, a Parquet, CSV or JSONL file, or object storage; can be resumed.

Exit status: 0 all was written, 3 some items were left out (they are listed), 1 it is not done.
"""

import argparse
import os
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from deployments.bulk import arguments  # noqa: E402  (after the path, like all that follow)
from deployments.bulk.connection import connect, prepare  # noqa: E402
from deployments.bulk.dry_run import describe  # noqa: E402


def main() -> None:
    """Parse arguments and run the job, or look at its source only."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_source(parser)
    arguments.add_running(parser, PROJECT)
    parser.add_argument("--out", required=True, help="folder of Parquet files, or NAME.lance")
    parser.add_argument(
        "--workers", type=int, default=0, help="spread over the cluster by Ray Data (0: run here)"
    )
    args = parser.parse_args()
    # Whatever answers a request goes before a job.
    os.nice(10)
    with arguments.told(), arguments.job(args, "embed", {"out": args.out}) as job:
        if args.dry_run:
            print(describe(job))
            return
        target = prepare(args.state, args.address)
        # Only now: Ray reads what ``prepare`` has set when it is imported.
        from deployments.bulk.embed_job import doing

        connect(target)
        how = doing(job, args.out, arguments.run_settings(args), args.workers)
        report = job.run(how.do, how.held)
    arguments.tell(report, job.checkpoint.failures_file)


if __name__ == "__main__":
    main()
