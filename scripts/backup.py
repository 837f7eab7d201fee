"""Copy all that a service remembers, while it runs: documents, keys, settings, counts, jobs."""

import argparse
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from deployments.backup.backup import back_up  # noqa: E402  (after the path, like all that follow)
from deployments.backup.errors import BackupError  # noqa: E402
from deployments.backup.places import Places  # noqa: E402
from deployments.local.config import ConfigError  # noqa: E402
from reliability.audit_log import AuditLog  # noqa: E402
from reliability.errors import AuditError  # noqa: E402


def main() -> None:
    """Parse arguments and make the backup."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, default=PROJECT / "serve_config.yaml")
    parser.add_argument("--state", type=Path, default=PROJECT / ".brainwav", help="of `make up`")
    parser.add_argument(
        "--to", type=Path, help="a new folder, or NAME.tar, or NAME.tar.gz; default backups/TIME"
    )
    args = parser.parse_args()
    now = datetime.now(UTC)
    target = args.to or PROJECT / "backups" / f"brainwav-{now:%Y%m%dT%H%M%SZ}"
    # Nobody else reads what is copied; who answers requests goes before.
    os.umask(0o077)
    os.nice(10)
    try:
        places = Places.of(args.config, args.state)
        with AuditLog(places.audit).act(f"uid:{os.getuid()}", "backup", {"to": str(target)}):
            made = back_up(places, target, lambda: datetime.now(UTC), print)
    except (BackupError, ConfigError, AuditError, OSError) as error:
        sys.exit(f"brAInwav: {error}")
    print(f"{target}: {len(made.files)} files, {made.bytes} bytes")
    if made.left_out:
        sys.exit("brAInwav: " + "; ".join(f"left out: {what}" for what in made.left_out))


if __name__ == "__main__":
    main()
