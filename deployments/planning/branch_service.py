"""What a ThoughtBranch replica does with a call: one branch, one level, then nothing is kept.

But for vocabularies: the planner names the one to use, and sends it along only to a replica
that does not have it. And for a while the vectors of a run's queries, which its next levels ask
for again.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from agents.lexicon.vocabulary import Vocabulary
from agents.tools.backend_toolbox import BackendToolbox, KnownVectors, ReadPath
from agents.tools.port import Toolbox
from agents.tree.branch import BranchResult, BranchTask, BranchWorker
from agents.tree.problem import Engine
from agents.tree.retrieval_world import RetrievalWorld
from agents.tree.state import PlanState
from deployments.planning.vocabularies import Pinned
from reliability.deadline import within

MAX_RUNS = 16
"""Runs whose queries' vectors are kept; the one that was not heard of longest goes."""

MakeEngine = Callable[[str, Toolbox], Engine[PlanState]]
"""Makes the engine of a name over a toolbox."""


@dataclass(frozen=True, slots=True)
class BranchCall:
    """A branch to expand.

    Args:
        engine: Name of the engine that thinks.
        namespace: What its tools read.
        run: Names the run among all; its branches share what they encoded on a replica.
        vocabulary_key: Which vocabulary it uses.
        vocabulary: That vocabulary, None where the replica is believed to have it.
        task: The thoughts to try.
    """

    engine: str
    namespace: str
    run: str
    vocabulary_key: str
    vocabulary: Vocabulary | None
    task: BranchTask[PlanState]


@dataclass(frozen=True, slots=True)
class BranchReply:
    """What became of a call; ``result`` is None where the vocabulary is missing."""

    result: BranchResult[PlanState] | None


class BranchService:
    """Expands branches over a read path."""

    def __init__(self, read_path: ReadPath, engines: MakeEngine, max_vocabularies: int = 4) -> None:
        self.max_vocabularies = max_vocabularies
        self.running = 0
        self.expanded = 0
        self.cancelled = 0
        self._read_path = read_path
        self._engines = engines
        self._vocabularies: OrderedDict[str, Vocabulary] = OrderedDict()
        self._encoded: OrderedDict[str, KnownVectors] = OrderedDict()

    async def expand(self, call: BranchCall) -> BranchReply:
        """Carry a call out within its deadline.

        Raises:
            TimeoutError: It took longer.
        """
        vocabulary = self._vocabulary(call)
        if vocabulary is None:
            return BranchReply(None)
        toolbox = BackendToolbox(
            self._read_path,
            call.namespace,
            Pinned(call.vocabulary_key, vocabulary),  # pyright: ignore[reportArgumentType]
            self._encoded_by(call.run),
        )
        worker = BranchWorker(RetrievalWorld(toolbox), self._engines(call.engine, toolbox))
        deadline_s = call.task.allowance.deadline_s
        self.running += 1
        try:
            with within(deadline_s):
                async with asyncio.timeout(deadline_s):
                    result = await worker.expand(call.task)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.running -= 1
        self.expanded += 1
        return BranchReply(result)

    def _encoded_by(self, run: str) -> KnownVectors:
        known = self._encoded.setdefault(run, {})
        self._encoded.move_to_end(run)
        while len(self._encoded) > MAX_RUNS:
            self._encoded.popitem(last=False)
        return known

    def _vocabulary(self, call: BranchCall) -> Vocabulary | None:
        if call.vocabulary is not None:
            self._vocabularies[call.vocabulary_key] = call.vocabulary
        vocabulary = self._vocabularies.get(call.vocabulary_key)
        if vocabulary is not None:
            self._vocabularies.move_to_end(call.vocabulary_key)
        while len(self._vocabularies) > self.max_vocabularies:
            self._vocabularies.popitem(last=False)
        return vocabulary
