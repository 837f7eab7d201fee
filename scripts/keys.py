"""Create, list and revoke API keys. A key is shown once; its file keeps a digest."""

import argparse
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
DEFAULT_FILE = PROJECT / ".brainwav" / "keys.json"
sys.path.insert(0, str(PROJECT))

from reliability.api_keys import ROLES, ApiKey, issue, read_keys, write_keys  # noqa: E402
from reliability.errors import KeyFileError  # noqa: E402
from retrieval.documents import check_namespace  # noqa: E402
from retrieval.errors import RetrievalError  # noqa: E402


def main(arguments: list[str] | None = None) -> None:
    """Parse arguments and do the one thing asked."""
    # Before or after the command, as one types it.
    file = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    file.add_argument("--file", type=Path, help="by default .brainwav/keys.json")
    parser = argparse.ArgumentParser(description=__doc__, parents=[file])
    commands = parser.add_subparsers(dest="command", required=True)
    create = commands.add_parser("create", help="make a key and print it, once", parents=[file])
    create.add_argument("--name", required=True, help="whom it is for")
    create.add_argument("--role", choices=ROLES, default="client")
    create.add_argument(
        "--namespace", action="append", help="bind it to this one; repeatable; default: all"
    )
    commands.add_parser("list", help="show every key without its secret", parents=[file])
    revoke = commands.add_parser("revoke", help="refuse a key from now on", parents=[file])
    revoke.add_argument("id", help="the part between `bw_` and the second underscore")
    args = parser.parse_args(arguments, argparse.Namespace(file=DEFAULT_FILE))
    try:
        keys = read_keys(args.file) if args.file.exists() else {}
        if args.command == "create":
            _create(args, keys)
        elif args.command == "revoke":
            _revoke(args, keys)
        else:
            _list(keys)
    except (KeyFileError, RetrievalError) as error:
        sys.exit(f"brAInwav: {error}")


def _create(args: argparse.Namespace, keys: dict[str, ApiKey]) -> None:
    for namespace in args.namespace or ():
        check_namespace(namespace)
    key, text = issue(args.name, args.role, args.namespace, _now())
    write_keys(args.file, {**keys, key.id: key})
    print(text)
    print(
        f"brAInwav: kept as a digest in {args.file}; set `args.identity.keys_file` to it",
        file=sys.stderr,
    )


def _revoke(args: argparse.Namespace, keys: dict[str, ApiKey]) -> None:
    key = keys.get(args.id)
    if key is None:
        sys.exit(f"brAInwav: no key {args.id!r}; see `scripts/keys.py list`")
    write_keys(args.file, {**keys, key.id: replace(key, revoked_at=key.revoked_at or _now())})
    print(f"brAInwav: {key.id} ({key.name}) is refused within a second")


def _list(keys: dict[str, ApiKey]) -> None:
    for key in keys.values():
        bound = "every namespace" if key.namespaces is None else ", ".join(key.namespaces)
        state = f"revoked {key.revoked_at}" if key.revoked_at else "valid"
        print(f"{key.id}  {key.name}  {key.role}  {bound}  made {key.created_at}  {state}")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


if __name__ == "__main__":
    main()
