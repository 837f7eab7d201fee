"""Names in evidence that are nobody's title: "Natalie Wood" in the text about a film.

Where a document about the name is missing, others that mention it may still say what is
asked for. A name is a run of capitalised words; only those count that the index has in
more than one document, since the others lead nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from agents.engines.embedded.links import CONTEXT_FLOOR, inherited_shares
from agents.goals.reading import Reading
from agents.lexicon.vocabulary import Vocabulary
from agents.lexicon.words import is_stop, mass, sentences, stems
from agents.tools.evidence import Doc
from agents.tools.operators import discount

PER_DOCUMENT = 6
MAX_NAME_WORDS = 5
FEW_DOCUMENTS = 0.02
"""A word in more than this share of all documents (or in more than ten) is no name's rare one."""
_CAPITAL = r"[A-ZÀ-ÖØ-Þ][\w'’.-]*"
_RUN = re.compile(rf"{_CAPITAL}(?:\s+(?:(?:of|the|de|la|van|von|der|di|da|al|bin)\s+)*{_CAPITAL})*")


@dataclass(frozen=True, slots=True)
class EvidenceName:
    """A name found in evidence. ``strength`` grows with its place and its sentence."""

    text: str
    source_id: str
    strength: float


def names(docs: Sequence[Doc], reading: Reading, vocabulary: Vocabulary) -> list[EvidenceName]:
    """Return the names that documents bring up, strongest first, each once.

    Strength is the discount of the document's rank times the document's share of the goal
    times what the sentence says of the goal, as for links between titles, times how rare the
    name's rarest word is (its idf, scaled to the rarest there can be). Names that the goal
    or a title has are left out: the one was searched for, the other is followed by its link.
    """
    asked = set(stems(reading.goal))
    rarest = vocabulary.idf("")
    shares = inherited_shares(docs, reading)
    best: dict[str, EvidenceName] = {}
    for rank, (doc, share) in enumerate(zip(docs, shares, strict=True), start=1):
        trust = discount(rank) * (CONTEXT_FLOOR + share)
        own = set(stems(doc.title or ""))
        terms = {t: w for t, w in reading.terms.items() if t not in own}
        found = []
        for sentence, runs in _runs(doc.text):
            context = CONTEXT_FLOOR + mass(set(sentence) & set(terms), terms)
            for text, key in runs:
                rarity = _rarity(key, asked | own, vocabulary)
                if rarity > 0:
                    found.append(EvidenceName(text, doc.id, trust * context * rarity / rarest))
        for name in sorted(found, key=_place)[:PER_DOCUMENT]:
            key = " ".join(stems(name.text))
            if key not in best or _place(name) < _place(best[key]):
                best[key] = name
    return sorted(best.values(), key=_place)


def _place(name: EvidenceName) -> tuple[float, str, str]:
    return -round(name.strength, 9), name.text, name.source_id


def _rarity(key: tuple[str, ...], known: set[str], vocabulary: Vocabulary) -> float:
    """Return the idf of a name's rarest word, 0 where the name leads nowhere new."""
    fresh = [stem for stem in key if stem not in known and not is_stop(stem)]
    if not fresh or key in vocabulary.titles or len(fresh) < len(key) / 2:
        return 0.0
    counts = [vocabulary.frequency.get(stem, 0) for stem in fresh]
    most = max(10.0, FEW_DOCUMENTS * vocabulary.documents)
    if not 2 <= min(counts) <= most:
        return 0.0
    return max(vocabulary.idf(stem) for stem in fresh)


@lru_cache(maxsize=4096)
def _runs(text: str) -> tuple[tuple[frozenset[str], tuple[tuple[str, tuple[str, ...]], ...]], ...]:
    """Return, for each sentence, its stems and its runs of capitalised words with their stems."""
    found = []
    for start, end in sentences(text):
        sentence = text[start:end]
        runs = []
        for match in _RUN.finditer(sentence):
            words = match[0].split()
            # The first word of a sentence has a capital whatever it is.
            if match.start() == 0 and is_stop(words[0]):
                words = words[1:]
            while words and is_stop(words[0]):
                words = words[1:]
            run = " ".join(words).strip(" .'’-").removesuffix("'s").removesuffix("’s")
            key = tuple(stems(run))
            if (
                0 < len(key) <= MAX_NAME_WORDS
                and not (match.start() == 0 and len(key) == 1)
                and len(run) >= 3
            ):
                runs.append((run, key))
        found.append((frozenset(stems(sentence)), tuple(runs)))
    return tuple(found)
