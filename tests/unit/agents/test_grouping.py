"""Combinations against the obvious way: try all of them."""

from itertools import product
from math import fsum

from hypothesis import given
from hypothesis import strategies as st

from agents.tools.evidence import DocSet, ScoredDocument
from agents.tools.grouping import Relations, combinations, holds
from agents.tools.operators import scaled
from tests.unit.agents.agent_fakes import doc

COLOURS = ("red", "blue", None)


@st.composite
def catalogues(draw):
    """A few priced and coloured documents, and ranked sets of them."""
    count = draw(st.integers(1, 7))
    docs = {}
    for n in range(count):
        metadata = {"price": draw(st.integers(1, 9)), "size": draw(st.integers(1, 2))}
        colour = draw(st.sampled_from(COLOURS))
        docs[f"d{n}"] = doc(f"d{n}", "x", **metadata, **({"colour": colour} if colour else {}))
    sets = []
    for _ in range(draw(st.integers(1, 3))):
        ids = draw(st.lists(st.sampled_from(sorted(docs)), unique=True, max_size=count))
        sets.append(DocSet(tuple(ScoredDocument(id, 1.0 - 0.1 * at) for at, id in enumerate(ids))))
    relations = Relations(
        draw(st.sampled_from([(), ("colour",)])),
        draw(st.sampled_from([(), ("size",)])),
        draw(st.sampled_from([{}, {"price": {"lte": 10}}, {"price": {"gt": 6, "lt": 14}}])),
    )
    return docs, sets, relations


def fits(ids, docs, relations: Relations) -> bool:
    """Whether a combination keeps every relation, one by one."""

    def value(id, name):
        return docs[id].metadata.get(name)

    names = (*relations.same, *relations.different)
    total = sum(value(id, "price") for id in ids)
    return (
        len(set(ids)) == len(ids)
        and all(value(id, name) is not None for name in names for id in ids)
        and all(len({value(id, name) for id in ids}) == 1 for name in relations.same)
        and all(len({value(id, name) for id in ids}) == len(ids) for name in relations.different)
        and all(
            holds(total, op, bound)
            for ops in relations.totals.values()
            for op, bound in ops.items()
        )
    )


@given(catalogues(), st.integers(1, 12))
def test_combinations_are_those_that_fit_best_first(made, limit: int) -> None:
    """All that fit and no other, each set once, by the mean of scaled scores, ties by members."""
    docs, sets, relations = made
    scores = [scaled(items) for items in sets]
    ordered = sorted(
        (-fsum(s[id] for s, id in zip(scores, ids, strict=True)) / len(ids), ids)
        for ids in product(*(items.ids for items in sets))
        if fits(ids, docs, relations)
    )
    first: dict[frozenset[str], tuple] = {}
    for item in ordered:
        first.setdefault(frozenset(item[1]), item)
    expected = list(first.values())[:limit]
    found = combinations(sets, docs, relations, (), limit).groups
    assert [tuple(id for _, id in group.members) for group in found] == [ids for _, ids in expected]
    assert all(
        abs(group.score + score) < 1e-9 for group, (score, _) in zip(found, expected, strict=True)
    )


def test_no_set_has_no_combination() -> None:
    """Nor has an empty one."""
    assert combinations([], {}, Relations()).groups == ()
    assert combinations([DocSet()], {}, Relations()).groups == ()
