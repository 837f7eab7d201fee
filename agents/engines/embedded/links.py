"""Links between documents: titles that evidence mentions, ranked by what is said around them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agents.goals.phrases.facets import titles_in
from agents.goals.reading import Reading
from agents.lexicon.vocabulary import Vocabulary
from agents.lexicon.words import mass, sentences, stems, words
from agents.tools.evidence import Doc
from agents.tools.operators import discount

PER_DOCUMENT = 6
"""At most so many links are followed from one document: a page that names everything leads
nowhere in particular."""
CONTEXT_FLOOR = 0.3
NAMED_BONUS = 0.5
HANDED_ON = 0.8
HANDED_ON_HOPS = 2


@dataclass(frozen=True, slots=True)
class Mention:
    """A title found in evidence. ``strength`` grows with its place and its sentence."""

    title: str
    ids: tuple[str, ...]
    source_id: str
    strength: float


def mentions(docs: Sequence[Doc], reading: Reading, vocabulary: Vocabulary) -> list[Mention]:
    """Return the titles that documents mention, strongest first, each title once.

    Strength is the discount of the document's rank, times the document's own share of
    the goal, times what the sentence says: 0.3 plus the share of the goal's idf mass in
    it, leaving out words of the document's own title; half as much again is added for a
    title that the goal itself names. A document that is only like the goal ("another
    company") thus leads less far than the one the goal is about, or than one that is
    named there: shares are handed on along links.
    """
    best: dict[str, Mention] = {}
    named = {id for entity in reading.entities for id in entity.ids}
    shares = inherited_shares(docs, reading)
    for rank, (doc, share) in enumerate(zip(docs, shares, strict=True), start=1):
        trust = discount(rank) * (CONTEXT_FLOOR + share)
        found = _of(doc, trust, reading, vocabulary, named)
        for mention in sorted(found, key=_place)[:PER_DOCUMENT]:
            known = best.get(mention.title)
            if known is None or _place(mention) < _place(known):
                best[mention.title] = mention
    return sorted(best.values(), key=_place)


def share_of_goal(doc: Doc, reading: Reading) -> float:
    """Return the share of the goal's idf mass that a document says."""
    return mass(set(stems(doc.words)) & set(reading.terms), reading.terms)


def inherited_shares(docs: Sequence[Doc], reading: Reading) -> list[float]:
    """Return each document's share of the goal, or most of that of one which names it."""
    shares = [share_of_goal(doc, reading) for doc in docs]
    names = [f" {' '.join(stems((doc.title or '').split('(')[0]))} " for doc in docs]
    texts = [f" {' '.join(stems(doc.text))} " for doc in docs]
    for _ in range(HANDED_ON_HOPS):
        shares = [
            max(
                [share]
                + [
                    HANDED_ON * shares[other]
                    for other in range(len(docs))
                    if other != at and names[at].strip() and names[at] in texts[other]
                ]
            )
            for at, share in enumerate(shares)
        ]
    return shares


def _place(mention: Mention) -> tuple[float, str, str]:
    return -round(mention.strength, 9), mention.title, mention.source_id


def _of(
    doc: Doc, trust: float, reading: Reading, vocabulary: Vocabulary, named: set[str]
) -> list[Mention]:
    own = set(stems(doc.title or ""))
    terms: Mapping[str, float] = {t: w for t, w in reading.terms.items() if t not in own}
    found: dict[str, Mention] = {}
    for start, end in sentences(doc.text):
        sentence = doc.text[start:end]
        context = mass(set(stems(sentence)) & set(terms), terms)
        for entity in titles_in(words(sentence), vocabulary):
            if doc.id in entity.ids:
                continue
            bonus = NAMED_BONUS if named & set(entity.ids) else 0.0
            strength = trust * (CONTEXT_FLOOR + context + bonus)
            if entity.title not in found or found[entity.title].strength < strength:
                found[entity.title] = Mention(entity.title, entity.ids, doc.id, strength)
    return list(found.values())
