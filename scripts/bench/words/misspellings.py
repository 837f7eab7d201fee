"""Seeded misspellings: known documents asked for by their two rarest words, one mistyped."""

import random
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from retrieval.words.misspelt import LEAST_FOR_ONE, most_changes
from retrieval.words.stop_words import STOP_WORDS
from retrieval.words.written import written_words

WORDS = 2
"""Of a query."""
LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class KnownItem:
    """A document, a query that is written right, and one with a mistyped word."""

    id: str
    right: str
    wrong: str


def known_items(corpus: Mapping[str, str], count: int, seed: int) -> Iterator[KnownItem]:
    """Yield items of documents drawn at random; of a word so long two letters may be wrong."""
    rng = random.Random(seed)
    words = {id: set(written_words(text)) - STOP_WORDS for id, text in corpus.items()}
    holding = Counter(word for of_text in words.values() for word in of_text)
    drawn = [id for id, of_text in sorted(words.items()) if len(of_text) >= WORDS]
    for id in rng.sample(drawn, count):
        rarest = sorted(words[id], key=lambda word: (holding[word], word))[:WORDS]
        rng.shuffle(rarest)
        # The rarer one: the other alone seldom finds the document.
        at = min(range(WORDS), key=lambda at: holding[rarest[at]])
        if len(rarest[at]) >= LEAST_FOR_ONE:
            wrong = [*rarest[:at], misspelt(rarest[at], holding, rng), *rarest[at + 1 :]]
            yield KnownItem(id, " ".join(rarest), " ".join(wrong))


def misspelt(word: str, known: Mapping[str, int], rng: random.Random) -> str:
    """Return a word with as many mistakes as are looked for, which is no word of the texts."""
    while True:
        wrong = word
        for _ in range(rng.randint(1, most_changes(word))):
            wrong = _mistyped(wrong, rng)
        if wrong not in known:
            return wrong


def _mistyped(word: str, rng: random.Random) -> str:
    at = rng.randrange(1, len(word))
    way = rng.choice(("left out", "too many", "another", "exchanged"))
    if way == "left out":
        return word[:at] + word[at + 1 :]
    if way == "too many":
        return word[:at] + rng.choice(LETTERS) + word[at:]
    if way == "another" or at + 1 == len(word):
        return word[:at] + rng.choice(LETTERS) + word[at + 1 :]
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
