"""Put back what `brainwav backup` copied. The service must not run."""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import click

from deployments.backup import manifest
from deployments.backup.errors import BackupError
from deployments.backup.places import Places
from deployments.backup.restore import Restored, opened, restore
from deployments.checking.config import ConfigError
from deployments.commands.base import Command, config_of, config_option, home_option
from reliability.books.audit_log import AuditLog
from reliability.errors import AuditError


@click.command(cls=Command)
@click.argument("backup", type=click.Path(path_type=Path))
@home_option
@config_option
@click.option(
    "--to", type=click.Path(path_type=Path), help="A folder for all of it, whatever --config says."
)
@click.option("--force", is_flag=True, help="Move aside what is there.")
@click.option("--check", is_flag=True, help="Compare checksums, restore nothing.")
def command(
    backup: Path, home: Path, config: Path | None, to: Path | None, force: bool, check: bool
) -> None:
    """Put BACKUP, a folder or a tar, back; or only look whether it is whole."""
    os.umask(0o077)
    try:
        if check:
            _check(backup)
            return
        places = Places.below(to) if to else Places.of(config_of(home, config), home)
        done = _recorded(SimpleNamespace(backup=backup, force=force), places)
    except (BackupError, ConfigError, AuditError, OSError) as error:
        sys.exit(f"brAInwav: {error}")
    for path in done.moved:
        print(f"what was there before: {path}")
    for what in done.manifest.left_out:
        print(f"the backup was made without {what}")
    print("restored")


def _recorded(args: SimpleNamespace, places: Places) -> Restored:
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
    command()
