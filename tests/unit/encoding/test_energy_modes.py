"""Modes change how batches form, never whose vectors are stored."""

import asyncio
import threading

import numpy as np
import pytest

from deployments.batching.batch import BatchLimits, BatchWork
from deployments.batching.batcher import Batcher
from deployments.encoding.modes import Cheap, EmbedderModes, narrowed
from deployments.encoding.service import EncodingService
from deployments.encoding.vector_cache import VectorCache
from deployments.encoding.work_charges import BatchCharges, base_tokens
from retrieval.clip.comparable import judge
from retrieval.encoding import EncodeRequest
from sustainability.modes.profiles import ECO, POWER_CAP, Directive, Profile
from sustainability.work import RequestKey, WorkAccount
from tests.towers import DIMENSION, fake_encoder, picture_file

LIMITS = BatchLimits(max_batch_items=32)
A, B = RequestKey("a", "/embed", "ca"), RequestKey("b", "/embed", "cb")


def run(batcher: Batcher, *counts: int) -> list[int]:
    """Submit calls of so many items together; return the sizes of the batches they formed."""
    sizes: list[int] = []
    batcher._run = lambda lane, batch: sizes.append(len(batch)) or batch

    async def main() -> None:
        await asyncio.gather(*(batcher.submit("a", list(range(count))) for count in counts))

    asyncio.run(main())
    batcher.close()
    return sizes


def test_a_batch_waits_to_be_filled_and_is_not_split() -> None:
    """Two threads are idle, and still the items travel together."""
    limits = BatchLimits(max_batch_items=8, max_wait_s=5.0)
    assert run(Batcher(lambda lane, batch: batch, limits, threads=2), 3, 5) == [8]


def test_a_batch_that_never_fills_goes_when_its_time_is_up() -> None:
    """Nobody waits for company for ever."""
    limits = BatchLimits(max_batch_items=8, max_wait_s=0.02)
    assert run(Batcher(lambda lane, batch: batch, limits, threads=2), 3) == [3]


def test_only_as_many_threads_work_as_may() -> None:
    """The others wait until the limit is lifted."""
    entered, go, most = threading.Semaphore(0), threading.Event(), [0]
    running = [0]
    lock = threading.Lock()

    def work(lane: object, batch: list[int]) -> list[int]:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        entered.release()
        go.wait(10)
        with lock:
            running[0] -= 1
        return batch

    batcher = Batcher(work, BatchLimits(max_batch_items=1, max_threads=1), threads=3)

    async def main() -> None:
        tasks = [asyncio.create_task(batcher.submit("a", [n])) for n in range(4)]
        await asyncio.to_thread(entered.acquire)
        assert not await asyncio.to_thread(entered.acquire, timeout=0.05)
        batcher.limits = BatchLimits(max_batch_items=1)
        await asyncio.to_thread(entered.acquire)
        go.set()
        await asyncio.gather(*tasks)

    asyncio.run(main())
    batcher.close()
    assert most[0] > 1


def test_modes_narrow_what_is_configured_and_never_widen_it() -> None:
    """A batch of 4 stays one of 4 where a mode would allow 8."""
    capped = narrowed(BatchLimits(max_batch_items=4), Directive("power_cap", POWER_CAP, 0.5))
    assert (capped.max_batch_items, capped.max_threads, capped.duty) == (4, 1, 0.5)
    assert narrowed(LIMITS, Directive()) == LIMITS


class Halved:
    """A tower whose vectors are those of another, halved: easy to tell apart."""

    def __init__(self, tower) -> None:
        self._tower = tower

    def __getattr__(self, name: str):
        return getattr(self._tower, name)

    def encode(self, batch):
        return self._tower.encode(batch) / 2


@pytest.fixture
def service():
    service = EncodingService(fake_encoder(), LIMITS, 2, 1)
    yield service
    service.close()


def cheap_encoder():
    encoder = fake_encoder()
    text = Halved(encoder.text)
    return type(encoder)(text, text, Halved(encoder.picture), encoder.modules)


def vectors(service: EncodingService, cheap: bool) -> np.ndarray:
    items = ["a red mug", picture_file()]
    request = EncodeRequest(items, normalize=False, may_be_cheap=cheap)
    return asyncio.run(service.encode(request)).vectors


def test_what_is_stored_is_encoded_in_the_indexs_precision_in_every_mode(service) -> None:
    """Only what allows it is encoded cheaper."""
    exact = vectors(service, False)
    service.use_cheap(cheap_encoder())
    assert vectors(service, True) == pytest.approx(exact / 2)
    assert vectors(service, False) == pytest.approx(exact)
    service.use_cheap(None)
    assert vectors(service, True) == pytest.approx(exact)


def test_eco_asks_the_gate_once_and_says_what_it_said(service) -> None:
    """While it judges, the replica serves on as before."""
    asked = []

    def find() -> Cheap:
        asked.append(1)
        return Cheap(None, "bf16 refused: mean cosine 0.9")

    modes = EmbedderModes(service, LIMITS, find)
    assert "judging" in modes.apply(Directive("eco", ECO))
    assert modes._finding is not None
    modes._finding.join()
    for _ in range(2):
        assert modes.apply(Directive("eco", ECO)) == "eco: bf16 refused: mean cosine 0.9"
    assert len(asked) == 1
    assert modes.apply(Directive()) == "full"


def test_a_gate_that_fails_leaves_the_replica_serving(service) -> None:
    """And the report says so."""

    def find() -> Cheap:
        raise MemoryError("no room")

    modes = EmbedderModes(service, LIMITS, find)
    modes.apply(Directive("eco", ECO))
    modes._finding.join()  # type: ignore[union-attr]
    assert "MemoryError: no room" in modes.apply(Directive("eco", ECO))
    assert vectors(service, True).shape == (2, DIMENSION)


def test_content_that_was_seen_is_not_encoded_again(service) -> None:
    """Whatever else is in the request; leaving the mode forgets everything."""
    service.cache.resize(10)
    first = vectors(service, False)
    batches = service.batcher.stats.batches
    assert vectors(service, False) == pytest.approx(first)
    assert service.batcher.stats.batches == batches
    service.cache.resize(0)
    vectors(service, False)
    assert service.batcher.stats.batches > batches


def test_clients_do_not_share_cached_vectors() -> None:
    """The time an answer takes would tell what somebody else has sent."""
    cache: VectorCache[str] = VectorCache()
    cache.resize(2)
    cache.put(cache.key("a", "joint", "text"), "vector")
    assert cache.get(cache.key("a", "joint", "text")) == "vector"
    assert cache.get(cache.key("b", "joint", "text")) is None
    assert cache.get(cache.key("a", "joint~cheap", "text")) is None


def test_a_cache_keeps_the_last_used() -> None:
    """And nothing at all where it is off."""
    cache: VectorCache[int] = VectorCache()
    assert cache.key("a", "joint", "text") is None
    cache.resize(2)
    keys = [cache.key("a", "joint", name) for name in "xyz"]
    cache.put(keys[0], 0)
    cache.put(keys[1], 1)
    cache.get(keys[0])
    cache.put(keys[2], 2)
    assert [cache.get(key) for key in keys] == [0, None, 2]


def test_a_batchs_seconds_go_to_the_owners_of_its_items() -> None:
    """By tokens and a text's fixed part."""
    account = WorkAccount()
    charges = BatchCharges(account)
    charges.base_tokens = 2.0
    tower = fake_encoder().text
    short, long = tower.prepare(["one", "one two three four five six"])
    # Token ids have one dimension; the fake's words do too.
    assert (charges.cost(short), charges.cost(long)) == (3.0, 8.0)
    with charges([(A, short), (B, long)]):
        sum(range(300_000))
    spent = account.drain().cpu_s
    assert spent[B] == pytest.approx(spent[A] * 8 / 3, rel=1e-6)


def test_a_batch_carries_whose_work_it_is() -> None:
    """From the call to the model thread."""
    seen = []

    class Watch:
        def __enter__(self) -> None: ...
        def __exit__(self, *_: object) -> None: ...

    def charge(members):
        seen.extend(owner for owner, _ in members)
        return Watch()

    batcher = Batcher(lambda lane, batch: batch, LIMITS, charge=charge)
    asyncio.run(batcher.submit("a", [1, 2], BatchWork(owner=A)))
    batcher.close()
    assert seen == [A, A]


def test_the_fixed_part_of_a_text_is_found_by_timing() -> None:
    """A tower that takes 10 for itself and 1 a token: 10 tokens' worth."""
    clock = [0.0]

    class Timed:
        def prepare(self, texts):
            return fake_encoder().text.prepare(texts)

        def encode(self, batch) -> None:
            clock[0] += sum(10 + item.cost for item in batch)

    assert base_tokens(Timed(), lambda: clock[0]) == pytest.approx(10.0)


def test_the_gate_passes_twins_and_refuses_strangers() -> None:
    """By cosine, by neighbours, and never on NaN."""
    rng = np.random.default_rng(0)
    exact = rng.normal(size=(48, 32)).astype(np.float32)
    near = exact + rng.normal(scale=1e-3, size=exact.shape).astype(np.float32)
    far = rng.normal(size=exact.shape).astype(np.float32)
    assert judge([(exact, near)]).passed
    assert not judge([(exact, near), (exact, far)]).passed
    assert not judge([(exact, np.full_like(exact, np.nan))]).passed


def test_the_gate_refuses_vectors_whose_neighbours_changed() -> None:
    """Though every cosine is fine: all vectors are nearly one."""
    rng = np.random.default_rng(0)
    common = np.ones(32, np.float32)
    exact = common + rng.normal(scale=1e-3, size=(48, 32)).astype(np.float32)
    near = exact + rng.normal(scale=1e-3, size=exact.shape).astype(np.float32)
    gate = judge([(exact, near)])
    assert gate.mean_cosine > 0.999
    assert not gate.passed
    assert "overlap" in gate.reason


def test_a_profile_without_a_wish_changes_nothing() -> None:
    """What `full` is."""
    assert narrowed(LIMITS, Directive("full", Profile())) is not None
    assert narrowed(LIMITS, Directive("full", Profile())) == LIMITS
