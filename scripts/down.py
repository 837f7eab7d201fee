"""Stop what `make up` started, and nothing else."""

import argparse
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from deployments.local import cluster, rollout  # noqa: E402  (after the path)


def main() -> None:
    """Parse arguments and stop the recorded cluster."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--state", type=Path, default=PROJECT / ".brainwav")
    args = parser.parse_args()
    running = cluster.recorded(args.state)
    if running is not None:
        print("brAInwav: letting requests end and writing what is counted", flush=True)
        rollout.withdraw(running, args.state)
    ended = cluster.stop(args.state)
    print(f"brAInwav: stopped {ended} processes" if ended else "brAInwav: nothing was running")


if __name__ == "__main__":
    main()
