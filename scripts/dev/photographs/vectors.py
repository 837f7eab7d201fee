"""Write the vectors that photographs are made of: of ImageNet's classes, and of the drawn looks.

    python -m scripts.dev.photographs.vectors

A class is its own names, broader names (each level counts four fifths of the one before), its
definition and everyday words, each by MiniLM. Half of what all classes have in common is taken
away: of a query that fits nothing it says nothing. A look is "a striped red mug", as the drawn
tower was taught it.
"""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file

from retrieval.catalogue.drawing import Look
from retrieval.catalogue.products import looks
from retrieval.clip.photographs.table import TABLE
from retrieval.clip.runtime import set_threads
from retrieval.clip.towers.minilm import MiniLM
from scripts.dev.photographs.words import CLASSES

PhraseVectors = NDArray[np.float32]
BROADER, LEVEL_DECAY = 0.4, 0.8
DEFINITION = 0.3
COMMON = 0.5
"""Of the mean of all classes that is taken away."""
BATCH = 64


class Phrases:
    """Vectors of phrases, each encoded once."""

    def __init__(self, tower: MiniLM) -> None:
        self._tower = tower
        self._known: dict[str, PhraseVectors] = {}

    def learn(self, phrases: Iterable[str]) -> None:
        """Encode those that are not known yet."""
        new = [phrase for phrase in dict.fromkeys(phrases) if phrase not in self._known]
        # Of like lengths: padding then costs little.
        new.sort(key=len)
        for at in range(0, len(new), BATCH):
            part = new[at : at + BATCH]
            self._known.update(zip(part, self._encoded(part), strict=True))

    def mean(self, phrases: Iterable[str]) -> PhraseVectors:
        """Return the mean of phrases' vectors of length 1."""
        phrases = list(phrases)
        self.learn(phrases)
        return np.mean([self._known[phrase] for phrase in phrases], axis=0)

    def _encoded(self, phrases: list[str]) -> PhraseVectors:
        return unit(self._tower.encode(self._tower.prepare(phrases)))


def unit(rows: PhraseVectors) -> PhraseVectors:
    """Return rows of length 1."""
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True)


def read_classes(path: Path = CLASSES) -> list[list[str]]:
    """Return the columns of each class."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if not line.startswith("#")]


def class_vector(columns: list[str], phrases: Phrases) -> PhraseVectors:
    """Return what a class means, length 1."""
    _, names, broader, definition, everyday = columns
    vector = phrases.mean(names.split(", ")) + DEFINITION * phrases.mean([definition])
    for level, synsets in enumerate(broader.split("|")):
        means = [phrases.mean(synset.split(", ")) for synset in synsets.split("; ") if synset]
        if means:
            vector = vector + np.float32(BROADER * LEVEL_DECAY**level) * np.mean(means, axis=0)
    if everyday:
        vector = vector + phrases.mean(everyday.split(", "))
    return unit(vector)


def look_text(look: Look) -> str:
    """Return a look in words."""
    return f"a {look.pattern} {look.colour} {look.kind}"


def made(phrases: Phrases) -> dict[str, NDArray[np.float16]]:
    """Return both tables, each row in half precision."""
    rows = read_classes()
    every = (part for row in rows for column in row[1:] for part in _parts(column))
    phrases.learn(every)
    classes = np.stack([class_vector(row, phrases) for row in rows])
    seen = np.stack([phrases.mean([look_text(look)]) for look in looks()])
    apart = classes - COMMON * classes.mean(0)
    return {"classes": apart.astype(np.float16), "looks": seen.astype(np.float16)}


def _parts(column: str) -> list[str]:
    return [part for part in column.replace("|", ", ").replace("; ", ", ").split(", ") if part]


def main() -> None:
    """Write the file."""
    # Short texts in small batches: a second thread would mostly wait for the first.
    set_threads(1)
    save_file(made(Phrases(MiniLM())), TABLE)
    print(f"{TABLE.name}: {TABLE.stat().st_size} bytes")


if __name__ == "__main__":
    main()
