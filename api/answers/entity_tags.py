"""What a client has read, and whether it is still so: `ETag`, `If-None-Match`, `If-Match`."""

import re
from collections.abc import Sequence
from typing import Any

_TAG = re.compile(r'(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")')

OF_READER = {
    # Kept by its reader alone, and asked for anew: a key that was revoked sees no more of it.
    "Cache-Control": "private, no-cache",
    "Vary": "Authorization, X-API-Key",
}
ETAG_HEADER: dict[str, Any] = {
    "ETag": {
        "description": "Of the document as it is stored, picture included",
        "required": True,
        "schema": {"type": "string"},
    }
}


def entity_tag(digest: str) -> str:
    """Return the strong tag of what has this digest."""
    return f'"{digest}"'


def digests_wanted(values: Sequence[str]) -> frozenset[str] | None:
    """Return the digests that `If-Match` names; None where it is absent, or takes any.

    Weak tags match nothing (RFC 9110, 13.1.1).
    """
    text = ", ".join(values).strip()
    if not values or text == "*":
        return None
    strong = re.findall(r'(?:^|[\s,])("[\x21\x23-\x7e\x80-\xff]*")', text)
    return frozenset(tag.strip('"') for tag in strong)


def is_known(values: Sequence[str], tag: str) -> bool:
    """Whether one of `If-None-Match` names ``tag``, or any; compared weakly, as caches do."""
    text = ", ".join(values).strip()
    return text == "*" or tag in _TAG.findall(text)
