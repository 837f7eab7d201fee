"""The forms in which people put goals, each with its ideas: one idea is one thing they mean."""

from collections.abc import Callable

from scripts.goals.case import Meaning
from scripts.goals.draw import Draw
from scripts.goals.forms import (
    amounts,
    best,
    choice,
    combined,
    comparing,
    counts,
    dates,
    formats,
    likeness,
    matching,
    misspelt,
    negation,
    order,
    plain,
    totals,
    units,
)

Idea = Callable[[Draw], Meaning]
FORMS: dict[str, tuple[Idea, ...]] = {
    "plain": plain.IDEAS,
    "or": choice.IDEAS,
    "superlative": best.IDEAS,
    "order": order.IDEAS,
    "count": counts.IDEAS,
    "aggregate": totals.IDEAS,
    "amount": amounts.IDEAS,
    "comparison": comparing.IDEAS,
    "likeness": likeness.IDEAS,
    "matching": matching.IDEAS,
    "units": units.IDEAS,
    "dates": dates.IDEAS,
    "negation": negation.IDEAS,
    "number format": formats.IDEAS,
    "misspelt": misspelt.IDEAS,
    "combination": combined.IDEAS,
}
