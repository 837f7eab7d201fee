"""Create, list and revoke API keys. A key is shown once; its file keeps a digest."""

import argparse
import os
import re
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
DEFAULT_FILE = PROJECT / ".brainwav" / "keys.json"
sys.path.insert(0, str(PROJECT))

from reliability.api_keys import ROLES, ApiKey, Quota, issue, read_keys, write_keys  # noqa: E402
from reliability.audit_log import AuditLog, audit_file_beside  # noqa: E402
from reliability.errors import AuditError, KeyFileError  # noqa: E402
from reliability.key_file import alone  # noqa: E402
from retrieval.characters import hidden_character  # noqa: E402
from retrieval.documents import check_namespace  # noqa: E402
from retrieval.errors import RetrievalError  # noqa: E402

DURATION = re.compile(r"([1-9][0-9]{0,5})([smhdw])")
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
SIZE = re.compile(r"([0-9]{1,15})(|KiB|MiB|GiB|TiB)")
FACTORS = {"": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}


def main(arguments: list[str] | None = None) -> None:
    """Parse arguments and do the one thing asked."""
    args = _parser().parse_args(arguments, argparse.Namespace(file=DEFAULT_FILE, audit=None))
    audit = AuditLog(args.audit or audit_file_beside(args.file))
    try:
        if args.command == "list":
            _list(read_keys(args.file) if args.file.exists() else {})
            return
        with alone(args.file):
            keys = read_keys(args.file) if args.file.exists() else {}
            if args.command == "create":
                _create(args, keys, audit)
            else:
                _revoke(args, keys, audit)
    except (KeyFileError, RetrievalError, AuditError) as error:
        sys.exit(f"brAInwav: {error}")


def _parser() -> argparse.ArgumentParser:
    # Before or after the command, as one types it.
    file = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    file.add_argument("--file", type=Path, help="by default .brainwav/keys.json")
    file.add_argument("--audit", type=Path, help="the audit log; by default beside the key file")
    parser = argparse.ArgumentParser(description=__doc__, parents=[file])
    commands = parser.add_subparsers(dest="command", required=True)
    create = commands.add_parser("create", help="make a key and print it, once", parents=[file])
    create.add_argument("--name", required=True, type=_name, help="whom it is for")
    create.add_argument("--role", choices=ROLES, default="client")
    create.add_argument(
        "--namespace", action="append", help="bind it to this one; repeatable; default: all"
    )
    create.add_argument(
        "--expires", type=_moment, help="refused from then on: 90d, 12h, or a time with its zone"
    )
    create.add_argument("--max-documents", type=_count, help="it may have written last")
    create.add_argument("--max-bytes", type=_size, help="of those documents: 500MiB, 20GiB")
    create.add_argument("--max-namespaces", type=_count, help="it may make by writing")
    commands.add_parser("list", help="show every key without its secret", parents=[file])
    revoke = commands.add_parser("revoke", help="refuse a key from now on", parents=[file])
    revoke.add_argument("id", help="the part between `bw_` and the second underscore")
    return parser


def _create(args: argparse.Namespace, keys: dict[str, ApiKey], audit: AuditLog) -> None:
    for namespace in args.namespace or ():
        check_namespace(namespace)
    quota = Quota(args.max_documents, args.max_bytes, args.max_namespaces)
    key, text = issue(
        args.name,
        args.role,
        args.namespace,
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


def _revoke(args: argparse.Namespace, keys: dict[str, ApiKey], audit: AuditLog) -> None:
    key = keys.get(args.id)
    if key is None:
        sys.exit(f"brAInwav: no key {args.id!r}; see `scripts/keys.py list`")
    with audit.act(_who(), "key.revoke", {"key": key.id}):
        write_keys(args.file, {**keys, key.id: replace(key, revoked_at=key.revoked_at or _now())})
    print(f"brAInwav: {key.id} ({_shown(key.name)}) is refused within a second")


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
    if hidden := hidden_character(value):
        raise argparse.ArgumentTypeError(f"a name has no invisible character, this one {hidden}")
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
            raise argparse.ArgumentTypeError(
                f"{value!r} is neither a duration (90d, 12h, 30m) nor a time with its zone "
                "(2027-01-31T00:00:00+00:00)"
            )
    if moment <= now:
        raise argparse.ArgumentTypeError(f"{value!r} is over already")
    return moment.isoformat(timespec="seconds")


def _count(value: str) -> int:
    if not value.isdecimal() or not value.isascii() or len(value) > 15:
        raise argparse.ArgumentTypeError(f"{value!r} is not a whole number from 0")
    return int(value)


def _size(value: str) -> int:
    match = SIZE.fullmatch(value)
    if match is None:
        raise argparse.ArgumentTypeError(f"{value!r} is not a size such as 1000000 or 20GiB")
    return int(match[1]) * FACTORS[match[2]]


def _who() -> str:
    """Return whose hands did it, as the operating system knows them."""
    return f"uid:{os.getuid()}"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


if __name__ == "__main__":
    main()
