"""Put back what `scripts/backup.py` copied. The service must not run."""

import argparse
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from deployments.backup import manifest  # noqa: E402  (after the path, like all that follow)
from deployments.backup.errors import BackupError  # noqa: E402
from deployments.backup.places import Places  # noqa: E402
from deployments.backup.restore import Restored, opened, restore  # noqa: E402
from deployments.local.config import ConfigError  # noqa: E402
from reliability.audit_log import AuditLog  # noqa: E402
from reliability.errors import AuditError  # noqa: E402


def main() -> None:
    """Parse arguments; restore, or only look whether the backup is whole."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("backup", type=Path, help="a folder or a tar")
    parser.add_argument("--config", type=Path, default=PROJECT / "serve_config.yaml")
    parser.add_argument("--state", type=Path, default=PROJECT / ".brainwav", help="of `make up`")
    parser.add_argument("--to", type=Path, help="a folder for all of it, whatever --config says")
    parser.add_argument("--force", action="store_true", help="move aside what is there")
    parser.add_argument("--check", action="store_true", help="compare checksums, restore nothing")
    args = parser.parse_args()
    os.umask(0o077)
    try:
        if args.check:
            _check(args.backup)
            return
        places = Places.below(args.to) if args.to else Places.of(args.config, args.state)
        done = _recorded(args, places)
    except (BackupError, ConfigError, AuditError, OSError) as error:
        sys.exit(f"brAInwav: {error}")
    for path in done.moved:
        print(f"what was there before: {path}")
    for what in done.manifest.left_out:
        print(f"the backup was made without {what}")
    print("restored")


def _recorded(args: argparse.Namespace, places: Places) -> Restored:
    """Restore, and leave a line in the audit log: the one that is there, or the restored one."""
    log, what = AuditLog(places.audit), {"from": str(args.backup), "force": str(args.force)}
    who, now = f"uid:{os.getuid()}", datetime.now(UTC)
    if places.audit.exists():
        with log.act(who, "restore", what):
            return restore(args.backup, places, now, args.force, print)
    done = restore(args.backup, places, now, args.force, print)
    with log.act(who, "restore", what):
        return done


def _check(backup: Path) -> None:
    with opened(backup, backup.absolute().parent) as folder:
        found = manifest.read(folder)
        manifest.verify(folder, found)
    print(f"whole: made {found.made_at}, {len(found.files)} files, {found.bytes} bytes")


if __name__ == "__main__":
    main()
