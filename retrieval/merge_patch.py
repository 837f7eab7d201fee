"""Metadata changed in part, as JSON merge patches are (RFC 7396): null takes a member away."""

from __future__ import annotations

from collections.abc import Mapping

from retrieval.documents import Json, check_metadata


def check_patch(patch: Mapping[str, object], where: str = "metadata") -> dict[str, Json]:
    """Return a patch if all that it sets can be stored.

    Raises:
        InvalidMetadata: A value that cannot be.
    """
    checked: dict[str, Json] = dict.fromkeys(patch)
    set_ones = {key: value for key, value in patch.items() if value is not None}
    return checked | check_metadata(set_ones, where)


def patched(metadata: Mapping[str, Json], patch: Mapping[str, Json]) -> dict[str, Json]:
    """Return metadata after a patch; lists are replaced, members keep their places.

    Raises:
        InvalidMetadata: It has become too large.
    """
    kept = {key: value for key, value in metadata.items() if patch.get(key, 0) is not None}
    set_ones = {key: value for key, value in patch.items() if value is not None}
    return check_metadata(kept | set_ones)
