"""The goals of the third person, drawn from the templates by form, and their digest."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from random import Random

from scripts.goals.case import GoalCase
from scripts.goals.generate import digest
from scripts.goals.halves import HalfChanged
from scripts.goals.third import amounts, choices, days, relations, totals, unheard, writing
from scripts.goals.third.feasible import fillable
from scripts.goals.third.sought import DrawGoal, PutGoal, plural, rows_of

SEED, GOALS, UNHEARD = 20_260_216, 300, 60
MOST_TRIES, DRAWN = 4000, 24
KEPT = frozenset({"in", "at", "on", "the", "all", "and"})
"""Words of a table that are words of a goal all the same."""
DIGEST = Path(__file__).parent / "third.sha256"
FORMS: Mapping[str, Sequence[DrawGoal]] = {
    "or": (choices.either, choices.either, choices.either_noun, choices.either_flag),
    "superlative": (amounts.first, amounts.firsts, amounts.most, amounts.in_order),
    "count": (amounts.count_all, amounts.count_within),
    "aggregate": (amounts.figure_of, amounts.figure_of, amounts.which, amounts.how_many_different),
    "so many": (amounts.so_many, amounts.so_many, amounts.so_many_within),
    "comparison": (relations.than_named, relations.than_all, relations.than_each_other),
    "likeness": (relations.like_product, relations.like_other),
    "matching": (relations.goes_with, relations.have_the_same, relations.as_named),
    "unit": (*[writing.in_units] * 8, writing.foreign_money),
    "date": (days.dated,),
    "negation": (choices.without, choices.neither, choices.not_flagged),
    "only": (choices.only, choices.only_elsewhere),
    "number format": (writing.formatted,),
    "misspelt": (writing.misspelt,),
    "unknown noun": (unheard.noun,),
    "total": (totals.together, totals.together, totals.several, totals.menu),
}
"""By form: the templates that take turns."""


class NoGoalDrawn(Exception):
    """A template draws no goal that is new and has an answer."""


@cache
def drawn_cases() -> tuple[GoalCase, ...]:
    """Return the goals of every form, then those with a word that no document explains."""
    rng, cases, texts = Random(SEED), list[GoalCase](), set[str]()
    for place, (form, templates) in enumerate(FORMS.items()):
        count = GOALS // len(FORMS) + (place < GOALS % len(FORMS))
        own: list[PutGoal] = []
        for number in range(count):
            asked = _new(rng, templates[number % len(templates)], own, texts)
            own.append(asked)
            texts.add(asked.text.lower())
            name = f"third-{form.replace(' ', '-')}-{number:02d}"
            cases.append(GoalCase(name, asked.table, form, asked.text, asked.answer, asked.also))
    return (*cases, *unheard.unheard(UNHEARD, SEED))


def third_person_cases() -> list[GoalCase]:
    """Return the goals.

    Raises:
        HalfChanged: A table, a template or a library draws other goals than were committed.
    """
    cases = list(drawn_cases())
    if digest(cases) != DIGEST.read_text(encoding="utf-8").split()[0]:
        raise HalfChanged("the goals of the third person are not those of third.sha256")
    return cases


def _new(rng: Random, template: DrawGoal, own: Sequence[PutGoal], texts: set[str]) -> PutGoal:
    """Draw some goals and take the one in the words, and of the table, least used in its form."""
    found: list[PutGoal] = []
    wordings, tables = Counter(map(wording, own)), Counter(asked.table for asked in own)
    for _ in range(MOST_TRIES):
        asked = template(rng)
        if asked and asked.text.lower() not in texts:
            found.append(asked)
        if len(found) == DRAWN:
            break
    found.sort(key=lambda asked: (wordings[wording(asked)], tables[asked.table]))
    for asked in found:
        if fillable(asked.answer):
            return asked
    raise NoGoalDrawn(template.__name__)


def wording(asked: PutGoal) -> tuple[str, ...]:
    """Return the words of a goal that do not come from its table: how it is put."""
    words = re.findall(r"[^\W\d]+", asked.text)
    return tuple(word.lower() for word in words if word.lower() not in _vocabulary(asked.table))


@cache
def _vocabulary(table: str) -> frozenset[str]:
    """Every word of a table's values, their plurals, the months and the numerals."""
    held = " ".join(str(value) for row in rows_of(table) for value in row.values())
    words = {word.lower() for word in re.findall(r"[^\W\d]+", held)}
    others = {*map(str.lower, days.MONTHS), *amounts.NUMERALS.values(), "a", "an"}
    return frozenset({*words, *map(plural, words), *others} - KEPT)
