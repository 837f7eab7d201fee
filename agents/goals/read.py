"""Reading a goal: from words to items, conditions and relations. No model, no guesses.

The parts are read in the order of how sure they are, and each marks the words it
accounts for; what no part accounts for is told (``accounts``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

from agents.errors import InvalidGoal
from agents.goals.accounts import accounts_of
from agents.goals.aspects import aspects_of, terms_of
from agents.goals.items import items_of
from agents.goals.parts import GoalParts, bounds_of, read_parts, wished
from agents.goals.phrases.alternatives import with_alternatives
from agents.goals.phrases.contents import fitting
from agents.goals.phrases.facets import titles_in
from agents.goals.reading import (
    Entity,
    GoalCondition,
    Reading,
    Slot,
    Wish,
    WordAccount,
    places_of,
)
from agents.goals.spelling import spelled
from agents.lexicon.roles import role_cues
from agents.lexicon.vocabulary import Vocabulary
from agents.lexicon.words import Word, words
from agents.tools.grouping import Relations

MAX_GOAL_CHARACTERS = 4000


def read_goal(
    goal: str,
    vocabulary: Vocabulary,
    pictures: bool = True,
    picture: bool = False,
    today: date | None = None,
    namespace: str = "",
) -> Reading:
    """Return what a goal asks for.

    Args:
        goal: 1 to 4000 characters that are not all blank.
        vocabulary: Of the index it is asked of.
        pictures: The index may hold pictures.
        picture: One came with the goal.
        today: What "last week" is counted from; the clock's day by default.
        namespace: Its name's words name its documents ("recipes").

    Raises:
        InvalidGoal: Empty or too long.
    """
    check_goal(goal)
    said, mended = spelled(words(goal), vocabulary)
    parts = read_parts(goal, said, vocabulary, today or datetime.now(UTC).date())
    denials = parts.denials
    facets = with_alternatives(goal, said, parts.facets, parts.taken | parts.denied)
    changed = {condition.field for condition in (*facets, *parts.comparisons.conditions)}
    kept = [c for c in parts.comparisons.kept if c.field not in changed]
    extra = [*parts.dates, *parts.comparisons.conditions]
    firm = _affordable(kept, [*facets, *extra, *bounds_of(parts)], vocabulary)
    extra += firm
    items, unwanted = items_of(goal, said, facets, parts.bounds, denials, parts.taken, extra)
    items, wish = wished(items, parts.wish)
    relations = _relations(parts, items) if len(items) > 1 else Relations()
    if not any(slot.conditions for slot in items) and not parts.asks:
        items = ()
    if not items and parts.asks:
        items = (Slot("all", goal),)
    entities = tuple(titles_in(said, vocabulary))
    reading = Reading(
        goal,
        terms_of(goal, vocabulary),
        items,
        relations,
        entities,
        unwanted,
        parts.ungrounded,
        (),
        pictures or picture,
        picture,
        vocabulary.index_version,
        wish if items else Wish(),
        roles=_roles(said, entities) if not items else {},
    )
    lost = tuple(
        WordAccount("ignored", c.words, c.said, "nothing else that fits has it")
        for c in kept
        if c not in firm
    )
    accounts = accounts_of(reading, said, parts, facets, mended, vocabulary, namespace) + lost
    reading = replace(reading, accounts=accounts, slots=_with_loose(items, accounts))
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


def _affordable(
    kept: Sequence[GoalCondition], others: Sequence[GoalCondition], vocabulary: Vocabulary
) -> list[GoalCondition]:
    """Return the traits that likeness keeps, less the softest while nothing would be left."""
    firm = sorted(kept, key=lambda c: -c.confidence)
    asked = list({c.span: c for c in reversed(others) if c.op != "ne"}.values())
    while firm and not fitting(vocabulary, [*firm, *asked]):
        firm.pop()
    return firm


def _roles(said: Sequence[Word], entities: Sequence[Entity]) -> Mapping[str, float]:
    """Return how texts tell the relation that a goal asks for to what it names."""
    return role_cues(said, places_of([item.span for item in entities])) if entities else {}


def _with_loose(slots: Sequence[Slot], accounts: Sequence[WordAccount]) -> tuple[Slot, ...]:
    """Return the items with those loose words alone that something may be found by."""
    searched = {item.words for item in accounts if item.kind == "searched"}
    return tuple(
        replace(slot, loose=tuple(word for word in slot.loose if word in searched))
        for slot in slots
    )


def _relations(parts: GoalParts, items: Sequence[Slot]) -> Relations:
    totals: dict[str, dict[str, float]] = {}
    for bound in parts.bounds:
        if bound.total and bound.field is not None:
            totals.setdefault(bound.field, {})[bound.op] = bound.value
    labels = [slot.label for slot in items]
    rising = tuple(
        (item.field, labels.index(str(item.low)), labels.index(str(item.high)))
        for item in parts.comparisons.rising
        if str(item.low) in labels and str(item.high) in labels
    )
    linked = [link for link in parts.links if link.field is not None]
    return Relations(
        tuple(dict.fromkeys(str(link.field) for link in linked if link.kind == "same")),
        tuple(dict.fromkeys(str(link.field) for link in linked if link.kind == "different")),
        totals,
        rising,
    )
