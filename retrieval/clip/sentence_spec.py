"""Which sentence encoder the text side takes, and how."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

HUB, FOLDER = "hf-hub:", "local-dir:"
"""What the name of a model begins with, by where it comes from."""

READ = ("*.json", "*.txt", "*.model", "*model*.safetensors")
"""What is fetched of a repository on the hub."""

NANO_E5 = "multilingual-e5-small-4bit"
"""Comes with an engine of its own, in the extra `languages`."""

Pooling = Literal["mean", "cls"]


@dataclass(frozen=True, slots=True)
class SentenceSpec:
    """Which sentence encoder to load, and how to use it; None: as its own files say."""

    model: str
    sha256: str | None = None
    pooling: Pooling | None = None
    query_prefix: str | None = None
    passage_prefix: str | None = None
    max_tokens: int | None = None
    dimension: int | None = None

    @property
    def name(self) -> str:
        """Return what clients call it: without a folder's place, without a revision."""
        if self.model.startswith(FOLDER):
            return Path(self.model.removeprefix(FOLDER)).name
        return self.model.removeprefix(HUB).partition("@")[0]
