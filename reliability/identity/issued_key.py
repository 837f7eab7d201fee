"""An API key: shown once when made, kept as digests, compared in constant time.

A key is ``bw_<id>_<secret>``. The id is public and names the client in buckets; the secret has
256 random bits, so a plain SHA-256 of it cannot be reversed by guessing.
``reliability.identity.key_file`` reads and writes them, ``reliability.identity.key_ring`` holds
those in force.
"""

import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from reliability.errors import ExpiredKey, UnknownKey

Role = Literal["reader", "client", "administrator"]
"""``reader``: reads, searches, embeds and plans, and changes nothing. ``client``: writes too.
``administrator``: changes settings of the whole service too."""
ROLES: tuple[str, ...] = get_args(Role)

WELL_FORMED = re.compile(r"bw_([0-9a-f]{12})_([A-Za-z0-9_-]{43})", re.ASCII)
_NOBODY = hashlib.sha256(b"").hexdigest()


@dataclass(frozen=True, slots=True)
class Quota:
    """What a key may hold at most; None: no bound, or for namespaces the default one."""

    documents: int | None = None
    """Documents that the key wrote last."""
    bytes: int | None = None
    """Of their texts, metadata and pictures as they are stored; vectors do not count."""
    namespaces: int | None = None
    """Namespaces that the key made by writing into them first."""


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
    expires_at: str | None = None
    """From then on it is refused; ISO 8601 with a zone."""
    quota: Quota | None = None

    def expired(self, now_utc_s: float) -> bool:
        """Whether its time is over."""
        if self.expires_at is None:
            return False
        return now_utc_s >= datetime.fromisoformat(self.expires_at).timestamp()


def issue(
    name: str,
    role: Role,
    namespaces: Sequence[str] | None,
    created_at: str,
    expires_at: str | None = None,
    quota: Quota | None = None,
) -> tuple[ApiKey, str]:
    """Return a new key and the text to hand out, which is kept nowhere."""
    key_id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    bound = None if namespaces is None else tuple(sorted(set(namespaces)))
    digest = _digest(secret)
    key = ApiKey(key_id, name, role, bound, digest, created_at, None, expires_at, quota)
    return key, f"bw_{key_id}_{secret}"


def verify(presented: str, keys: Mapping[str, ApiKey], now_utc_s: float | None = None) -> ApiKey:
    """Return the key that was presented.

    Unknown ids take the same comparison as known ones, so timing tells neither.

    Args:
        presented: What the caller sent.
        keys: Those of the file, by id.
        now_utc_s: Unix time; None: this machine's.

    Raises:
        UnknownKey: Malformed, never issued, or revoked.
        ExpiredKey: Its time is over; told to nobody but its holder.
    """
    match = WELL_FORMED.fullmatch(presented)
    key_id, secret = match.groups() if match else ("", "")
    key = keys.get(key_id)
    expected = _NOBODY if key is None else key.digest
    same = hmac.compare_digest(_digest(secret).encode(), expected.encode())
    if key is None or not same or key.revoked_at is not None:
        raise UnknownKey("the API key is not valid")
    if key.expired(time.time() if now_utc_s is None else now_utc_s):
        raise ExpiredKey(f"the API key expired at {key.expires_at}")
    return key


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
