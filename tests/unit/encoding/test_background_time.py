"""A batch of documents takes about so long as a query may be held up, whatever the model's pace."""

import asyncio
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from deployments.batching.batch import BatchLimits, BatchWork, Precedence
from deployments.batching.batch_calls import BatchCall, Queued
from deployments.batching.lanes import Lanes

LIMITS = BatchLimits(max_background_items=8, max_background_s=0.1)


def batches(
    costs: Sequence[int],
    passes: Sequence[tuple[int, float]] = (),
    precedence: Precedence = Precedence.WRITE,
    limits: BatchLimits = LIMITS,
) -> list[list[int]]:
    """The batches that items of these costs travel in, after passes of a cost and a time."""

    async def main() -> list[list[int]]:
        lanes: Lanes[int] = Lanes(lambda item: item)
        call = BatchCall(len(costs), asyncio.get_running_loop(), BatchWork())
        for cost, took_s in passes:
            lanes.took("text", [Queued(0, cost, cost, call, 0, 0.0)], took_s)
        lanes.push((precedence, "text"), costs, call, limits)
        found = []
        while lanes.waiting:
            found.append([ticket.item for ticket in lanes.pop(limits, 0)[1]])
        return found

    return asyncio.run(main())


def test_slow_items_travel_few_at_a_time() -> None:
    """Passages of 250 tokens at 0.2 ms a token: two in a tenth of a second."""
    assert batches([250] * 5, [(250, 0.05)]) == [[250, 250], [250, 250], [250]]


def test_a_dear_item_travels_alone() -> None:
    """It cannot be cut."""
    assert batches([900, 900, 10], [(250, 0.05)]) == [[900], [900], [10]]


def test_quick_items_are_bounded_by_their_number() -> None:
    """And so are all before the first pass is known."""
    assert batches([10] * 9, [(1000, 0.01)]) == [[10] * 8, [10]]
    assert batches([250] * 9) == [[250] * 8, [250]]


def test_queries_are_not_bounded_by_it() -> None:
    """Nobody waits behind them who would go first."""
    assert batches([250] * 9, [(250, 0.05)], Precedence.QUERY) == [[250] * 9]


def test_the_newest_passes_count_most() -> None:
    """A machine that became slower, or its model quicker, is followed."""
    slower = [(100, 0.01)] + [(100, 0.1)] * 20
    assert batches([50] * 4, slower) == [[50, 50], [50, 50]]
    assert batches([50] * 4, slower + [(100, 0.01)] * 20) == [[50] * 4]


@given(
    costs=st.lists(st.integers(0, 2000), min_size=1, max_size=30),
    passes=st.lists(st.tuples(st.integers(0, 2000), st.floats(0.0, 10.0)), max_size=5),
)
def test_nothing_is_left_out(costs: list[int], passes: list[tuple[int, float]]) -> None:
    """Each item travels once, in its turn, and no batch is empty."""
    found = batches(costs, passes)
    assert [item for batch in found for item in batch] == costs
    assert all(found)
