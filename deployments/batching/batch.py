"""What is said of batches: their bounds, what one took, and why none may come."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from api.errors import Overloaded, Unavailable


class QueueFull(Overloaded):
    """More items wait than the queue may hold; try again later."""


class BatcherClosed(Unavailable):
    """The batcher was closed before this item's turn."""


class ModelThreadLost(BatcherClosed):
    """A model thread died or is stuck: the replica wants replacing."""


class WorkerDied(Unavailable):
    """A decoding process ended in the middle of a picture, and not because it was told to."""


class Precedence(IntEnum):
    """Whose items go first."""

    QUERY = 0
    """Somebody waits for an answer."""
    WRITE = 1
    """Documents: behind queries, with a share beside them."""
    BULK = 2
    """Nobody waits: when there is nothing else."""


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """Bounds of a batch and of the queue."""

    max_batch_items: int = 32
    max_batch_cost: int = 4096
    """Sum of the items' costs (tokens for texts); one dearer item travels alone."""
    max_queue_items: int = 2048
    """Of all clients. One has room for as many as would still be free with them: half of it
    alone, a third beside one that does the same, so that there is always room for another."""
    max_background_items: int = 8
    """Of a batch of documents or of a bulk job."""
    max_background_s: float = 0.1
    """Such a batch takes about so long, by what its tower's last ones took: so long at most a query
    is held up by one. A dearer item travels alone."""
    max_wait_s: float = 0.0
    """A batch that is not full waits so long for more items; then batches are not split among
    idle threads either."""
    max_threads: int | None = None
    """Threads that may work; None: all there are."""
    duty: float = 1.0
    """Part of the time that a thread may work; it pauses after each batch for the rest."""
    stuck_after_s: float = 120.0
    """A pass that takes longer will not end: its thread counts as lost."""


@dataclass(slots=True)
class BatchWork:
    """What a call's items took, added up over the batches they travelled in."""

    queue_s: float = 0.0
    """The longest that one of them waited."""
    model_s: float = 0.0
    """Of forward passes that held at least one of them, longest path."""
    cpu_s: float = 0.0
    """CPU time of those passes, this call's part by its items' costs."""
    batch_items: int = 0
    """Items of the largest batch, strangers included."""
    owner: Any = None
    """Whose work it is, for ``charge``."""


@dataclass(frozen=True, slots=True)
class BatchDone:
    """One forward pass, for whoever measures."""

    lane: Hashable
    waits_s: Sequence[float]
    """How long each item waited for it."""
    took_s: float
    cpu_s: float


@dataclass(slots=True)
class BatchStats:
    """Totals since the start."""

    batches: int = 0
    items: int = 0
    largest_batch: int = 0

    def add(self, items: int) -> None:
        """Count a batch."""
        self.batches += 1
        self.items += items
        self.largest_batch = max(self.largest_batch, items)
