"""Create, list and revoke API keys. A key is shown once; its file keeps a digest."""

import json
import os
import re
import sys
from collections.abc import Callable
from dataclasses import asdict, fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click

from deployments.commands.base import Command, CommandFailed, Function, home_option
from reliability.books.audit_log import AuditLog, audit_file_beside
from reliability.errors import AuditError, KeyFileError
from reliability.identity.api_keys import ROLES, ApiKey, Quota, issue, read_keys, write_keys
from reliability.identity.key_file import alone
from retrieval.characters import hidden_character
from retrieval.documents import check_namespace
from retrieval.errors import RetrievalError

DURATION = re.compile(r"([1-9][0-9]{0,5})([smhdw])")
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
SIZE = re.compile(r"([0-9]{1,15})(|KiB|MiB|GiB|TiB)")
FACTORS = {"": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}


class Parsed(click.ParamType):
    """A value that a function of this module reads, or refuses in words."""

    def __init__(self, name: str, read: Callable[[str], Any]) -> None:
        self.name = name
        self._read = read

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return what the text means."""
        try:
            return self._read(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


def _file_options(function: Function) -> Function:
    path = click.Path(path_type=Path)
    file = click.option("--file", type=path, help="The key file. [default: the home's keys.json]")
    audit = click.option("--audit", type=path, help="The audit log. [default: beside the key file]")
    return home_option(file(audit(function)))


def _files(home: Path, file: Path | None, audit: Path | None) -> tuple[Path, AuditLog]:
    """Return the files to work on: given after the command or before it, else the home's."""
    above = click.get_current_context().find_object(SimpleNamespace)
    given = above or SimpleNamespace(file=None, audit=None)
    chosen: Path = file or given.file or home / "keys.json"
    return chosen, AuditLog(audit or given.audit or audit_file_beside(chosen))


def _read(file: Path) -> dict[str, ApiKey]:
    return read_keys(file) if file.exists() else {}


class Keys(click.Group):
    """Says in one line what is wrong with a key file."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except (KeyFileError, RetrievalError, AuditError) as error:
            raise CommandFailed(str(error)) from error


@click.group(cls=Keys)
@_file_options
@click.pass_context
def command(ctx: click.Context, home: Path, file: Path | None, audit: Path | None) -> None:
    """Create, list and revoke API keys. A key is shown once; its file keeps a digest."""
    ctx.obj = SimpleNamespace(file=file, audit=audit)


@command.command(cls=Command)
@_file_options
@click.option("--name", required=True, type=Parsed("text", lambda v: _name(v)), help="For whom.")
@click.option("--role", type=click.Choice(ROLES), default="client", show_default=True)
@click.option("--namespace", multiple=True, help="Bind it to this one; repeatable; default: all.")
@click.option(
    "--expires",
    type=Parsed("moment", lambda v: _moment(v)),
    help="Refused from then on: 90d, 12h, or a time with its zone.",
)
@click.option(
    "--max-documents", type=Parsed("n", lambda v: _count(v)), help="It may have written last."
)
@click.option(
    "--max-bytes", type=Parsed("size", lambda v: _size(v)), help="Of those: 500MiB, 20GiB."
)
@click.option(
    "--max-namespaces", type=Parsed("n", lambda v: _count(v)), help="It may make by writing."
)
def create(home: Path, file: Path | None, audit: Path | None, **options: Any) -> None:
    """Make a key and print it, once."""
    at, log = _files(home, file, audit)
    with alone(at):
        _create(SimpleNamespace(file=at, **options), _read(at), log)


@command.command("list", cls=Command)
@_file_options
@click.option("--json", "as_json", is_flag=True, help="Print it for other programs.")
def list_keys(home: Path, file: Path | None, audit: Path | None, as_json: bool) -> None:
    """Show every key without its secret."""
    at, _log = _files(home, file, audit)
    keys = _read(at)
    if not keys:
        click.echo(f"brAInwav: there are no keys in {at}", err=True)
    if as_json:
        print(json.dumps([_listed(key) for key in keys.values()], indent=2))
    else:
        _list(keys)


@command.command(cls=Command)
@_file_options
@click.argument("id")
def revoke(home: Path, file: Path | None, audit: Path | None, id: str) -> None:
    """Refuse the key ID from now on: the part between `bw_` and the second underscore."""
    at, log = _files(home, file, audit)
    with alone(at):
        _revoke(SimpleNamespace(file=at, id=id), _read(at), log)


def _create(args: SimpleNamespace, keys: dict[str, ApiKey], audit: AuditLog) -> None:
    for namespace in args.namespace or ():
        check_namespace(namespace)
    quota = Quota(args.max_documents, args.max_bytes, args.max_namespaces)
    key, text = issue(
        args.name,
        args.role,
        args.namespace or None,
        _now(),
        args.expires,
        None if quota == Quota() else quota,
    )
    what = {"key": key.id, "name": ascii(key.name)[1:-1], "role": key.role}
    with audit.act(_who(), "key.create", what):
        write_keys(args.file, {**keys, key.id: key})
    print(text)
    print(
        f"brAInwav: kept as a digest in {args.file}; set `args.identity.keys_file` to it",
        file=sys.stderr,
    )


def _revoke(args: SimpleNamespace, keys: dict[str, ApiKey], audit: AuditLog) -> None:
    key = keys.get(args.id)
    if key is None:
        sys.exit(f"brAInwav: no key {args.id!r}; see `brainwav keys list`")
    with audit.act(_who(), "key.revoke", {"key": key.id}):
        write_keys(args.file, {**keys, key.id: replace(key, revoked_at=key.revoked_at or _now())})
    print(f"brAInwav: {key.id} ({_shown(key.name)}) is refused within a second")


def _listed(key: ApiKey) -> dict[str, Any]:
    """Return what may be known of a key."""
    shown = {field.name: getattr(key, field.name) for field in fields(key)}
    shown.pop("digest", None)
    quota = None if key.quota is None else asdict(key.quota)
    return shown | {"quota": quota, "state": _state(key).split()[0]}


def _list(keys: dict[str, ApiKey]) -> None:
    for key in keys.values():
        bound = "every namespace" if key.namespaces is None else ", ".join(key.namespaces)
        parts = [key.id, _shown(key.name), key.role, bound, f"made {key.created_at}", _state(key)]
        print("  ".join([*parts, *_quota(key.quota or Quota())]))


def _state(key: ApiKey) -> str:
    if key.revoked_at:
        return f"revoked {key.revoked_at}"
    if key.expires_at is None:
        return "valid"
    over = key.expired(datetime.now(UTC).timestamp())
    return f"{'expired' if over else 'valid until'} {key.expires_at}"


def _quota(quota: Quota) -> list[str]:
    bounds = {
        "documents": quota.documents,
        "bytes": quota.bytes,
        "namespaces": quota.namespaces,
    }
    return [f"at most {most} {what}" for what, most in bounds.items() if most is not None]


def _shown(name: str) -> str:
    """Return a name as a terminal may show it: what an older release took may turn it round."""
    return name if hidden_character(name) is None and name.isprintable() else ascii(name)


def _name(value: str) -> str:
    if not value.strip():
        raise ValueError("a name says whose the key is, this one is empty")
    if hidden := hidden_character(value):
        raise ValueError(f"a name has no invisible character, this one {hidden}")
    return value


def _moment(value: str) -> str:
    now = datetime.now(UTC)
    if match := DURATION.fullmatch(value):
        moment = now + timedelta(seconds=int(match[1]) * SECONDS[match[2]])
    else:
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None:
            raise ValueError(
                f"{value!r} is neither a duration (90d, 12h, 30m) nor a time with its zone "
                "(2027-01-31T00:00:00+00:00)"
            )
    if moment <= now:
        raise ValueError(f"{value!r} is over already")
    return moment.isoformat(timespec="seconds")


def _count(value: str) -> int:
    if not value.isdecimal() or not value.isascii() or len(value) > 15:
        raise ValueError(f"{value!r} is not a whole number from 0")
    return int(value)


def _size(value: str) -> int:
    match = SIZE.fullmatch(value)
    if match is None:
        raise ValueError(f"{value!r} is not a size such as 1000000 or 20GiB")
    return int(match[1]) * FACTORS[match[2]]


def _who() -> str:
    """Return whose hands did it, as the operating system knows them."""
    return f"uid:{os.getuid()}"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


if __name__ == "__main__":
    command()
