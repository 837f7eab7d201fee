"""Budgets: bounds of each request, and a ledger that nobody can overspend."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.budget import CAPS, Budget, Ledger
from agents.errors import BudgetExceeded, InvalidBudget
from agents.usage import ResourceUsage
from tests.unit.agents.agent_fakes import Clock

AMOUNTS = st.builds(
    ResourceUsage,
    nodes=st.integers(0, 5),
    tool_calls=st.integers(0, 5),
    llm_tokens=st.integers(0, 500),
    cost=st.floats(0, 5),
)
BUDGET = Budget(max_nodes=12, max_tool_calls=10, max_tokens=1200, max_cost=9)


@pytest.mark.parametrize("bound", sorted(CAPS))
@pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf"), True, "7", None])
def test_every_bound_is_a_number_from_one_to_its_cap(bound: str, value) -> None:
    """What does not fit is named by its place."""
    with pytest.raises(InvalidBudget) as caught:
        Budget(**{bound: value})
    assert caught.value.where == f"budget.{bound}"
    with pytest.raises(InvalidBudget):
        Budget(**{bound: CAPS[bound] + 1})
    assert getattr(Budget(**{bound: int(CAPS[bound])}), bound) == CAPS[bound]


def test_a_request_names_some_bounds_and_leaves_the_others() -> None:
    """Null is left out; an unknown name is an error."""
    assert Budget.from_json({"max_depth": 2, "max_nodes": None}) == Budget(max_depth=2)
    with pytest.raises(InvalidBudget, match="max_node"):
        Budget.from_json({"max_node": 2})


@given(st.lists(st.tuples(AMOUNTS, AMOUNTS, st.booleans()), max_size=30))
def test_spent_and_reserved_never_exceed_the_budget(moves) -> None:
    """Whatever branches report, and in whatever order they come home."""
    ledger = Ledger(BUDGET, Clock())
    open_: list[tuple[ResourceUsage, ResourceUsage]] = []
    for wanted, used, comes_home in moves:
        try:
            open_.append((ledger.reserve(wanted), used))
        except BudgetExceeded:
            assert ledger.short_of(wanted) is not None
        if comes_home and open_:
            ledger.settle(*open_.pop(0))
        total = ledger.spent + ledger.reserved
        assert total.nodes <= 12
        assert total.tool_calls <= 10
        assert total.llm_tokens <= 1200
        assert total.cost <= 9 + 1e-6


@given(AMOUNTS)
def test_what_was_not_used_comes_back(wanted: ResourceUsage) -> None:
    """A reservation that is settled at nothing leaves no trace."""
    ledger = Ledger(Budget(), Clock())
    before = ledger.left()
    ledger.settle(ledger.reserve(wanted), ResourceUsage())
    after = ledger.left()
    assert (after.nodes, after.tool_calls, after.llm_tokens) == (
        before.nodes,
        before.tool_calls,
        before.llm_tokens,
    )
    assert after.cost == pytest.approx(before.cost)


def test_the_deadline_is_the_clocks() -> None:
    """It passes once, and what remains is never negative."""
    clock = Clock()
    ledger = Ledger(Budget(deadline_ms=500), clock)
    clock.now_s = 0.25
    assert ledger.remaining_s() == 0.25
    clock.now_s = 7.0
    assert ledger.expired
    assert ledger.remaining_s() == 0.0
