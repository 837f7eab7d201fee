"""How people speak of an index's fields: by the words of their names, and by their units."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from agents.lexicon.degrees import CONCEPTS, DIMENSION_WORDS, DIMENSIONS, synonyms
from agents.lexicon.units import CURRENCIES, UNITS, Unit
from agents.lexicon.vocabulary import Vocabulary
from agents.lexicon.words import stem
from retrieval.filtering.parse import BUILT_IN

_EMPTY = frozenset(stem(word) for word in "is has have per to the of at in by from id".split())
NAME_HIT = 2.0
UNIT_HIT = 1.0


@dataclass(frozen=True, slots=True)
class FieldName:
    """A field as it is spoken of.

    Args:
        key: The metadata key.
        kind: What its values are.
        core: Stems of its name, without its unit.
        unit: Of its numbers, None where the name has none.
    """

    key: str
    kind: str
    core: tuple[str, ...]
    unit: Unit | None = None

    @property
    def filter_key(self) -> str:
        """The name a filter knows it by: a document's own fields win over metadata's."""
        return f"metadata.{self.key}" if self.key in BUILT_IN else self.key

    def score(self, said: Collection[str]) -> float:
        """Return how well stems name the field; 0 if none of them does."""
        hits = sum(NAME_HIT for part in self.core if synonyms(part) & set(said))
        if self.unit is not None:
            words = DIMENSION_WORDS.get(self.unit.dimension, frozenset())
            own = {stem(word) for word, unit in UNITS.items() if unit == self.unit}
            hits += UNIT_HIT * bool((words | own) & set(said))
        return hits

    def of_concept(self, concept: str) -> float:
        """Return how well the field fits a concept such as "price"; a plain name fits best."""
        named = {stem(word) for word in CONCEPTS.get(concept, ())}
        hits = [at for at, word in enumerate(CONCEPTS.get(concept, ())) if stem(word) in self.core]
        fits = 2.0 - 0.1 * hits[0] if named & set(self.core) else 0.0
        if self.unit is not None and self.unit.dimension in DIMENSIONS.get(concept, ()):
            fits += 1.0
        if concept == "date":
            # A day that something was added is newer than a year that a house was built in.
            fits += {"time": 1.0}.get(self.kind, 0.5 if "year" in self.core else 0.0)
        return fits - 0.05 * len(self.core) if fits else 0.0


def field_names(vocabulary: Vocabulary) -> tuple[FieldName, ...]:
    """Return the fields of an index as they are spoken of, sorted by key."""
    return _made(
        tuple(sorted(vocabulary.numbers)),
        tuple(sorted(set(vocabulary.facets) - vocabulary.times)),
        tuple(sorted(vocabulary.times)),
        tuple(sorted(name for name, v in vocabulary.facets.items() if set(v) <= {True, False})),
    )


@lru_cache(maxsize=64)
def _made(
    numbers: tuple[str, ...],
    facets: tuple[str, ...],
    times: tuple[str, ...],
    flags: tuple[str, ...],
) -> tuple[FieldName, ...]:
    found = [_named(key, "number") for key in numbers]
    found += [_named(key, "flag" if key in flags else "facet") for key in facets]
    found += [_named(key, "time") for key in times]
    return tuple(sorted(found, key=lambda item: item.key))


def _named(key: str, kind: str) -> FieldName:
    parts = [part for part in _parted(key) if part]
    unit = None
    if kind == "number":
        for part in (parts[-1], parts[0]):
            if part in UNITS and (unit is None):
                unit = UNITS[part]
                parts = [other for other in parts if other != part]
                break
    core = tuple(s for s in dict.fromkeys(stem(part) for part in parts) if s not in _EMPTY)
    return FieldName(key, kind, core, unit)


def _parted(key: str) -> list[str]:
    spaced = "".join(f" {c}" if c.isupper() else c for c in key) if key != key.upper() else key
    return spaced.replace("_", " ").replace("-", " ").replace(".", " ").lower().split()


def best_named(
    fields: Iterable[FieldName], said: Sequence[str], kinds: Collection[str] = ("number",)
) -> FieldName | None:
    """Return the field that stems name best, None if they name none.

    Of equal ones the one whose name has the least beside what was said.
    """
    scored = [(f.score(said), -len(f.core), f) for f in fields if f.kind in kinds]
    scored = [item for item in scored if item[0] > 0]
    return max(scored, key=lambda item: (item[0], item[1]))[2] if scored else None


def of_concept(
    fields: Iterable[FieldName], concept: str, kinds: Collection[str] = ("number", "time")
) -> FieldName | None:
    """Return the field that a concept speaks of, None if there is none."""
    scored = [(f.of_concept(concept), f) for f in fields if f.kind in kinds]
    scored = [item for item in scored if item[0] > 0]
    return max(scored, key=lambda item: item[0])[1] if scored else None


def fits_unit(field: FieldName, unit: Unit | None) -> bool:
    """Return whether an amount in a unit can be compared with a field."""
    if unit is None:
        return True
    if field.unit is not None:
        return field.unit.dimension == unit.dimension
    if unit.dimension in CURRENCIES:
        return field.of_concept("price") > 0
    return False


def converted(value: float, unit: Unit | None, field: FieldName) -> float:
    """Return an amount in the field's own unit; a price without a currency is in whole ones."""
    if unit is None:
        return value
    return round(value * unit.factor / (field.unit.factor if field.unit else 1.0), 9)
