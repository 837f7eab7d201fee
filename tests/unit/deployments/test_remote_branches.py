"""Where branches run: what only thinks stays with the planner, what acts travels."""

import asyncio
from dataclasses import dataclass, field

from agents.goals.read import read_goal
from agents.lexicon.vocabulary import Vocabulary
from agents.tree.branch import BranchResult, BranchTask
from agents.tree.problem import Allowance
from agents.tree.retrieval_world import PlanContext
from agents.tree.state import PlanState
from agents.tree.thoughts import ROOT, Thought
from agents.usage import ResourceUsage
from deployments.planning.branch_service import BranchCall, BranchReply
from deployments.planning.remote_branches import RemoteBranches
from deployments.planning.vocabularies import Pinned

NOTHING = Vocabulary()
BRIEF = PlanContext(read_goal("a lamp to read by", NOTHING, picture=False))


@dataclass
class Replicas:
    """Replicas that find nothing; they remember what they were sent."""

    sent: list[BranchCall] = field(default_factory=list)

    async def send(self, call: BranchCall, within_s: float) -> BranchReply:
        self.sent.append(call)
        return BranchReply(BranchResult((), ResourceUsage()))


def expanded(replicas: Replicas, thought: Thought, engine: str = "embedded") -> BranchResult:
    task = BranchTask(
        BRIEF, PlanState(), (thought,), 3, True, Allowance(ResourceUsage(nodes=1), 1.0)
    )
    branches = RemoteBranches(replicas.send, engine, "default", Pinned("k", NOTHING))
    return asyncio.run(branches.expand(task))


def test_a_root_that_only_proposes_needs_no_hop() -> None:
    """Its thoughts come of the vocabulary, which the planner has."""
    replicas = Replicas()
    (root,) = expanded(replicas, ROOT).expansions
    assert [thought.kind for thought in root.proposals] == ["search"]
    assert replicas.sent == []


def test_a_thought_that_acts_travels() -> None:
    """Its replica reads the index."""
    replicas = Replicas()
    expanded(replicas, Thought("search", key="s"))
    assert [call.task.thoughts[0].kind for call in replicas.sent] == ["search"]


def test_a_language_models_root_travels() -> None:
    """Only branches ask the model."""
    replicas = Replicas()
    expanded(replicas, ROOT, "llm")
    assert [call.engine for call in replicas.sent] == ["llm"]
