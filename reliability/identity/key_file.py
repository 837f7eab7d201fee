"""The key file: every field of it checked, with the place of what is wrong and never its value.

Files of earlier releases stay valid as they are. The role ``reader``, ``expires_at`` and ``quota``
are written only where they are used; an older release refuses a file that holds one of them, so
that it lets no expired key in.
"""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from reliability.errors import KeyFileError
from reliability.identity.issued_key import ApiKey, Quota

FORMAT = 1
MOST_BYTES = 16 * 1024 * 1024


def _moment(value: str) -> str:
    """Return a time as it was written, if it is one with a zone."""
    if datetime.fromisoformat(value).tzinfo is None:
        raise ValueError("a time needs its zone")
    return value


Moment = Annotated[str, AfterValidator(_moment)]
Namespace = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]


class _Strict(BaseModel):
    """Nothing is turned into something else: letters of a string are no list of namespaces."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class _Quota(_Strict):
    documents: int | None = Field(default=None, ge=0)
    bytes: int | None = Field(default=None, ge=0)
    namespaces: int | None = Field(default=None, ge=0)


class _Key(_Strict):
    id: str = Field(pattern=r"^[0-9a-f]{12}$")
    name: str
    role: Literal["reader", "client", "administrator"]
    namespaces: list[Namespace] | None
    digest: str = Field(pattern=r"^[0-9a-f]{64}$")
    created_at: Moment
    revoked_at: Moment | None = None
    expires_at: Moment | None = None
    quota: _Quota | None = None


class _File(_Strict):
    format: int = Field(ge=FORMAT, le=FORMAT)
    keys: list[_Key]


def read_keys(path: Path) -> dict[str, ApiKey]:
    """Return the keys of a file by id.

    Raises:
        KeyFileError: It is missing or is not a key file; the message names the place.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise KeyFileError(f"{path} cannot be read: {error.strerror}") from None
    return parse_keys(content, str(path))


def parse_keys(content: bytes, name: str) -> dict[str, ApiKey]:
    """Return the keys of a file's content; ``name`` is what errors call it.

    Raises:
        KeyFileError: As ``read_keys``.
    """
    if len(content) > MOST_BYTES:
        raise KeyFileError(f"{name} has more than {MOST_BYTES} bytes")
    raw = _json(content, name)
    wrong = f"{name} is not a key file"
    if isinstance(raw, dict) and isinstance(raw.get("format"), int) and raw["format"] > FORMAT:
        raise KeyFileError(f"{name} has a newer format, this version reads {FORMAT}")
    try:
        keys = _File.model_validate(raw).keys
    except ValidationError as error:
        # Never quote the file: it holds digests.
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        raise KeyFileError(f"{wrong}: {place}: {first['msg']}") from None
    found: dict[str, ApiKey] = {}
    for at, key in enumerate(keys):
        if key.id in found:
            raise KeyFileError(f"{wrong}: keys.{at}.id: {key.id} is there twice")
        found[key.id] = _issued(key)
    return found


def write_keys(path: Path, keys: Mapping[str, ApiKey]) -> None:
    """Replace a key file at once, readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    written = [_plain(key) for key in keys.values()]
    body = {"format": FORMAT, "keys": written}
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(json.dumps(body, indent=2) + "\n")
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Hold off others who change the same file: two at once would each forget the other's key."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = path.with_name(f".{path.name}.lock")
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _json(content: bytes, name: str) -> Any:
    wrong = f"{name} is not a key file"
    try:
        return json.loads(content.decode("utf-8"), object_pairs_hook=_unique)
    except UnicodeDecodeError as error:
        raise KeyFileError(f"{wrong}: byte {error.start} is not UTF-8") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise KeyFileError(f"{wrong}: not JSON at {where}") from None
    except RecursionError:
        raise KeyFileError(f"{wrong}: it is nested too deep") from None
    except _Twice as error:
        raise KeyFileError(f"{wrong}: a field {error} is there twice") from None
    except ValueError:
        # Such as a number of more digits than Python reads.
        raise KeyFileError(f"{wrong}: it holds a number that cannot be read") from None


class _Twice(Exception):
    """A field that one object has twice: the last would win without a word."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise _Twice(ascii(name[:40]))
        found[name] = value
    return found


def _issued(key: _Key) -> ApiKey:
    bound = None if key.namespaces is None else tuple(key.namespaces)
    quota = None if key.quota is None else Quota(**key.quota.model_dump())
    return ApiKey(
        key.id,
        key.name,
        key.role,
        bound,
        key.digest,
        key.created_at,
        key.revoked_at,
        key.expires_at,
        quota,
    )


def _plain(key: ApiKey) -> dict[str, Any]:
    """Return a key as it is kept, without the newer fields where they say nothing."""
    plain = asdict(key)
    for name in ("expires_at", "quota"):
        if plain[name] is None:
            del plain[name]
    return plain
