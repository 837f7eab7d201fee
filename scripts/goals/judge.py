"""Whether what a planner gave is right, by rules that are written down.

* **items**: at least ``least`` and at most ``most`` documents, no document twice, every one of them
  right, and none of ``must`` missing. For superlatives ``right`` holds the best and all that tie
  for the last place, ``must`` those that are better than that: any of the ties will do.
* **items where nothing is right** (``right`` is empty): right without documents, or if the planner
  itself said that the goal is not fulfilled.
* **order**: the first documents of the right order, at least ``least``; ties in any order.
* **number**: within ``tolerance``; a count is exact.
* **values**: the same set of words, in any order and case.
* **sets**: at least one combination, none twice, and every one right: exactly the slots' counts,
  no document twice, and all rules kept. Documents without combinations are taken as one.
* **ignored**: the planner told that it ignored one of the words (or a part of it, four letters
  long), and did not say that all is fulfilled.

A goal with several readings is right if what was given is right for one of them. What the planner
says of itself counts only where it is named here; a wrong answer that it calls ``complete`` is
counted apart.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

from scripts.goals.case import Given, GoalCase

Verdicts = Literal["right", "wrong"]
Asked = dict[str, Any]

PART_LETTERS = 4
"""Of a compound word a part this long may be told in its place."""


@dataclass(frozen=True, slots=True)
class GoalScore:
    """How many goals were answered rightly, and how many wrongly with a good conscience."""

    goals: int
    right: int
    wrong_and_complete: int

    @property
    def right_share(self) -> float:
        """Of all goals, between 0 and 1."""
        return self.right / self.goals

    @property
    def wrong_and_complete_share(self) -> float:
        """Of all goals, between 0 and 1."""
        return self.wrong_and_complete / self.goals


def judge(given: Given, case: GoalCase) -> Verdicts:
    """Return whether ``given`` is right for one reading of the goal."""
    readings = (case.answer, *case.also)
    return "right" if any(_KINDS[str(a["kind"])](given, a) for a in readings) else "wrong"


def score(pairs: Iterable[tuple[Given, GoalCase]]) -> GoalScore:
    """Return the score of what was given for goals."""
    verdicts = [(judge(given, case), given.complete) for given, case in pairs]
    return GoalScore(
        goals=len(verdicts),
        right=sum(verdict == "right" for verdict, _ in verdicts),
        wrong_and_complete=sum(verdict == "wrong" and complete for verdict, complete in verdicts),
    )


def _items(given: Given, asked: Asked) -> bool:
    if not asked["right"]:
        return not given.ids or not given.complete
    found, most = set(given.ids), asked["most"]
    enough = asked["least"] <= len(found) and (most is None or len(found) <= most)
    once = len(found) == len(given.ids)
    return enough and once and found <= set(asked["right"]) and set(asked["must"]) <= found


def _order(given: Given, asked: Asked) -> bool:
    if len(given.ids) < asked["least"] or len(set(given.ids)) < len(given.ids):
        return False
    rest = list(given.ids)
    for group in asked["groups"]:
        head, rest = rest[: len(group)], rest[len(group) :]
        if not set(head) <= set(group):
            return False
    return not rest


def _number(given: Given, asked: Asked) -> bool:
    return given.number is not None and abs(given.number - asked["value"]) <= asked["tolerance"]


def _values(given: Given, asked: Asked) -> bool:
    if given.values is None:
        return False
    found = [value.strip().casefold() for value in given.values]
    right = {value.casefold() for value in asked["right"]}
    return len(found) == len(set(found)) and set(found) == right


def _sets(given: Given, asked: Asked) -> bool:
    sets = given.sets or ((given.ids,) if given.ids else ())
    once = len({frozenset(members) for members in sets}) == len(sets)
    return bool(sets) and once and all(_combination(members, asked) for members in sets)


def _combination(members: Sequence[str], asked: Asked) -> bool:
    if len(set(members)) < len(members):
        return False
    return any(
        all(_kept(rule, slots, asked["facts"]) for rule in asked["rules"])
        for slots in _fillings(tuple(members), asked["slots"])
    )


def _fillings(members: tuple[str, ...], slots: list[Asked]) -> Iterable[list[list[str]]]:
    """Yield every way to put all members into the slots."""
    yield from _placed(members, [[] for _ in slots], slots)


def _placed(
    members: tuple[str, ...], filled: list[list[str]], slots: list[Asked]
) -> Iterable[list[list[str]]]:
    if not members:
        if all(len(have) == slot["count"] for have, slot in zip(filled, slots, strict=True)):
            yield filled
        return
    for i, slot in enumerate(slots):
        if members[0] in slot["right"] and len(filled[i]) < slot["count"]:
            grown = [have + [members[0]] * (i == j) for j, have in enumerate(filled)]
            yield from _placed(members[1:], grown, slots)


def _kept(rule: Asked, slots: list[list[str]], facts: dict[str, dict[str, Any]]) -> bool:
    known = facts[rule["field"]]
    values = [[known[id_] for id_ in slot] for slot in slots]
    flat = [value for slot in values for value in slot]
    if rule["rule"] == "total_at_most":
        return sum(flat) <= rule["limit"] + 1e-9
    if rule["rule"] == "same":
        return len(set(flat)) == 1
    if rule["rule"] == "different":
        return len(set(flat)) == len(flat)
    return all(max(low) < min(high) for low, high in pairwise(values))


def _ignored(given: Given, asked: Asked) -> bool:
    told = [phrase.casefold() for phrase in given.ignored]
    words = [str(word).casefold() for word in asked["words"]]
    return not given.complete and any(_names(phrase, word) for phrase in told for word in words)


def _names(phrase: str, word: str) -> bool:
    return word in phrase or (len(phrase) >= PART_LETTERS and phrase in word)


_KINDS: dict[str, Callable[[Given, Asked], bool]] = {
    "items": _items,
    "order": _order,
    "number": _number,
    "values": _values,
    "sets": _sets,
    "ignored": _ignored,
}
