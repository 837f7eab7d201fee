"""The parts of a goal, each read by itself: figures, days, comparisons, numbers, orders, values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from agents.goals.clauses import negated
from agents.goals.outside import read_outside
from agents.goals.phrases.aggregates import FoundAggregate, read_aggregate
from agents.goals.phrases.amounts import FoundAmount, read_amount
from agents.goals.phrases.comparisons import Comparisons, read_comparisons
from agents.goals.phrases.dates import UnreadDate, read_dates
from agents.goals.phrases.facets import read_facets
from agents.goals.phrases.likeness import read_likeness
from agents.goals.phrases.numbers import NumberBound, read_numbers
from agents.goals.phrases.orders import FoundOrder, read_order
from agents.goals.phrases.relations import Link, read_relations
from agents.goals.reading import GoalCondition, Slot, Wish, WordSpan, places_of
from agents.lexicon.courtesy import COURTESY
from agents.lexicon.vocabulary import Vocabulary
from agents.lexicon.words import Word

_QUESTIONS = frozenset(
    "what which who whom whose when where why how is are was were did do does in on at".split()
)


@dataclass(frozen=True, slots=True)
class GoalParts:
    """What was read of a goal, before its items are made of it."""

    aggregate: FoundAggregate | None = None
    dates: tuple[GoalCondition, ...] = ()
    """Days; and bounds that are denied or joined by "or", which are conditions already."""
    unread_dates: tuple[UnreadDate, ...] = ()
    comparisons: Comparisons = field(default_factory=Comparisons)
    amount: FoundAmount | None = None
    bounds: tuple[NumberBound, ...] = ()
    order: FoundOrder | None = None
    links: tuple[Link, ...] = ()
    denials: tuple[tuple[int, WordSpan], ...] = ()
    facets: tuple[GoalCondition, ...] = ()
    taken: frozenset[int] = frozenset()

    @property
    def denied(self) -> frozenset[int]:
        """Places of words that a negation reaches."""
        return frozenset(places_of([span for _, span in self.denials]))

    @property
    def ungrounded(self) -> tuple[str, ...]:
        """Phrases that ask for a condition which nothing in the index decides."""
        return (
            *(bound.words for bound in self.bounds if bound.field is None),
            *(item.words for item in self.unread_dates),
        )

    @property
    def wish(self) -> Wish:
        """An order, a figure and an amount, as far as they were asked for."""
        order = None if self.order is None else self.order.order
        figure = None if self.aggregate is None else self.aggregate.aggregate
        amount = self.amount
        least, most = (None, None) if amount is None else (amount.least, amount.most)
        if order is not None and self.order is not None and most is None:
            most = self.order.count
        return Wish(order if figure is None else None, figure, least, most)

    @property
    def asks(self) -> bool:
        """Whether there is more to do than to show what fits."""
        return self.wish.order is not None or self.wish.aggregate is not None or bool(self.links)


def read_parts(goal: str, words: Sequence[Word], vocabulary: Vocabulary, today: date) -> GoalParts:
    """Read the parts of a goal, the surest first; each leaves the words that are taken."""
    taken: set[int] = set()
    figure = read_aggregate(goal, words, vocabulary)
    if figure is not None:
        taken |= set(range(*figure.span))
    days, unread = read_dates(goal, words, vocabulary, today)
    taken |= places_of([c.span for c in days] + [item.span for item in unread])
    compared = read_comparisons(goal, words, vocabulary, taken)
    compared = compared.plus(read_likeness(goal, words, vocabulary, taken))
    taken |= places_of([*compared.spans, *compared.unread])
    amount = None if figure is not None else read_amount(goal, words, vocabulary, taken)
    if amount is not None:
        taken |= set(range(*amount.span))
    bounds = read_numbers(goal, words, vocabulary, taken)
    taken |= places_of([bound.span for bound in bounds])
    days, bounds, outside = read_outside(goal, words, days, bounds)
    taken |= places_of([condition.span for condition in outside])
    order = None if figure is not None else read_order(goal, words, vocabulary, taken)
    if order is not None:
        taken |= set(range(*order.span))
    links = read_relations(words, vocabulary, goal, taken)
    taken |= places_of([link.span for link in links])
    question = _is_question(goal, words) and figure is None and order is None
    denials = [] if question else negated(goal, words, taken)
    facets = read_facets(words, vocabulary, taken, goal)
    return GoalParts(
        figure,
        (*days, *outside),
        tuple(unread),
        compared,
        amount,
        tuple(bounds),
        order,
        tuple(links),
        tuple(_less_the_noun(words, denial, facets) for denial in denials),
        tuple(facets),
        frozenset(taken),
    )


def _less_the_noun(
    words: Sequence[Word], denial: tuple[int, WordSpan], facets: Sequence[GoalCondition]
) -> tuple[int, WordSpan]:
    """Return a denial without the noun that both sides share: "neither Thai nor Indian curries"."""
    cue, (start, end) = _left_where(words, denial, facets)
    denial = (cue, (start, end))
    last = max((at for at in range(start, end) if words[at].text.lower() == "nor"), default=None)
    if words[cue].text.lower() != "neither" or last is None:
        return denial
    spans = sorted({c.span for c in facets if last < c.span[0] < end})
    touching = len(spans) > 1 and spans[0][1] == spans[1][0]
    return (cue, (start, spans[0][1])) if touching else denial


def _left_where(
    words: Sequence[Word], denial: tuple[int, WordSpan], facets: Sequence[GoalCondition]
) -> tuple[int, WordSpan]:
    """Return a denial without the place that follows: "without gas heating in Lyon"."""
    cue, (start, end) = denial
    if words[cue].text.lower() != "without":
        return denial
    for at in range(start + 1, end):
        said = any(start <= c.span[0] and c.span[1] <= at for c in facets)
        joined = words[at - 1].text.lower() in ("or", "nor")
        if words[at].text.lower() in ("in", "at", "near", "from") and said and not joined:
            return cue, (start, at)
    return denial


def _is_question(goal: str, said: Sequence[Word]) -> bool:
    """Questions deny things that are no wishes: "which band did not tour?".

    "Could you find me …?" is a wish that is put politely.
    """
    first = said[0].text.lower()
    return first in _QUESTIONS or (goal.rstrip().endswith("?") and first not in COURTESY)


def wished(items: Sequence[Slot], wish: Wish) -> tuple[tuple[Slot, ...], Wish]:
    """Return the items of an order or a figure as one, and how many of it are wanted.

    "The two cheapest mugs" are not two items; "the cheapest mug" is one document.
    """
    if wish.order is None and wish.aggregate is None:
        return tuple(items), wish
    alike = len({(slot.query, slot.conditions) for slot in items}) == 1
    if len(items) > 1 and not alike:
        return tuple(items), replace(wish, order=None) if wish.aggregate is None else wish
    count = len(items) if len(items) > 1 else None
    most = wish.most or count or (1 if wish.order is not None and wish.order.best else None)
    return tuple(items[:1]), replace(wish, most=most)


def bounds_of(parts: GoalParts) -> list[GoalCondition]:
    """Return the bounds of a goal as conditions, those of a sum left out."""
    return [
        bound.condition for bound in parts.bounds if bound.field is not None and not bound.total
    ]
