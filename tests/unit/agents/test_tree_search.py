"""The search core on a problem with a known best: strings, one letter a thought."""

from collections.abc import Sequence
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.budget import Budget, Ledger
from agents.errors import ToolFailed
from agents.events import Event
from agents.requests import free
from agents.tree.branch import BranchWorker
from agents.tree.dispatch import Dispatcher
from agents.tree.problem import Allowance, Applied, Evaluated, Proposed
from agents.tree.search import SearchSettings, beam, chain, depth_first
from agents.tree.thoughts import Score, Thought
from agents.tree.tree import Growth
from tests.unit.agents.virtual_time import now_s, run

LETTERS = "abc"
WIDE = {"max_nodes": 4096, "beam_width": 64, "branching": 3, "level_width": 4096}


class Letters:
    """World and engine: a state is a string, its worth is the sum of its prefixes' worths.

    Args:
        worth: Of strings; what is not named is worth nothing.
        goal: The string that completes a search.
        fails: Letters that cannot be appended.
        dead: States that nothing follows.
        commutes: Strings of the same letters are one state.
    """

    name = "letters"

    def __init__(
        self,
        worth: dict[str, float],
        goal: str = "",
        fails: str = "",
        dead: tuple[str, ...] = (),
        commutes: bool = False,
    ) -> None:
        self.worth, self.goal, self.fails = worth, goal, fails
        self.dead, self.commutes = dead, commutes

    def estimate(self, width: int):
        return free(width)

    async def propose(
        self, brief: Any, states: Sequence[str], width: int, allowance: Allowance
    ) -> Proposed:
        offers = [
            [
                Thought("append", letter, {}, self.total(state + letter), f"{state}+{letter}")
                for letter in LETTERS
                if state not in self.dead
            ]
            for state in states
        ]
        return Proposed([own[:width] for own in offers])

    async def evaluate(self, brief: Any, states: Sequence[str], allowance: Allowance) -> Evaluated:
        done = self.key(self.goal) if self.goal else None
        return Evaluated([Score(self.total(s), {}, self.key(s) == done) for s in states])

    async def apply(
        self, brief: Any, state: str, thought: Thought, allowance: Allowance
    ) -> Applied[str]:
        if thought.rationale in self.fails:
            raise ToolFailed(f"no {thought.rationale}")
        return Applied(state + thought.rationale)

    def total(self, text: str) -> float:
        return sum(self.worth.get(text[:n], 0.0) for n in range(1, len(text) + 1))

    def key(self, state: str) -> str:
        return "".join(sorted(state)) if self.commutes else state

    def evidence(self, state: str) -> tuple[str, ...]:
        return (state,)

    def calls(self, state: str) -> frozenset[str]:
        return frozenset()


def grow(problem: Letters, search, settings: SearchSettings | None = None, **bounds: int):
    """Search and return the growth, the stop reason and the events."""
    budget = Budget(**(WIDE | {"max_depth": 3} | bounds))
    told: list[Event] = []

    async def go():
        dispatcher = Dispatcher(BranchWorker(problem, problem), Ledger(budget, now_s), None, free)
        growth = Growth(dispatcher, told.append, budget.branching)
        await growth.add_root("")
        return growth, await search(growth, budget, settings or SearchSettings(patience=9))

    growth, reason = run(go())
    return growth, reason, told


TEXTS = st.text(LETTERS, min_size=1, max_size=3)
WORTHS = st.dictionaries(TEXTS, st.sampled_from([-1.0, 0.5, 1.0, 2.0]), max_size=12)


@given(WORTHS)
def test_a_wide_beam_and_depth_first_find_what_trying_everything_finds(worth) -> None:
    """The best total over all strings up to the depth, the empty one included."""
    problem = Letters(worth)
    every = ["".join(t) for n in range(4) for t in product(LETTERS, repeat=n)]
    best = max(problem.total(text) for text in every)
    for search in (beam, depth_first):
        growth, _, _ = grow(problem, search)
        assert growth.nodes[growth.best].score.total == pytest.approx(best)


@given(WORTHS, st.integers(1, 3))
def test_a_beam_keeps_the_best_of_each_level(worth, width: int) -> None:
    """What it follows is what sorting the level by hand keeps, as long as it does not run dry."""
    growth, _, _ = grow(Letters(worth), beam, beam_width=width)
    for depth in (1, 2):
        level = [n for n in growth.nodes.values() if n.depth == depth]
        kept = [n.score.total for n in level if n.status == "expanded"]
        pruned = [n.score.total for n in level if n.status == "pruned"]
        assert len(kept) <= width or depth == 1
        assert not kept or not pruned or depth == 1 or min(kept) >= max(pruned) - 1e-9


def test_a_beam_that_runs_dry_goes_back_to_what_it_pruned_first() -> None:
    """Pruning at depth 1 is soft: judging is least sure there."""
    dead_end = Letters({"a": 9.0, "ba": 1.0}, goal="bac", dead=("a",))
    growth, reason, _ = grow(dead_end, beam, beam_width=1)
    assert reason == "complete"
    assert growth.states[growth.best] == "bac"


@given(WORTHS)
def test_a_chain_takes_the_best_thought_each_time(worth) -> None:
    """One node a level, the one with the highest prior, ties by key."""
    problem = Letters(worth)
    growth, _, _ = grow(problem, chain)
    state = ""
    for depth in range(1, len(growth.nodes)):
        state += max(LETTERS, key=lambda x: (problem.total(state + x), -ord(x)))
        node = next(n for n in growth.nodes.values() if n.depth == depth)
        assert growth.states[node.id] == state


def test_equal_states_are_one() -> None:
    """The second way there is a duplicate that nobody follows."""
    growth, _, _ = grow(Letters({}, commutes=True), beam)
    own = [n for n in growth.nodes.values() if n.status != "duplicate"]
    assert len({n.state_key for n in own}) == len(own)
    duplicates = [n for n in growth.nodes.values() if n.status == "duplicate"]
    assert duplicates
    assert not {n.id for n in duplicates} & {n.parent for n in growth.nodes.values()}


def test_a_thought_that_fails_is_told_and_not_followed() -> None:
    """The others go on."""
    growth, _, told = grow(Letters({}, fails="b"), beam)
    assert growth.states
    assert all("b" not in state for state in growth.states.values())
    failed = [e.data for e in told if e.name == "node.pruned" and e.data["status"] == "failed"]
    assert {event["reason"] for event in failed} == {"no b"}


def test_depth_first_prunes_below_its_threshold_and_comes_back() -> None:
    """Into the best child first; where the path ends, the next one is taken."""
    problem = Letters({"a": 2.0, "b": 1.0, "c": -5.0, "aa": -9.0}, goal="bc")
    growth, reason, _ = grow(problem, depth_first, SearchSettings(threshold=0.0), max_depth=2)
    assert reason == "complete"
    pruned = {growth.states[n.id] for n in growth.nodes.values() if n.status == "pruned"}
    assert pruned == {"c", "aa"}


@pytest.mark.parametrize(
    ("search", "bounds", "reason"),
    [
        (beam, {"max_nodes": 5}, "budget_nodes"),
        (depth_first, {"max_nodes": 5}, "budget_nodes"),
        (chain, {"max_nodes": 2}, "budget_nodes"),
        (chain, {}, "budget_depth"),
        (beam, {}, "budget_depth"),
    ],
)
def test_why_a_search_ended_is_said(search, bounds, reason: str) -> None:
    """And no bound is passed."""
    growth, said, _ = grow(Letters({"a": 1.0, "aa": 1.0, "aaa": 1.0}), search, **bounds)
    assert said == reason
    assert len(growth.nodes) <= bounds.get("max_nodes", 4096)


@pytest.mark.parametrize("search", [beam, chain])
def test_levels_that_bring_nothing_end_a_search(search) -> None:
    """After so many in a row."""
    growth, reason, _ = grow(Letters({}), search, SearchSettings(patience=2), max_depth=16)
    assert reason == "no_progress"
    assert max(node.depth for node in growth.nodes.values()) == 2


def test_every_node_is_announced_before_it_is_judged() -> None:
    """Created, then scored or pruned; numbers count up."""
    _, _, told = grow(Letters({"b": 1.0}, fails="c"), beam)
    created: list[str] = []
    for event in told:
        if event.name == "node.created":
            created.append(event.data["id"])
        elif event.name in ("node.scored", "node.pruned", "best.changed"):
            assert event.data["id"] in created
    assert created == [f"n{number}" for number in range(len(created))]
