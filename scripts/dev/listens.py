"""Print every port that the running service listens on, and which of them others can reach."""

import argparse
import sys
from pathlib import Path

from deployments.local import cluster, listening

PROJECT = Path(__file__).resolve().parents[2]


def main() -> None:
    """Print one line a port; exit status 1 where one is reachable from outside."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--state", type=Path, default=PROJECT / ".brainwav")
    args = parser.parse_args()
    running = cluster.recorded(args.state)
    if running is None:
        sys.exit("brAInwav: nothing is running")
    found = listening.listening(running.instance)
    for each in found:
        reach = "this machine" if each.is_local else "EVERYBODY"
        print(f"{each.protocol} {each.port:5} {reach:12} {each.address:16} {each.process}")
    sys.exit(any(not each.is_local for each in found))


if __name__ == "__main__":
    main()
