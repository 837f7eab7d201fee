"""Runs whose branches are slow, lost or late: budgets hold, the tree does not depend on luck.

Time is virtual: waiting costs nothing, and deadlines are exact.
"""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.budget import Budget, Ledger
from agents.engines.embedded.engine import EmbeddedEngine
from agents.engines.embedded.moves import of_steps
from agents.goals.read import read_goal
from agents.planner import plan
from agents.plans.plan import Step
from agents.requests import PlannerDependencies, PlanRequest, free
from agents.tree.branch import BranchResult, BranchTask, BranchWorker
from agents.tree.dispatch import Dispatcher
from agents.tree.problem import Allowance
from agents.tree.retrieval_world import PlanContext, RetrievalWorld
from agents.tree.state import PlanState
from agents.tree.strategies import STRATEGIES
from agents.tree.thoughts import ROOT
from agents.usage import ResourceUsage
from tests.unit.agents.agent_fakes import FILMS, HARBOUR_GOAL, ListToolbox, products
from tests.unit.agents.virtual_time import now_s, run

GOALS = {
    HARBOUR_GOAL: FILMS,
    "a red mug and a lamp of the same colour, both under 40, nothing dotted": products(),
}


@dataclass
class Replicas:
    """Branches on so many replicas: each does one call at a time and takes its time.

    Args:
        toolbox: What all of them read.
        count: Replicas.
        delay_s: Seconds for a call, asked for each.
        lost: Calls, by number, whose replica dies.
    """

    toolbox: ListToolbox
    count: int
    delay_s: Callable[[], float]
    lost: frozenset[int] = frozenset()
    calls: int = 0
    running: int = 0
    tasks: list[BranchTask] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._free = asyncio.Semaphore(self.count)
        self._worker = BranchWorker(RetrievalWorld(self.toolbox), EmbeddedEngine(self.toolbox))

    async def expand(self, task: BranchTask[Any]) -> BranchResult[Any]:
        self.calls += 1
        number = self.calls
        self.tasks.append(task)
        async with self._free:
            self.running += 1
            try:
                await asyncio.sleep(self.delay_s())
                if number in self.lost:
                    raise ConnectionResetError("the replica died")
                return await self._worker.expand(task)
            finally:
                self.running -= 1


def planned(goal: str, count: int = 4, seed: int = 0, most_s: float = 1.0, **fields: Any):
    """Plan over slow replicas; returns the answer, the replicas and the seconds it took."""
    lost = frozenset(fields.pop("lost", ()))
    bounds = {"deadline_ms": 120_000} | fields.pop("budget", {})
    rng = random.Random(seed)

    async def go():
        toolbox = ListToolbox(GOALS[goal])
        replicas = Replicas(toolbox, count, lambda: rng.uniform(0, most_s), lost)
        request = PlanRequest(goal, budget=Budget(**bounds), **fields)
        cancelled = asyncio.Event()
        answer = await plan(
            request, PlannerDependencies(toolbox, replicas, clock=now_s), cancelled=cancelled
        )
        return answer, replicas, now_s()

    return run(go())


@pytest.mark.parametrize("goal", GOALS)
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_tree_is_the_same_over_twenty_runs_and_any_number_of_replicas(goal, strategy) -> None:
    """Calls take random times, so they come home in another order each time."""
    hashes = {
        planned(goal, count, seed, strategy=strategy)[0].tree.hash
        for seed, count in enumerate([1, 2, 3, 4, 8] * 4)
    }
    assert len(hashes) == 1


@pytest.mark.parametrize(("count", "seconds"), [(1, 2.0), (2, 1.0), (4, 0.5)])
def test_the_branches_of_a_level_go_side_by_side(count: int, seconds: float) -> None:
    """Four branches of half a second each, in as many rounds as the replicas need."""

    async def go() -> float:
        toolbox = ListToolbox(FILMS)
        ledger = Ledger(Budget(), now_s)
        brief = PlanContext(read_goal(HARBOUR_GOAL, await toolbox.vocabulary()))
        dispatcher = Dispatcher(Replicas(toolbox, count, lambda: 0.5), ledger, brief, free)
        outcomes = await dispatcher.send([(PlanState(), (ROOT,))] * 4, 5, True)
        assert len(outcomes) == 4
        assert all(outcome.result is not None for outcome in outcomes)
        return now_s()

    assert run(go()) == seconds


@settings(max_examples=60)
@given(
    goal=st.sampled_from(sorted(GOALS)),
    strategy=st.sampled_from(STRATEGIES),
    seed=st.integers(0, 1000),
    most_s=st.sampled_from([0.0, 0.2, 2.0, 30.0]),
    lost=st.sets(st.integers(1, 12), max_size=6),
    max_nodes=st.integers(1, 20),
    max_tool_calls=st.integers(1, 12),
    max_cost=st.integers(1, 12),
    deadline_ms=st.integers(1, 5000),
)
def test_budgets_hold_however_slow_branches_are(
    goal, strategy, seed, most_s, lost, max_nodes, max_tool_calls, max_cost, deadline_ms
) -> None:
    """Nodes, calls, cost and time; there is an answer with its reason, and nothing runs on."""
    bounds = {
        "max_nodes": max_nodes,
        "max_tool_calls": max_tool_calls,
        "max_cost": max_cost,
        "deadline_ms": deadline_ms,
    }
    answer, replicas, took_s = planned(
        goal, 2, seed, most_s, strategy=strategy, budget=bounds, lost=lost
    )
    assert took_s <= deadline_ms / 1000 + 1e-6
    assert replicas.running == 0
    assert answer.usage.nodes <= max_nodes
    assert answer.usage.tool_calls <= max_tool_calls
    assert answer.usage.cost <= max_cost + 1e-6
    assert len(answer.tree.nodes) <= max_nodes
    assert answer.stop_reason
    # What left was paid for: reservations of all calls together are within the bounds too.
    assert replicas.toolbox.calls <= max_tool_calls


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_lost_branch_fails_its_nodes_and_not_the_run(strategy: str) -> None:
    """The first calls after the root die; the answer says so in the tree."""
    answer, _, _ = planned(HARBOUR_GOAL, strategy=strategy, lost={2})
    failed = [node for node in answer.tree.nodes if node.status == "failed"]
    assert failed
    assert all("the replica died" in node.prune_reason for node in failed)


def test_a_caller_that_goes_stops_every_branch() -> None:
    """Cancelling the run cancels what runs on replicas, at once."""

    async def go():
        toolbox = ListToolbox(FILMS)
        replicas = Replicas(toolbox, 4, lambda: 60.0)
        request = PlanRequest(HARBOUR_GOAL, "tot", budget=Budget(deadline_ms=120_000))
        running = asyncio.create_task(
            plan(request, PlannerDependencies(toolbox, replicas, clock=now_s))
        )
        await asyncio.sleep(1.0)
        assert replicas.running == 1
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        return replicas.running, now_s()

    assert run(go()) == (0, 1.0)


def test_a_run_that_is_told_to_stop_answers_with_what_it_has() -> None:
    """The event of a followed run that nobody follows any more."""

    async def go():
        toolbox = ListToolbox(FILMS)
        replicas = Replicas(toolbox, 1, lambda: 1.0)
        cancelled = asyncio.Event()
        asyncio.get_running_loop().call_later(2.5, cancelled.set)
        request = PlanRequest(HARBOUR_GOAL, "tot", budget=Budget(deadline_ms=120_000))
        dependencies = PlannerDependencies(toolbox, replicas, clock=now_s)
        return await plan(request, dependencies, cancelled=cancelled), now_s()

    answer, took_s = run(go())
    assert (answer.stop_reason, took_s) == ("cancelled", 2.5)


def test_the_thoughts_of_one_branch_are_carried_out_side_by_side() -> None:
    """Five searches of a second each take a second; one that is lost fails alone."""

    class SlowToolbox(ListToolbox):
        async def search(self, query):
            await asyncio.sleep(1.0)
            if query.text == "lost":
                raise ConnectionResetError("gone")
            return await super().search(query)

    def seconds(*queries: str) -> tuple[float, bool, int]:
        async def go():
            toolbox = SlowToolbox(FILMS)
            brief = PlanContext(read_goal(HARBOUR_GOAL, await toolbox.vocabulary()))
            thoughts = [
                of_steps("search", "", 1, 1, [Step("s1", "search_text", {"query": query})])
                for query in queries
            ]
            worker = BranchWorker(RetrievalWorld(toolbox), EmbeddedEngine(toolbox))
            allowance = Allowance(ResourceUsage(len(queries), len(queries), 0, len(queries)), 9.0)
            task = BranchTask(brief, PlanState(), tuple(thoughts), 5, False, allowance)
            result = await worker.expand(task)
            return now_s(), all(e.state is not None for e in result.expansions), toolbox.calls

        return run(go())

    assert seconds("harbour", "film", "town", "drama", "seals") == (1.0, True, 5)
    assert seconds("harbour", "lost") == (1.0, False, 1)
