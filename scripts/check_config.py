"""Check Serve configurations strictly: unknown keys are errors, with their place."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from deployments.local import config


def main() -> None:
    """Check every file named on the command line."""
    failed = False
    for name in sys.argv[1:]:
        try:
            config.load(Path(name))
            print(f"{name}: ok")
        except config.ConfigError as error:
            print(error, file=sys.stderr)
            failed = True
    sys.exit(failed)


if __name__ == "__main__":
    main()
