"""Weights files: where they lie and whether they are the right ones."""

import hashlib
import json
from math import prod
from pathlib import Path

from retrieval.clip.errors import ChecksumMismatch, WeightsNotFound

CHUNK_BYTES = 1 << 20


def sha256_of(path: Path) -> str:
    """Return the hex SHA-256 of a file, read in chunks."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def verified(path: Path, sha256: str | None) -> Path:
    """Return ``path`` if it exists and, when a checksum is given, matches it.

    Raises:
        WeightsNotFound: No such file.
        ChecksumMismatch: Its SHA-256 is another one.
    """
    if not path.is_file():
        raise WeightsNotFound(f"no weights file at {path}")
    if sha256 is None:
        return path
    found = sha256_of(path)
    if found != sha256.lower():
        raise ChecksumMismatch(f"{path} has SHA-256 {found}, expected {sha256.lower()}")
    return path


def parameters_in(path: Path) -> int:
    """Return how many numbers a safetensors file holds, from its head alone."""
    with path.open("rb") as file:
        head = json.loads(file.read(int.from_bytes(file.read(8), "little")))
    return sum(prod(each["shape"]) for name, each in head.items() if name != "__metadata__")
