"""Write what our wrapper puts into HAProxy's configuration; for images, at their build."""

import argparse
from pathlib import Path

from deployments.local.environment import haproxy_wrapper


def main() -> None:
    """Write the files and print the variables by which the wrapper finds them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--into", type=Path, required=True)
    parser.add_argument("--connections", type=Path, help="for what replicas write over")
    args = parser.parse_args()
    for folder in (args.into, args.connections or args.into):
        folder.mkdir(parents=True, exist_ok=True)
    for name, value in haproxy_wrapper(args.into, args.connections).items():
        print(f"{name}={value}")


if __name__ == "__main__":
    main()
