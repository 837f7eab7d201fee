"""Thinking without the index: judging and proposing need the vocabulary alone, and no hop."""

from typing import Any

from agents.engines.embedded.engine import EmbeddedEngine
from agents.lexicon.vocabulary import Vocabulary
from agents.tree.branch import BranchTask, BranchWorker
from agents.tree.retrieval_world import RetrievalWorld
from agents.tree.state import PlanState
from agents.tree.thoughts import JUDGED_ONLY


def thinker(vocabulary: Vocabulary) -> BranchWorker[PlanState]:
    """Return a worker that thinks by rules; a thought that reads the index fails there."""
    toolbox = _NoIndex(vocabulary)
    return BranchWorker(RetrievalWorld(toolbox), EmbeddedEngine(toolbox))


def only_thinks(task: BranchTask[PlanState]) -> bool:
    """Return whether a task carries nothing out: a root, or states that were put together."""
    return all(thought.kind in JUDGED_ONLY for thought in task.thoughts)


class _NoIndex:
    """A toolbox for thinking only."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary

    async def vocabulary(self) -> Vocabulary:
        return self._vocabulary

    async def search(self, query: Any) -> Any:
        raise RuntimeError("there is no index")

    async def fetch(self, ids: Any) -> Any:
        raise RuntimeError("there is no index")
