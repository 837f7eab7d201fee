"""Copies of the state that older versions wrote, and what those versions read of it."""

import hashlib
import json
import tarfile
from pathlib import Path
from typing import Any

import numpy as np

from retrieval.documents import Document, Vector

FIXTURES = Path(__file__).parent / "fixtures"
RELEASES = ("1b7d185",)


def unpacked(release: str, folder: Path) -> Path:
    """Return a fresh copy of a release's state below ``folder``."""
    state = folder / f"state-{release}"
    with tarfile.open(FIXTURES / release / "state.tar.gz") as tar:
        tar.extractall(state, filter="data")
    return state


def expected(release: str) -> dict[str, Any]:
    """Return what the release itself read of its state."""
    return json.loads((FIXTURES / release / "expected.json").read_text())


def secret_of(name: str) -> str:
    """Return the secret part of a key in the fixture, which stands in no file."""
    return hashlib.sha256(f"a test's {name}".encode()).hexdigest()[:43]


def said(document: Document) -> dict[str, Any]:
    """Return a document as ``expected.json`` has it: bytes by their digest."""
    return {
        "id": document.id,
        "text": document.text,
        "metadata": document.metadata,
        "source": document.source,
        "created_at": document.created_at.isoformat(),
        "picture_mime": document.picture_mime,
        "picture": _digest(document.picture),
        "text_vector": _digest(document.text_vector),
        "image_vector": _digest(document.image_vector),
    }


def _digest(value: bytes | Vector | None) -> str | None:
    if value is None:
        return None
    data = value if isinstance(value, bytes) else np.asarray(value, np.float32).tobytes()
    return hashlib.sha256(data).hexdigest()
