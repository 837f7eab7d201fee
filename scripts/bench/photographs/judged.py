"""A judged set of photographs: pictures, queries, and what a person accepted for each."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

FIRST = 5
FoundPhotographs = Sequence[int]
"""Pictures by their place, best first."""


@dataclass(frozen=True, slots=True)
class JudgedQuery:
    """What somebody types, and which pictures show it."""

    text: str
    is_broad: bool
    in_imagenet: bool
    relevant: frozenset[int]

    def precision(self, found: FoundPhotographs) -> float:
        """Return the share of the first five that show it."""
        return sum(at in self.relevant for at in found[:FIRST]) / FIRST

    @property
    def reachable(self) -> float:
        """Return the best precision that there can be."""
        return min(FIRST, len(self.relevant)) / FIRST


@dataclass(frozen=True, slots=True)
class JudgedSet:
    """All of it; the pictures are read when they are encoded."""

    files: Sequence[Path]
    queries: Sequence[JudgedQuery]


def read_set(folder: Path) -> JudgedSet:
    """Read `queries.json` (each with kind and imagenet), `judgments.json` and `pictures/`."""
    files = sorted((folder / "pictures").iterdir())
    places = {file.name: at for at, file in enumerate(files)}
    judged = json.loads((folder / "judgments.json").read_text(encoding="utf-8"))
    asked = json.loads((folder / "queries.json").read_text(encoding="utf-8"))
    queries = [
        JudgedQuery(
            each["query"],
            each["kind"] == "broad",
            each["imagenet"],
            frozenset(places[Path(name).name] for name in judged.get(each["query"], ())),
        )
        for each in asked
    ]
    return JudgedSet(files, queries)


def best(scores: NDArray[np.floating]) -> FoundPhotographs:
    """Return the first five places."""
    return np.argsort(-scores, kind="stable")[:FIRST].tolist()
