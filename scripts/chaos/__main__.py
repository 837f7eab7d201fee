"""Faults at random under mixed load, for ten minutes: is anything acknowledged lost or doubled?

Three Ray nodes on this machine, each with a proxy: a head, and two with a replica each of Ingress,
HybridSearch and Embedder. Clients enter by the head's, whose HAProxy is the one that is disturbed;
what a client with a second address would have seen is counted beside. Searches, embeddings, reads,
writes and deletions come at a fixed rate while processes are killed, or stopped for twenty seconds
and continued, the index's disk is filled and clocks are shifted, in an order drawn from the seed.
Faults that this machine does not allow are listed as *not run*, and a bar that needs them does not
count as met.

Run it by `make chaos`, or `python -m scripts.chaos` in the project's folder.
"""

import argparse
import os
import random
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from scripts.bench.support.service import report
from scripts.chaos.counters import Counters
from scripts.chaos.faults import FaultOutcome, all_faults, run_faults
from scripts.chaos.service import ChaosService
from scripts.chaos.traffic import Traffic
from scripts.chaos.verdicts import fault_rows, verdict_rows


def main() -> None:
    """Start, disturb, verify, print."""
    parser = argparse.ArgumentParser(prog="chaos", description=__doc__)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--seed", type=int, default=None, help="of the order of faults")
    parser.add_argument("--only", default="", help="faults whose name holds one of a,b,c")
    parser.add_argument("--rate", type=float, default=1.0, help="times the usual requests a second")
    args = parser.parse_args()
    args.seed = args.seed if args.seed is not None else random.SystemRandom().randrange(10**6)
    # Not half a minute of draining when it ends.
    os.environ.setdefault("RAY_SERVE_DIRECT_INGRESS_MIN_DRAINING_PERIOD_S", "1")
    with (
        tempfile.TemporaryDirectory(prefix="brainwav-chaos-") as temporary,
        ChaosService(Path(temporary)) as service,
    ):
        told = disturb(service, args)
        rows = verdict_rows(told.traffic, told.outcomes, service.url, told.counters)
    extra = {"seed": args.seed, "seconds": args.seconds, "errors": told.traffic.errors()}
    report("chaos-faults", fault_rows(told.outcomes), extra)
    report("chaos", rows, extra)
    sys.exit(any(row["verdict"] == "missed" for row in rows))


@dataclass(frozen=True, slots=True)
class ChaosResults:
    """What came of the faults, what callers were answered, and what the metrics said."""

    outcomes: list[FaultOutcome]
    traffic: Traffic
    counters: Counters


def disturb(service: ChaosService, args: argparse.Namespace) -> ChaosResults:
    """Put load on the service and let fault after fault happen; return what came of both."""
    faults = all_faults(service, args.only)
    random.Random(args.seed).shuffle(faults)
    with (
        Traffic(service.url, service.second_url, args.rate) as traffic,
        Counters(service.url) as counters,
    ):
        traffic.settle()
        ends_s = time.monotonic() + args.seconds
        outcomes = run_faults(faults, traffic, ends_s, print)
        traffic.recover(60.0)
    return ChaosResults(outcomes, traffic, counters)


if __name__ == "__main__":
    main()
