"""API keys: shown once when made, kept as digests, compared in constant time.

A key is ``bw_<id>_<secret>``. The id is public and names the client in buckets; the secret has
256 random bits, so a plain SHA-256 of it cannot be reversed by guessing.
"""

import hashlib
import hmac
import json
import os
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, get_args

from reliability.errors import KeyFileError, UnknownKey

Role = Literal["client", "administrator"]
ROLES: tuple[str, ...] = get_args(Role)

WELL_FORMED = re.compile(r"bw_([0-9a-f]{12})_([A-Za-z0-9_-]{43})", re.ASCII)
FORMAT = 1
_NOBODY = hashlib.sha256(b"").hexdigest()


@dataclass(frozen=True, slots=True)
class ApiKey:
    """An issued key, without its secret."""

    id: str
    name: str
    """For people: whom it was given to."""
    role: Role
    namespaces: tuple[str, ...] | None
    """What it may touch; None means every namespace."""
    digest: str
    """SHA-256 of the secret, hexadecimal."""
    created_at: str
    revoked_at: str | None = None


def issue(
    name: str, role: Role, namespaces: Sequence[str] | None, created_at: str
) -> tuple[ApiKey, str]:
    """Return a new key and the text to hand out, which is kept nowhere."""
    key_id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    bound = None if namespaces is None else tuple(sorted(set(namespaces)))
    key = ApiKey(key_id, name, role, bound, _digest(secret), created_at)
    return key, f"bw_{key_id}_{secret}"


def verify(presented: str, keys: Mapping[str, ApiKey]) -> ApiKey:
    """Return the key that was presented.

    Unknown ids take the same comparison as known ones, so timing tells neither.

    Raises:
        UnknownKey: Malformed, never issued, or revoked.
    """
    match = WELL_FORMED.fullmatch(presented)
    key_id, secret = match.groups() if match else ("", "")
    key = keys.get(key_id)
    expected = _NOBODY if key is None else key.digest
    same = hmac.compare_digest(_digest(secret).encode(), expected.encode())
    if key is None or not same or key.revoked_at is not None:
        raise UnknownKey("the API key is not valid")
    return key


def read_keys(path: Path) -> dict[str, ApiKey]:
    """Return the keys of a file by id.

    Raises:
        KeyFileError: It is missing or is not a key file.
    """
    try:
        content = json.loads(path.read_text())
        if content["format"] != FORMAT:
            raise KeyFileError(f"{path} has format {content['format']}, this version reads 1")
        return {raw["id"]: _key(raw) for raw in content["keys"]}
    except OSError as error:
        raise KeyFileError(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, KeyError, TypeError) as error:
        # Never quote the file: it holds digests.
        raise KeyFileError(f"{path} is not a key file ({type(error).__name__})") from None


def write_keys(path: Path, keys: Mapping[str, ApiKey]) -> None:
    """Replace a key file at once, readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    body = {"format": FORMAT, "keys": [asdict(key) for key in keys.values()]}
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(json.dumps(body, indent=2) + "\n")
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


class KeyRing:
    """The keys of a file, read again soon after it changed."""

    def __init__(self, path: Path, recheck_us: int = 1_000_000) -> None:
        self._path = path
        self._recheck_us = recheck_us
        self._checked_us: int | None = None
        self._stamp: tuple[int, int, int] | None = None
        self._keys: dict[str, ApiKey] = {}

    def verify(self, presented: str, now_us: int) -> ApiKey:
        """Return the key that was presented; a revoked one is refused within a second.

        Raises:
            UnknownKey: Not a valid key.
            KeyFileError: The file cannot be read; nobody gets in.
        """
        if self._checked_us is None or now_us - self._checked_us >= self._recheck_us:
            self._reload()
            self._checked_us = now_us
        return verify(presented, self._keys)

    def _reload(self) -> None:
        try:
            status = self._path.stat()
        except OSError as error:
            raise KeyFileError(f"{self._path} cannot be read: {error.strerror}") from None
        stamp = (status.st_mtime_ns, status.st_ino, status.st_size)
        if stamp != self._stamp:
            self._keys = read_keys(self._path)
            self._stamp = stamp


def _key(raw: Mapping) -> ApiKey:
    namespaces = raw["namespaces"]
    if raw["role"] not in ROLES:
        raise ValueError(raw["role"])
    bound = None if namespaces is None else tuple(namespaces)
    return ApiKey(**{**raw, "namespaces": bound})


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
