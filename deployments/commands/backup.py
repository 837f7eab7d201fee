"""Copy all that a service remembers, while it runs: documents, keys, settings, counts, jobs."""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from deployments.backup.backup import back_up
from deployments.backup.errors import BackupError
from deployments.backup.places import Places
from deployments.checking.config import ConfigError
from deployments.commands.base import Command, CommandFailed, config_of, config_option, home_option
from reliability.books.audit_log import AuditLog
from reliability.errors import AuditError


@click.command(cls=Command)
@home_option
@config_option
@click.option(
    "--to",
    type=click.Path(path_type=Path),
    help="A new folder, or NAME.tar, or NAME.tar.gz. [default: backups/TIME, here]",
)
def command(home: Path, config: Path | None, to: Path | None) -> None:
    """Copy all that the service remembers, while it runs."""
    now = datetime.now(UTC)
    target = to or Path("backups") / f"brainwav-{now:%Y%m%dT%H%M%SZ}"
    # Nobody else reads what is copied; who answers requests goes before.
    os.umask(0o077)
    os.nice(10)
    try:
        places = Places.of(config_of(home, config), home)
        if places.are_empty():
            raise CommandFailed(
                f"nothing to copy in {home}: no service ever ran there; --home names another"
            )
        with AuditLog(places.audit).act(f"uid:{os.getuid()}", "backup", {"to": str(target)}):
            made = back_up(places, target, lambda: datetime.now(UTC), print)
    except (BackupError, ConfigError, AuditError, OSError) as error:
        sys.exit(f"brAInwav: {error}")
    print(f"{target}: {len(made.files)} files, {made.bytes} bytes")
    if made.left_out:
        sys.exit("brAInwav: " + "; ".join(f"left out: {what}" for what in made.left_out))


if __name__ == "__main__":
    command()
