"""Three hundred goals of a half, from one seed: forms and tables in turn, unfair draws left out."""

import hashlib
import json
from collections.abc import Iterator
from itertools import count
from random import Random

from scripts.goals.case import GoalCase, GoalTable, Half, Meaning
from scripts.goals.draw import Draw, Unlucky
from scripts.goals.forms import FORMS, Idea
from scripts.goals.tables import TABLES, goal_table

GOALS = 300
SEEDS: dict[Half, int] = {"open": 2026, "closed": 1621}
MOST_SHARE = 0.6
"""Of a table; a goal that more rows fulfil asks for too little."""
LONGEST = 190
"""Characters of a goal."""
TRIES = 400
"""Of an idea on a table, before the next idea is tried."""


def goals(half: Half, seed: int | None = None, size: int = GOALS) -> list[GoalCase]:
    """Return a half's goals; equal seeds give equal ones."""
    rng = Random(SEEDS[half] if seed is None else seed)
    cases: list[GoalCase] = []
    seen: set[str] = set()
    for number, (form, table, ideas) in zip(range(size), _turns(), strict=False):
        meaning = _drawn(half, goal_table(table), ideas, seen, rng)
        seen.add(_folded(meaning.text))
        cases.append(
            GoalCase(
                f"{half}-{number:03d}", table, form, meaning.text, meaning.answer, meaning.also
            )
        )
    return cases


def _turns() -> Iterator[tuple[str, str, list[Idea]]]:
    """Yield form, table and the form's ideas for ever; on each table each idea leads in turn."""
    for turn in count():
        for at, (form, ideas) in enumerate(FORMS.items()):
            table = TABLES[(turn + at) % len(TABLES)]
            visit = turn // len(TABLES)
            start = (visit + 2 * TABLES.index(table)) % len(ideas)
            yield form, table, [*ideas[start:], *ideas[:start]]


def _drawn(half: Half, table: GoalTable, ideas: list[Idea], seen: set[str], rng: Random) -> Meaning:
    for idea in ideas:
        for _ in range(TRIES):
            try:
                meaning = idea(Draw(table, half, rng))
            except Unlucky:
                continue
            if is_fair(meaning, table) and _folded(meaning.text) not in seen:
                return meaning
    raise RuntimeError(f"no idea gives a goal over {table.name}")


def is_fair(meaning: Meaning, table: GoalTable) -> bool:
    """Whether a goal is short and asks for something that is there, but not for most of it."""
    if len(meaning.text) > LONGEST or "  " in meaning.text:
        return False
    answer = meaning.answer
    right = answer.get("right")
    if answer["kind"] == "items" and isinstance(right, list):
        wants_none = answer["most"] == 0
        least = answer["least"]
        assert isinstance(least, int)
        enough = least <= len(right) <= MOST_SHARE * len(table.records)
        return enough and (wants_none or bool(right))
    return True


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def as_json(cases: list[GoalCase]) -> bytes:
    """Return goals as JSON, byte for byte the same for the same goals."""
    rows = [case.as_json() for case in cases]
    return json.dumps(rows, ensure_ascii=False, sort_keys=True, indent=1).encode() + b"\n"


def digest(cases: list[GoalCase]) -> str:
    """Return the SHA-256 of goals as JSON."""
    return hashlib.sha256(as_json(cases)).hexdigest()
