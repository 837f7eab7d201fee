"""A right answer for any goal, found by another way than the judge's."""

from itertools import groupby
from typing import Any

from scripts.goals.case import Given, GoalCase


def witness(case: GoalCase) -> Given:
    """Return what a perfect planner gives."""
    asked: dict[str, Any] = dict(case.answer)
    kind = asked["kind"]
    if kind == "items":
        chosen = list(dict.fromkeys([*asked["must"], *asked["right"]]))
        wanted = max(asked["least"], len(asked["must"]), min(1, len(chosen)))
        return Given(ids=tuple(chosen[:wanted]), complete=bool(chosen))
    if kind == "order":
        flat = [id_ for group in asked["groups"] for id_ in group]
        return Given(ids=tuple(flat[: asked["least"]]), complete=True)
    if kind == "number":
        return Given(number=asked["value"], complete=True)
    if kind == "values":
        return Given(values=tuple(value.upper() for value in asked["right"]), complete=True)
    if kind == "ignored":
        return Given(ignored=tuple(asked["words"]))
    return Given(sets=(tuple(_members(asked)),), complete=True)


def _members(asked: dict[str, Any]) -> list[str]:
    rules = {rule["rule"]: rule for rule in asked["rules"]}
    slots = [list(slot["right"]) for slot in asked["slots"]]
    counts = [slot["count"] for slot in asked["slots"]]
    if not rules:
        return _first(slots, counts)
    (name, rule), *_ = rules.items()
    known = asked["facts"][rule["field"]]
    ranked = [sorted(slot, key=lambda id_: (known[id_], id_)) for slot in slots]
    if name == "total_at_most":
        return _first(ranked, counts)
    if name == "rising":
        return [ranked[0][0], ranked[1][-1]]
    if name == "different":
        return [next(iter(group)) for _, group in groupby(ranked[0], known.get)][: counts[0]]
    for value in {known[id_] for id_ in slots[0]}:
        agreeing = [[id_ for id_ in slot if known[id_] == value] for slot in slots]
        if all(len(slot) >= count for slot, count in zip(agreeing, counts, strict=True)):
            return _first(agreeing, counts)
    raise AssertionError(f"no combination keeps {rule}")


def _first(slots: list[list[str]], counts: list[int]) -> list[str]:
    return [id_ for slot, count in zip(slots, counts, strict=True) for id_ in slot[:count]]
