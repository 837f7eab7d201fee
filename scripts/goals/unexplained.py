"""Goals with a word that nothing in the table explains: it must be told, and never be fulfilled."""

import json
import re
from random import Random

from scripts.goals.case import Answer, GoalCase, GoalTable, Half
from scripts.goals.draw import Draw
from scripts.goals.generate import SEEDS
from scripts.goals.phrases import a
from scripts.goals.tables import TABLES, goal_table

PER_TABLE = {"open": 8, "closed": 7}
"""Sixty in all."""
BEFORE: dict[str, str] = {
    "catalogue": "dishwasher-safe waterproof ergonomic foldable handmade scented personalised "
    "magnetic fireproof inflatable Scandinavian",
    "homes": "wheelchair-accessible furnished soundproof air-conditioned haunted split-level "
    "timber-framed sunlit",
    "recipes": "halal kosher keto low-sodium paleo alcohol-free freezer-friendly festive",
    "papers": "peer-reviewed award-winning controversial preregistered interdisciplinary seminal "
    "retracted industrial-grade",
}
"""Adjectives that people use of such things and that no row of the table has."""
AFTER: dict[str, tuple[str, ...]] = {
    "catalogue": ("made of bamboo", "with an engraving", "for toddlers", "from Portugal"),
    "homes": (
        "with a sauna",
        "with a fireplace",
        "near a kindergarten",
        "with a lift",
        "overlooking the river",
        "with a wine cellar",
        "suited to allergy sufferers",
    ),
    "recipes": (
        "for the microwave",
        "with nutmeg",
        "for a barbecue",
        "without lactose",
        "made in a slow cooker",
        "for diabetics",
        "as a Christmas treat",
    ),
    "papers": (
        "with a user study",
        "that won a prize",
        "funded by industry",
        "with a replication package",
        "about climate",
        "criticised by others",
        "with proofs",
    ),
}
"""The same after the noun."""
SMALL_WORDS = frozenset("a an as by for from in made of that the to with without others".split())


def unexplained(half: Half) -> list[GoalCase]:
    """Return a half's goals with an unexplained word; each word once, in one half."""
    rng = Random(SEEDS[half] + 1)
    cases = []
    for table in TABLES:
        for phrase, before in _phrases(table, half):
            draw = Draw(goal_table(table), half, rng)
            one = draw.subject(generic=0).one
            text = a(f"{phrase} {one}") if before else f"{a(one)} {phrase}"
            number = f"{half}-word-{len(cases):02d}"
            answer: Answer = {"kind": "ignored", "words": strange(phrase, goal_table(table))}
            cases.append(GoalCase(number, table, "unexplained", draw.ask(text), answer))
    return cases


def strange(phrase: str, table: GoalTable) -> list[str]:
    """Return the words of a phrase that no row of the table has, small words left out."""
    known = set(re.findall(r"\w+", json.dumps(table.documents(), ensure_ascii=False).casefold()))
    return [
        word
        for word in phrase.split()
        if word not in SMALL_WORDS and not set(re.findall(r"\w+", word.casefold())) <= known
    ]


def _phrases(table: str, half: Half) -> list[tuple[str, bool]]:
    """Return phrases, and whether each stands before the noun."""
    every = [(word, True) for word in BEFORE[table].split()]
    every += [(phrase, False) for phrase in AFTER[table]]
    mixed = Random(len(table)).sample(every, len(every))
    cut = PER_TABLE["open"]
    return mixed[:cut] if half == "open" else mixed[cut : cut + PER_TABLE["closed"]]
