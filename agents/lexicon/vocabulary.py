"""What an index calls things: titles, facets, numbers and how rare each word is.

Built from the documents themselves, so that nothing about a catalogue is coded in:
a facet is a field whose few values recur, a title field one whose values are
nearly all different. An alias is a word that texts use for a facet's value: "cup"
for kind=mug, because nearly every document that says cup has that value.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from agents.lexicon.artifact_marks import is_artifact
from agents.lexicon.words import content_stems, is_stop, stem, stems, words
from retrieval.documents import Json, Scalar

MAX_FACET_VALUES = 64
MIN_ALIAS_SUPPORT = 4
ALIAS_CONFIDENCE = 0.8
"""Lower bound (Wilson, 95 %) of the share of a word's documents that have the value."""
MAX_TITLE_WORDS = 12
TITLE_FIELDS = ("title", "name")
"""Tried in this order; a namespace with neither has no titles and no bridges."""

Phrase = tuple[str, ...]
"""Stems in a row."""


@dataclass(frozen=True, slots=True)
class Alias:
    """A word or two that stands for a facet value. ``confidence`` is 1 for the value itself."""

    field: str
    value: Scalar
    confidence: float


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The index as a planner knows it.

    Args:
        index_version: What it was built from.
        documents: How many there are.
        frequency: Stem to the number of documents with it.
        titles: Phrase to the ids of documents of that title.
        title_of: Document id to title.
        facets: Field to its values and how often each occurs.
        numbers: Field to (smallest, largest).
        aliases: Phrase to the facet values it may mean, most confident first.
        artifacts: Remembered plans and reflections, which count in nothing else.
        title_reach: First stem of a title to the words of the longest such title.
    """

    index_version: int = 0
    documents: int = 0
    frequency: Mapping[str, int] = field(default_factory=dict)
    titles: Mapping[Phrase, tuple[str, ...]] = field(default_factory=dict)
    title_of: Mapping[str, str] = field(default_factory=dict)
    facets: Mapping[str, Mapping[Scalar, int]] = field(default_factory=dict)
    numbers: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    aliases: Mapping[Phrase, tuple[Alias, ...]] = field(default_factory=dict)
    artifacts: int = 0
    title_reach: Mapping[str, int] = field(default_factory=dict)

    def idf(self, term: str) -> float:
        """Return log(1 + (N - n + 1/2) / (n + 1/2)), as in BM25; never below 0."""
        n = self.frequency.get(term, 0)
        return max(0.0, math.log(1 + (max(self.documents, n, 1) - n + 0.5) / (n + 0.5)))

    def weights(self, terms: Iterable[str]) -> dict[str, float]:
        """Return the idf of each term."""
        return {term: self.idf(term) for term in terms}


class VocabularyBuilder:
    """Takes documents one by one; the order does not matter."""

    def __init__(self) -> None:
        self._documents = 0
        self._artifacts = 0
        self._frequency: Counter[str] = Counter()
        self._metadata: dict[str, Mapping[str, Json]] = {}
        self._phrases: dict[str, set[Phrase]] = {}

    def add(self, id: str, text: str, metadata: Mapping[str, Json]) -> None:
        """Take in one document; artifacts are only counted."""
        if is_artifact(metadata):
            self._artifacts += 1
            return
        strings = [value for value in metadata.values() if isinstance(value, str)]
        self._documents += 1
        self._frequency.update({stem for part in (text, *strings) for stem in stems(part)})
        self._metadata[id] = metadata
        self._phrases[id] = set(_phrases(text))

    def build(self, index_version: int) -> Vocabulary:
        """Return the vocabulary of what was taken in."""
        title_of = self._titles()
        titles: dict[Phrase, list[str]] = defaultdict(list)
        for id, title in sorted(title_of.items()):
            for phrase in _title_phrases(title):
                titles[phrase].append(id)
        facets = self._facets()
        reach: dict[str, int] = {}
        for phrase in titles:
            reach[phrase[0]] = max(reach.get(phrase[0], 0), len(phrase))
        return Vocabulary(
            index_version,
            self._documents,
            dict(self._frequency),
            {phrase: tuple(ids) for phrase, ids in titles.items()},
            title_of,
            facets,
            self._numbers(),
            self._aliases(facets),
            self._artifacts,
            reach,
        )

    def _titles(self) -> dict[str, str]:
        for name in TITLE_FIELDS:
            found = {
                id: value.strip()
                for id, metadata in self._metadata.items()
                if isinstance(value := metadata.get(name), str) and value.strip()
            }
            if found:
                return found
        return {}

    def _facets(self) -> dict[str, dict[Scalar, int]]:
        counts: dict[str, Counter[Scalar]] = defaultdict(Counter)
        for metadata in self._metadata.values():
            for name, value in metadata.items():
                for item in value if isinstance(value, list) else [value]:
                    if isinstance(item, str | bool):
                        counts[name][item] += 1
        return {
            name: dict(sorted(values.items(), key=lambda item: (-item[1], str(item[0]))))
            for name, values in sorted(counts.items())
            if _recurs(values)
        }

    def _numbers(self) -> dict[str, tuple[float, float]]:
        ranges: dict[str, tuple[float, float]] = {}
        for metadata in self._metadata.values():
            for name, value in metadata.items():
                if isinstance(value, int | float) and not isinstance(value, bool):
                    low, high = ranges.get(name, (value, value))
                    ranges[name] = (float(min(low, value)), float(max(high, value)))
        return dict(sorted(ranges.items()))

    def _aliases(self, facets: Mapping[str, Mapping[Scalar, int]]) -> dict[Phrase, tuple]:
        found: dict[Phrase, dict[tuple[str, Scalar], float]] = defaultdict(dict)
        for name, values in facets.items():
            for phrase, value, confidence in self._mined(name):
                found[phrase][(name, value)] = confidence
            for value in values:
                if isinstance(value, str) and (phrase := tuple(stems(value))):
                    found[phrase][(name, value)] = 1.0
        return {
            phrase: tuple(
                Alias(name, value, confidence)
                for (name, value), confidence in sorted(
                    meanings.items(), key=lambda item: (-item[1], str(item[0]))
                )
            )
            for phrase, meanings in sorted(found.items())
        }

    def _mined(self, name: str) -> Iterable[tuple[Phrase, Scalar, float]]:
        """Yield phrases that occur almost only where ``name`` has one certain value."""
        together: dict[Phrase, Counter[Scalar]] = defaultdict(Counter)
        for id, metadata in self._metadata.items():
            value = metadata.get(name)
            if isinstance(value, str | bool):
                for phrase in self._phrases[id]:
                    together[phrase][value] += 1
        for phrase, values in together.items():
            value, hits = max(values.items(), key=lambda item: (item[1], str(item[0])))
            confidence = _wilson_lower(hits, values.total())
            if hits >= MIN_ALIAS_SUPPORT and confidence >= ALIAS_CONFIDENCE:
                yield phrase, value, confidence


def _phrases(text: str) -> Iterable[Phrase]:
    """Yield single content words and pairs of neighbours."""
    found = words(text)
    for at, word in enumerate(found):
        if is_stop(word.text):
            continue
        yield (word.stem,)
        if at + 1 < len(found) and not is_stop(found[at + 1].text):
            yield (word.stem, found[at + 1].stem)


def _title_phrases(title: str) -> Iterable[Phrase]:
    """Yield the title, and the title without a remark in brackets: "Mercury (planet)"."""
    whole = tuple(stems(title))
    if 0 < len(whole) <= MAX_TITLE_WORDS:
        yield whole
    bare = tuple(stems(title.split("(")[0]))
    if bare != whole and 0 < len(bare) <= MAX_TITLE_WORDS and content_stems(title.split("(")[0]):
        yield bare


def _recurs(values: Counter[Scalar]) -> bool:
    """Return whether values make a facet: few of them, and most documents share theirs."""
    return len(values) <= MAX_FACET_VALUES and values.total() >= 2 * len(values)


def _wilson_lower(hits: int, total: int, z: float = 1.96) -> float:
    """Return the lower end of Wilson's interval (1927) for a share."""
    share = hits / total
    middle = share + z * z / (2 * total)
    spread = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    return (middle - spread) / (1 + z * z / total)


__all__ = ["Alias", "Phrase", "Vocabulary", "VocabularyBuilder", "stem"]
