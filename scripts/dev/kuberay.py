"""Put deploy/serve-cluster.yaml into deploy/kuberay/rayservice.yaml, between its own two parts."""

import argparse
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
MANIFEST = PROJECT / "deploy" / "kuberay" / "rayservice.yaml"
CONFIG = PROJECT / "deploy" / "serve-cluster.yaml"
OPENING = "  serveConfigV2: |\n"
CLOSING = "---\n"
INDENT = "    "


def main() -> None:
    """Write the manifest, or say that it is out of date."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing")
    args = parser.parse_args()
    wanted = combined(MANIFEST.read_text(), CONFIG.read_text())
    if args.check and wanted != MANIFEST.read_text():
        sys.exit(f"brAInwav: {MANIFEST} is out of date: run `python -m scripts.dev.kuberay`")
    if not args.check:
        MANIFEST.write_text(wanted)


def combined(manifest: str, config: str) -> str:
    """Return the manifest with the Serve configuration in its place."""
    before, rest = manifest.split(OPENING, 1)
    after = rest[rest.index(CLOSING) :]
    lines = [f"{INDENT}{line}" if line else line for line in config.splitlines()]
    return before + OPENING + "\n".join(lines) + "\n" + after


if __name__ == "__main__":
    main()
