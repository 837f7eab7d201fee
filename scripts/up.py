"""Start Ray, deploy serve_config.yaml and wait until it is ready. Running it twice is harmless."""

import argparse
import sys
import time
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from deployments.local import capacity, cluster, config, footprint, private, rollout  # noqa: E402  (after the path)

EXPECTED = (
    config.ConfigError,
    capacity.TooFewCpus,
    cluster.ClusterError,
    private.NotPrivate,
    rollout.RolloutError,
)
"""What a user can mend: said in one line, without a traceback."""


def main() -> None:
    """Parse arguments and bring the service up."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, default=PROJECT / "serve_config.yaml")
    parser.add_argument("--state", type=Path, default=PROJECT / ".brainwav")
    parser.add_argument("--timeout-s", type=float, default=600)
    args = parser.parse_args()
    start_s = time.monotonic()

    def say(line: str) -> None:
        print(f"[{time.monotonic() - start_s:5.1f} s] {line}", flush=True)

    try:
        settings = config.load(args.config)
        capacity.check(settings, cluster.cpu_count())
        port = settings["http_options"]["port"]
        for line in footprint.close(settings, args.state):
            say(line)
        say("starting Ray" if cluster.recorded(args.state) is None else "Ray runs already")
        running = cluster.start(PROJECT, args.state, cluster.cpu_count(), port, say)
        say(f"deploying {args.config.name}")
        rollout.deploy(running, settings, PROJECT, args.state, args.timeout_s, say)
        url = f"http://127.0.0.1:{port}"
        rollout.await_ready(url, args.timeout_s)
        cluster.close_sockets(args.state)
        cluster.check_private(args.state)
    except EXPECTED as error:
        sys.exit(f"brAInwav: {error}")
    say(f"ready: {url}")
    if footprint.is_keyless(settings):
        say("without API keys every user of this machine may use it: docs/security.md")


if __name__ == "__main__":
    main()
