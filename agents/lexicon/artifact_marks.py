"""How remembered plans and reflections are told from other documents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

KIND_FIELD = "kind"
ARTIFACT = "artifact"
ARTIFACT_FILTER: Mapping[str, Any] = {"field": KIND_FIELD, "op": "eq", "value": ARTIFACT}
NO_ARTIFACT_FILTER: Mapping[str, Any] = {"field": KIND_FIELD, "op": "ne", "value": ARTIFACT}


def is_artifact(metadata: Mapping[str, Any]) -> bool:
    """Return whether a document is a remembered plan or reflection."""
    return metadata.get(KIND_FIELD) == ARTIFACT and "artifact" in metadata
