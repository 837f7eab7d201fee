"""What the words of one query are taken for: those that begin so, or that no mistake is in."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from retrieval.search.request import SearchRequest, SearchWarning
from retrieval.store.reading.held.namespace import HeldNamespace
from retrieval.words.folding import folded
from retrieval.words.misspelt import most_changes
from retrieval.words.written import QueryWord, words_asked

MOST_CORRECTED = 8
"""Unknown words of one query that are corrected; each takes up to a millisecond."""

BY_THE_TABLE = (
    "misspelt words were not looked for: this search went by the namespace's table, since the "
    "namespace is not in memory or the filter reads texts or parts of ids"
)
MOST_CONTINUED = 64
"""Words that the last one of a query is the beginning of."""
NOT_CONTINUED = (
    "the last word was taken as it is written and not as a beginning: this search went by the "
    "namespace's table, since the namespace is not in memory or the filter reads texts or parts of "
    "ids"
)
TOO_MANY = "of the words that no document has only the first {most} were taken for others: {left}"


@dataclass(frozen=True, slots=True)
class Spelling:
    """What words count for each other in one search."""

    corrected: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Words of the query, and what they were taken for."""
    others: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """By a term of the query those that count for it."""
    told: tuple[SearchWarning, ...] = ()
    unknown: tuple[str, ...] | None = None
    """Words of the query that no document has; None where nobody looked."""

    @property
    def terms(self) -> tuple[str, ...]:
        """Return all terms that count for one of the query."""
        return tuple(term for terms in self.others.values() for term in terms)

    @property
    def size(self) -> int:
        """Return how many there are."""
        return sum(map(len, self.others.values()))


AS_WRITTEN = Spelling()
ALL_KNOWN = Spelling(unknown=())


def taken_as_written(request: SearchRequest) -> Spelling:
    """Return what a search by the table takes words for, which says what it leaves undone."""
    told: list[SearchWarning] = []
    if request.typos and any(most_changes(word.word) for word in _asked(request)):
        told.append(SearchWarning("typos_not_looked_for", BY_THE_TABLE, "query"))
    if _beginning(request) is not None:
        told.append(SearchWarning("prefix_not_looked_for", NOT_CONTINUED, "prefix"))
    return Spelling(told=tuple(told))


async def spelling_in(request: SearchRequest, held: HeldNamespace) -> Spelling:
    """Return what the words of a query are taken for in a namespace in memory."""
    last = _beginning(request)
    unknown = _unknown(request, held)
    if not unknown and last is None:
        return ALL_KNOWN
    # The order of all words is made with the first one that is unknown or a beginning.
    taken = await asyncio.to_thread(_taken, unknown, last, held)
    return replace(taken, unknown=tuple(word.word for word in unknown))


def with_synonyms(spelling: Spelling, others: Mapping[str, tuple[str, ...]]) -> Spelling:
    """Return a spelling in which further terms count for some of the query."""
    if not others:
        return spelling
    merged = {
        term: tuple(dict.fromkeys((*others.get(term, ()), *spelling.others.get(term, ()))))
        for term in (*others, *(term for term in spelling.others if term not in others))
    }
    return replace(spelling, others=merged)


def _unknown(request: SearchRequest, held: HeldNamespace) -> Sequence[QueryWord]:
    if not request.typos:
        return ()
    return [
        word
        for word in _asked(request)
        if most_changes(word.word)
        and word.word not in request.known
        and not any(held.words.has(term, held.living_rows) for term in word.terms)
    ]


def _asked(request: SearchRequest) -> Sequence[QueryWord]:
    if request.mode == "semantic" or request.query_text is None:
        return ()
    return words_asked(request.query_text)


def _beginning(request: SearchRequest) -> QueryWord | None:
    """Return the last word of a query whose writer is still at it."""
    words = _asked(request) if request.prefix else ()
    if not words or not folded(request.query_text or "").endswith(words[-1].word):
        return None
    return words[-1]


def _taken(unknown: Sequence[QueryWord], last: QueryWord | None, held: HeldNamespace) -> Spelling:
    others = {} if last is None else _continued(last, held)
    # What is a beginning is no mistake.
    wrong = [word for word in unknown if word.terms[0] not in others]
    spelling = _corrected(wrong, held)
    return replace(spelling, others={**spelling.others, **others})


def _continued(last: QueryWord, held: HeldNamespace) -> dict[str, tuple[str, ...]]:
    found = held.spellings.beginning(last.word, held.living_rows, MOST_CONTINUED)
    words = words_asked(" ".join(word for word, _ in found))
    terms = dict.fromkeys(term for word in words for term in word.terms)
    return {last.terms[0]: tuple(terms)} if terms else {}


def _corrected(unknown: Sequence[QueryWord], held: HeldNamespace) -> Spelling:
    corrected: dict[str, list[str]] = {}
    others: dict[str, tuple[str, ...]] = {}
    for word in unknown[:MOST_CORRECTED]:
        # Without stop words, which would find every text.
        found = held.spellings.corrections(word.word, held.living_rows)
        taken = words_asked(" ".join(found))
        if taken:
            corrected[word.word] = [other.word for other in taken]
            terms = dict.fromkeys(term for other in taken for term in other.terms)
            others[word.terms[0]] = tuple(terms)
    left = [word.word for word in unknown[MOST_CORRECTED:]]
    return Spelling(corrected, others, _cut(left))


def _cut(left: Sequence[str]) -> tuple[SearchWarning, ...]:
    if not left:
        return ()
    words = ", ".join(left[:MOST_CORRECTED]) + (", …" if len(left) > MOST_CORRECTED else "")
    message = TOO_MANY.format(most=MOST_CORRECTED, left=f"{words} as written")
    return (SearchWarning("typos_not_looked_for", message, "query"),)
