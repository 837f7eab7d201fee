"""Reading a goal: from words to items, conditions and relations. No model, no guesses.

The parts are read in the order of how sure they are, and each marks the words it
accounts for: numbers, relations, negations, facet values, then items.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from agents.errors import InvalidGoal
from agents.goals.aspects import aspects_of, terms_of
from agents.goals.clauses import (
    negated,
)
from agents.goals.facets import read_facets, titles_in
from agents.goals.items import items_of
from agents.goals.numbers import NumberBound, read_numbers
from agents.goals.reading import Reading, places_of
from agents.goals.relations import Link, read_relations
from agents.lexicon.vocabulary import Vocabulary
from agents.lexicon.words import Word, words
from agents.tools.grouping import Relations

MAX_GOAL_CHARACTERS = 4000
_QUESTIONS = frozenset(
    "what which who whom whose when where why how is are was were did do does in on at".split()
)


def read_goal(
    goal: str, vocabulary: Vocabulary, pictures: bool = True, picture: bool = False
) -> Reading:
    """Return what a goal asks for.

    Args:
        goal: 1 to 4000 characters that are not all blank.
        vocabulary: Of the index it is asked of.
        pictures: The index may hold pictures.
        picture: One came with the goal.

    Raises:
        InvalidGoal: Empty or too long.
    """
    check_goal(goal)
    said = words(goal)
    bounds = read_numbers(goal, said, vocabulary)
    links = read_relations(said, vocabulary, goal)
    taken = places_of([b.span for b in bounds] + [link.span for link in links])
    denials = [] if _is_question(goal, said) else negated(goal, said, taken)
    facets = read_facets(said, vocabulary, taken, goal)
    items, unwanted = items_of(goal, said, facets, bounds, denials, taken, vocabulary)
    entities = tuple(titles_in(said, vocabulary))
    terms = terms_of(goal, vocabulary)
    ungrounded = tuple(bound.words for bound in bounds if bound.field is None)
    relations = _relations(links, bounds) if len(items) > 1 else Relations()
    if not any(slot.conditions for slot in items) and not links:
        items = ()
    reading = Reading(
        goal,
        terms,
        items,
        relations,
        entities,
        unwanted,
        ungrounded,
        (),
        pictures or picture,
        picture,
        vocabulary.index_version,
    )
    return replace(reading, aspects=aspects_of(reading, vocabulary))


def check_goal(goal: str) -> None:
    """Refuse a goal that is blank or over 4000 characters.

    Raises:
        InvalidGoal: It is.
    """
    if not words(goal):
        raise InvalidGoal("the goal has no words", "goal")
    if len(goal) > MAX_GOAL_CHARACTERS:
        raise InvalidGoal(
            f"a goal has at most {MAX_GOAL_CHARACTERS} characters, this one {len(goal)}", "goal"
        )


def _is_question(goal: str, said: Sequence[Word]) -> bool:
    """Questions deny things that are no wishes: "which band did not tour?"."""
    return goal.rstrip().endswith("?") or said[0].text.lower() in _QUESTIONS


def _relations(links: Sequence[Link], bounds: Sequence[NumberBound]) -> Relations:
    totals: dict[str, dict[str, float]] = {}
    for bound in bounds:
        if bound.total and bound.field is not None:
            totals.setdefault(bound.field, {})[bound.op] = bound.value
    return Relations(
        tuple(dict.fromkeys(link.field for link in links if link.kind == "same")),
        tuple(dict.fromkeys(link.field for link in links if link.kind == "different")),
        totals,
    )
