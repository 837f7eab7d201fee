"""Whether an answer can be given at all: for sets by trying every combination."""

from collections.abc import Iterator
from itertools import combinations, product
from typing import Any

from scripts.goals.case import Answer


def fillable(answer: Answer) -> bool:
    """Return whether something is right for an answer."""
    if answer["kind"] == "sets":
        return any(True for _ in chosen(answer))
    return bool(answer.get("right", True))


def chosen(answer: Any) -> Iterator[list[str]]:
    """Yield each combination that keeps every rule."""
    ways = [combinations(slot["right"], slot["count"]) for slot in answer["slots"]]
    for parts in product(*[list(way) for way in ways]):
        members = [id_ for part in parts for id_ in part]
        if len(set(members)) == len(members) and all(
            _keeps(rule, [answer["facts"][rule["field"]][id_] for id_ in members])
            for rule in answer["rules"]
        ):
            yield members


def _keeps(rule: Any, found: list[Any]) -> bool:
    if rule["rule"] == "total_at_most":
        return sum(found) <= rule["limit"]
    if rule["rule"] == "same":
        return len(set(found)) == 1
    if rule["rule"] == "different":
        return len(set(found)) == len(found)
    return found[0] < found[1]
