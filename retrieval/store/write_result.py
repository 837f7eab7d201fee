"""What a write answers: here by itself, since who reads it opens no index and loads none."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WriteResult:
    """A commit: the namespace's version after it, and how many documents it touched."""

    version: int
    upserted: int = 0
    deleted: int = 0
