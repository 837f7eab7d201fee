"""Of one client's calls the shortest goes first, and no call is passed by without end."""

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from deployments.batching.batch import BatchWork
from deployments.batching.batch_calls import BatchCall, Queued
from deployments.batching.batcher import Batcher
from deployments.batching.fair_queue import FairQueue
from sustainability.work import RequestKey
from tests.unit.encoding.model_samples import Model, held, run


def of(client: str) -> BatchWork:
    """Work of a client's request."""
    return BatchWork(owner=RequestKey("r", "/embed", client))


class Line:
    """A queue of one client's calls, which have names."""

    def __init__(self) -> None:
        self.queue: FairQueue[int] = FairQueue()
        self.loop = asyncio.new_event_loop()
        self.came = 0

    def comes(self, name: int, size: int) -> None:
        """Queue a call of so many items."""
        call = BatchCall(size, self.loop, BatchWork())
        for position in range(size):
            self.came += 1
            self.queue.push("me", Queued(self.came, name, 1, call, position, 0.0))


def test_a_single_text_passes_a_crowd_of_the_same_client() -> None:
    """Behind 31 calls of 32, all of one address, one text is in the next batch."""
    model = Model()

    async def scenario(batcher: Batcher) -> None:
        first = await held(model, batcher)
        crowd = [asyncio.create_task(batcher.submit("a", [2] * 32, of("me"))) for _ in range(31)]
        await asyncio.sleep(0)
        single = asyncio.create_task(batcher.submit("a", [7], of("me")))
        await asyncio.sleep(0)
        model.open.set()
        await asyncio.gather(first, single, *crowd)

    run(model, scenario, max_batch_items=8)
    assert model.batches[1] == [7] + [2] * 7


def test_calls_of_one_size_keep_their_order() -> None:
    """Each is finished before the next is begun, so that the first has not to wait for the last."""
    line = Line()
    for name in range(3):
        line.comes(name, 4)
    assert [line.queue.pop().item for _ in range(12)] == [0] * 4 + [1] * 4 + [2] * 4
    line.loop.close()


def test_short_calls_without_end_do_not_starve_a_long_one() -> None:
    """Once as many items were taken as it has, it goes before all that come then."""
    line, order = Line(), []
    line.comes(0, 5)
    for name in range(1, 20):
        line.comes(name, 1)
        order.append(line.queue.pop().item)
    assert order == [1, 2, 3, 4, 0, 0, 0, 0, 0, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]
    line.loop.close()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 6), min_size=1, max_size=40), st.data())
def test_nobody_is_passed_by_without_bound(sizes: list[int], data: st.DataObject) -> None:
    """Of two calls, what comes after as many items were taken as the other has goes behind."""
    line = Line()
    came: list[int] = []
    order: list[int] = []
    for name, size in enumerate(sizes):
        line.comes(name, size)
        came.append(len(order))
        # At least one stays: an empty queue forgets what was taken.
        pops = data.draw(st.integers(0, len(line.queue) - 1))
        order.extend(line.queue.pop().item for _ in range(pops))
    order.extend(line.queue.pop().item for _ in range(len(line.queue)))
    line.loop.close()
    assert [order.count(name) for name in range(len(sizes))] == sizes
    passed = [
        (name, earlier)
        for earlier, size in enumerate(sizes)
        for name in range(len(sizes))
        if came[name] >= came[earlier] + size
        and order.index(name) < len(order) - 1 - order[::-1].index(earlier)
    ]
    assert passed == []
