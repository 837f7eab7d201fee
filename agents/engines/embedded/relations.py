"""Following a relation: from what a goal names to whom its texts name beside "directed by"."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from agents.engines.embedded.moves import thought
from agents.goals.phrases.facets import titles_in
from agents.goals.reading import Reading
from agents.lexicon.roles import nearness
from agents.lexicon.vocabulary import Vocabulary
from agents.lexicon.words import sentences, words
from agents.tools.evidence import Doc
from agents.tree.retrieval_world import PlanContext
from agents.tree.state import PlanState, ranking
from agents.tree.thoughts import Thought

PER_TITLE = 2
"""Documents of one title that are followed; a goal that says which has its year in brackets."""
ONE_SIDE = 4
"""Names followed from one side; several sides share ``ALL_SIDES``."""
ALL_SIDES = 6
SHOWN = 5
"""What stands among so many best documents is in sight."""
PRIOR = 0.97
WEIGHT = 0.9


def relation_follows(brief: PlanContext, state: PlanState, vocabulary: Vocabulary) -> list[Thought]:
    """Return the thought that fetches whom evidence names by the relation that a goal asks for.

    What the goal names and the evidence lacks is fetched with it, and followed next time.
    """
    reading = brief.reading
    if not reading.roles or "fetch" not in brief.allowed:
        return []
    named = list(dict.fromkeys(id for e in reading.entities for id in e.ids[:PER_TITLE]))
    absent = [id for id in named if id not in state.memory.docs]
    sides = state.docs(named)
    found = related(sides, reading, vocabulary)
    shown = set(ranking(state, reading.unwanted, SHOWN).ids)
    # Each side's best comes first: where all of those are in sight, nothing is gained.
    if not absent and all(id in shown for id, _ in found[: len(sides)]):
        return []
    ids = list(dict.fromkeys((*absent, *(id for id, _ in found))))
    after = tuple(id for id, _ in state.pool)
    call = {"tool": "fetch", "args": {"ids": ids}, "after": after}
    return [thought(state, "bridge", _why(absent, found, vocabulary), PRIOR, WEIGHT, call)]


def _why(absent: Sequence[str], found: Sequence[tuple[str, str]], vocabulary: Vocabulary) -> str:
    named = [repr(vocabulary.title_of.get(id, id)) for id in absent[:2]]
    said = [f"the goal names {', '.join(named)}"] if named else []
    if found:
        (id, source), more = found[0], len(found) - 1
        title = repr(vocabulary.title_of.get(id, id))
        rest = f", and {more} more," if more else ""
        said.append(f"{title} is named in {source}{rest} by the relation asked for")
    return "; ".join(said)


def related(
    sides: Sequence[Doc], reading: Reading, vocabulary: Vocabulary
) -> list[tuple[str, str]]:
    """Return ids of documents that sides name beside cues, each with the side that names it.

    Each side's best come first, in turns. Ties go by the place in the text.
    """
    share = max(1, min(ONE_SIDE, ALL_SIDES // max(1, len(sides))))
    own = {doc.id for doc in sides}
    each = [
        [(id, doc.id) for id in _named_by(doc, reading, vocabulary) if id not in own][:share]
        for doc in sides
    ]
    turns = [item for turn in zip_longest(*each) for item in turn if item is not None]
    return list({id: (id, source) for id, source in reversed(turns)}.values())[::-1]


def _named_by(doc: Doc, reading: Reading, vocabulary: Vocabulary) -> list[str]:
    best: dict[str, float] = {}
    for start, end in sentences(doc.text):
        found = words(doc.text[start:end])
        for entity in titles_in(found, vocabulary):
            strength = nearness(found, entity.span, reading.roles)
            for id in entity.ids[:1]:
                if id != doc.id and strength > best.get(id, 0.0):
                    best[id] = strength
    return sorted(best, key=lambda id: -best[id])
