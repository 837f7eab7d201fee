"""A table of homes for goals: areas, distances, days, flags and lists, some values missing."""

import asyncio
from datetime import date

from agents.goals.read import read_goal
from agents.goals.reading import Reading
from agents.lexicon.vocabulary import Vocabulary
from tests.unit.agents.agent_fakes import ListToolbox, doc

TODAY = date(2026, 2, 16)
"""A Monday."""


def homes() -> tuple:
    """Twenty-four homes; each third lacks its monthly costs."""
    found = []
    for number in range(24):
        kind = ("flat", "house", "loft")[number % 3]
        city = ("Linz", "Graz", "Lyon", "Vienna")[number % 4]
        costs = {} if number % 3 == 2 else {"monthly_costs_eur": 100 + 10 * number}
        found.append(
            doc(
                f"h{number:02}",
                f"A {kind} in {city}.",
                address=f"{number + 1} Elm Road, {city}",
                type=kind,
                city=city,
                price_eur=100_000 + 25_000 * number,
                living_area_m2=40 + 5 * number,
                metres_to_station=200 * (number + 1),
                rooms=1 + number % 6,
                year_built=1950 + 3 * number,
                garden=number % 2 == 0,
                energy_class="ABC"[number % 3 - 1],
                listed=f"2026-0{1 + number % 2}-{1 + number % 15:02}",
                agents=[("Ito", "Kim")[number % 2], "Ode"],
                **costs,
            )
        )
    return tuple(found)


HOMES = ListToolbox(homes())
VOCABULARY: Vocabulary = asyncio.run(HOMES.vocabulary())


def read(goal: str) -> Reading:
    """The goal as it is read over the homes, on a known day."""
    return read_goal(goal, VOCABULARY, today=TODAY, namespace="homes")


def filters(goal: str) -> list[list[str]]:
    """What each item of a goal asks, in words."""
    return [sorted(c.said for c in slot.conditions) for slot in read(goal).slots]
