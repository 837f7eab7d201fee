"""What an index calls things: titles, facets, numbers and how rare each word is.

Built from the documents themselves, so that nothing about a catalogue is coded in:
a facet is a field whose few values recur, a title field one whose values are
nearly all different. An alias is a word that texts use for a facet's value: "cup"
for kind=mug, because nearly every document that says cup has that value.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b

from agents.lexicon.artifact_marks import is_artifact
from agents.lexicon.words import content_stems, is_stop, stem, stems, words
from retrieval.documents import Json, Scalar
from retrieval.errors import InvalidTime
from retrieval.times import utc_time

MAX_FACET_VALUES = 64
MAX_KEPT_DOCUMENTS = 5000
"""Words of so many documents are kept for the next version: some 10 KiB for a long text."""
MIN_ALIAS_SUPPORT = 4
ALIAS_CONFIDENCE = 0.8
"""Lower bound (Wilson, 95 %) of the share of a word's documents that have the value."""
MOST_OF_A_FIELD = 0.9
"""A field is one of lists or of times where at least this share of its values are."""
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
        rows: Document id to its metadata: what is counted, ordered and summed.
        lists: Fields that hold lists.
        times: Fields whose texts are times, all but a few.
        whole: Every document of the index is in it.
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
    rows: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    lists: frozenset[str] = frozenset()
    times: frozenset[str] = frozenset()
    whole: bool = True

    def idf(self, term: str) -> float:
        """Return log(1 + (N - n + 1/2) / (n + 1/2)), as in BM25; never below 0."""
        n = self.frequency.get(term, 0)
        return max(0.0, math.log(1 + (max(self.documents, n, 1) - n + 0.5) / (n + 0.5)))

    def weights(self, terms: Iterable[str]) -> dict[str, float]:
        """Return the idf of each term."""
        return {term: self.idf(term) for term in terms}


@dataclass(frozen=True, slots=True)
class SaidWords:
    """The words of one text; ``digest`` is of the text, which is not kept."""

    digest: bytes
    stems: frozenset[str]
    phrases: frozenset[Phrase]


KeptWords = Mapping[str, SaidWords]
"""Document id to the words of its text."""


class VocabularyBuilder:
    """Takes documents one by one; the order does not matter.

    ``known`` are words that an earlier builder counted: those of equal texts are taken over.
    """

    def __init__(self, known: KeptWords | None = None) -> None:
        self._known: KeptWords = {} if known is None else known
        self._said: dict[str, SaidWords] = {}
        self._documents = 0
        self._artifacts = 0
        self._frequency: Counter[str] = Counter()
        self._metadata: dict[str, Mapping[str, Json]] = {}

    def add(self, id: str, text: str, metadata: Mapping[str, Json]) -> None:
        """Take in one document; artifacts are only counted."""
        if is_artifact(metadata):
            self._artifacts += 1
            return
        strings = [value for value in metadata.values() if isinstance(value, str)]
        self._documents += 1
        said = self._words(id, text)
        self._frequency.update(said.stems.union(*(stems(part) for part in strings)))
        self._metadata[id] = metadata
        self._said[id] = said

    def _words(self, id: str, text: str) -> SaidWords:
        digest = blake2b(text.encode(errors="surrogatepass"), digest_size=16).digest()
        known = self._known.get(id)
        if known is not None and known.digest == digest:
            return known
        return SaidWords(digest, frozenset(stems(text)), frozenset(_phrases(text)))

    @property
    def kept(self) -> KeptWords:
        """The words of each document, for the builder of the next version; none of many."""
        return self._said if len(self._said) <= MAX_KEPT_DOCUMENTS else {}

    def build(self, index_version: int, whole: bool = True) -> Vocabulary:
        """Return the vocabulary of what was taken in; ``whole`` where that is all there is."""
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
            dict(sorted(self._metadata.items())),
            frozenset(self._fields_of(lambda value: isinstance(value, list))),
            frozenset(self._fields_of(_is_time)),
            whole,
        )

    def _fields_of(self, fits: Callable[[Json], bool]) -> Iterable[str]:
        """Yield the fields whose values fit, all but a few of them."""
        counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
        for metadata in self._metadata.values():
            for name, value in metadata.items():
                if value is not None:
                    counts[name][fits(value)] += 1
        return (n for n, (no, yes) in counts.items() if yes >= MOST_OF_A_FIELD * (no + yes))

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
            # What is true or false is called by its field's name; texts say it by the way.
            if isinstance(value, str):
                for phrase in self._said[id].phrases:
                    together[phrase][value] += 1
        for phrase, values in together.items():
            value, hits = max(values.items(), key=lambda item: (item[1], str(item[0])))
            confidence = _wilson_lower(hits, values.total())
            if hits >= MIN_ALIAS_SUPPORT and confidence >= ALIAS_CONFIDENCE:
                yield phrase, value, confidence


def _is_time(value: Json) -> bool:
    if not isinstance(value, str) or not value[:1].isdigit() or "-" not in value:
        return False
    try:
        return utc_time(value, "value") is not None
    except InvalidTime:
        return False


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
    """Yield the title, and the title without a remark: "Mercury (planet)", "Ramon IV, Count of".

    Before a comma it takes two words to be a name: "London, Ontario" is not called London.
    """
    whole = tuple(stems(title))
    if 0 < len(whole) <= MAX_TITLE_WORDS:
        yield whole
    for mark, fewest in (("(", 1), (",", 2)):
        bare = title.split(mark)[0]
        phrase = tuple(stems(bare))
        if phrase != whole and fewest <= len(content_stems(bare)) <= MAX_TITLE_WORDS:
            yield phrase


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
