"""A run's branches share the vectors of its queries on a replica; other runs encode their own."""

import asyncio
from dataclasses import dataclass, field

import numpy as np

from agents.goals.read import read_goal
from agents.lexicon.vocabulary import Vocabulary
from agents.tree.branch import BranchTask
from agents.tree.problem import Allowance
from agents.tree.retrieval_world import PlanContext
from agents.tree.state import PlanState
from agents.tree.thoughts import Thought
from agents.usage import ResourceUsage
from deployments.planning.branch_service import MAX_RUNS, BranchCall, BranchService
from deployments.planning.engines import EngineFactory
from retrieval.encoding import EncodeWork, ItemReport
from retrieval.search.query_encoding import QueryReply, QueryRequest
from retrieval.search.query_vectors import QueryVectors
from retrieval.search.request import SearchRequest, SearchResult

NOTHING = Vocabulary()
BRIEF = PlanContext(read_goal("a lamp", NOTHING, picture=False))


@dataclass
class Index:
    """An index without documents that remembers what was encoded."""

    encoded: list[str | None] = field(default_factory=list)

    async def encode_query(self, request: QueryRequest) -> QueryReply:
        self.encoded.append(request.text)
        vector = np.ones(2, np.float32)
        return QueryReply(QueryVectors(vector, vector), [ItemReport()], EncodeWork())

    async def search(self, request: SearchRequest) -> SearchResult:
        return SearchResult([], 0, 1, 0.0)


def searched(query: str) -> BranchTask[PlanState]:
    """A branch that searches once."""
    steps = [{"id": "s1", "tool": "search_hybrid", "args": {"query": query}}]
    price = ResourceUsage(nodes=1, tool_calls=1, cost=1.0)
    thought = Thought("search", "", {"steps": steps}, 1.0, query, price)
    return BranchTask(BRIEF, PlanState(), (thought,), 1, False, Allowance(price, 1.0))


def expand(*runs_and_queries: tuple[str, str]) -> list[str | None]:
    """Expand branches of runs one after the other; returns what was encoded."""

    async def go() -> list[str | None]:
        index = Index()
        service = BranchService(index, EngineFactory(None, {}))  # type: ignore[arg-type]
        for run, query in runs_and_queries:
            call = BranchCall("embedded", "default", run, "k", NOTHING, searched(query))
            reply = await service.expand(call)
            assert reply.result is not None
            assert reply.result.expansions[0].error is None
        return index.encoded

    return asyncio.run(go())


def test_a_runs_next_level_encodes_only_what_is_new() -> None:
    """Its queries come back at each level: the goal itself above all."""
    assert expand(("r1", "a lamp"), ("r1", "a lamp"), ("r1", "a red lamp")) == [
        "a lamp",
        "a red lamp",
    ]


def test_another_run_encodes_its_own() -> None:
    """Nobody can tell by the time whether somebody else asked the same."""
    assert expand(("r1", "a lamp"), ("r2", "a lamp")) == ["a lamp", "a lamp"]


def test_runs_that_ended_long_ago_are_forgotten() -> None:
    """A replica keeps no more than a few."""
    later = [(f"n{n}", "a red lamp") for n in range(MAX_RUNS)]
    encoded = expand(("r1", "a lamp"), *later, ("r1", "a lamp"))
    assert encoded.count("a lamp") == 2
