"""Paths that answers point to."""

from urllib.parse import quote


def image_url(namespace: str, document_id: str) -> str:
    """Return the path of a document's picture."""
    return f"/documents/{quote(document_id, safe='')}/image?namespace={namespace}"
