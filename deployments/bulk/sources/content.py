"""A digest of what was read, so that a changed source is told from the one that was done."""

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC

from deployments.bulk.sources.items import Item, Skipped


def content_of(read: Iterable[Item | Skipped]) -> str:
    """Return the digest of items, wherever they lie; why one failed has no part in it."""
    digest = hashlib.blake2b(digest_size=16)
    for result in read:
        for part in _parts(result):
            # Length first, so that no part can pass for two; a missing one is not an empty one.
            digest.update(b"-" if part is None else len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def _parts(result: Item | Skipped) -> tuple[bytes | None, ...]:
    if isinstance(result, Skipped):
        return (b"failed",)
    metadata = json.dumps(result.metadata, sort_keys=True, default=str)
    created_at = result.created_at.astimezone(UTC).isoformat()
    text = None if result.text is None else result.text.encode("utf-8", "surrogatepass")
    parts = (result.id.encode(), text, result.picture, metadata.encode(), created_at.encode())
    # What has none is told from others as it always was.
    return (*parts, repr(result.sections).encode()) if result.sections else parts
