"""State that threads share is touched under its lock: by construction, in every run.

Each component is put through all that threads may ask of it with its lock watched, and once more
with its lock taken away: then every operation must be noted, or this test would see nothing.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from deployments.batching import batcher as batcher_module
from deployments.batching.batch import BatchLimits
from deployments.batching.batcher import Batcher, ModelThreadLost
from sustainability.work import RequestKey, WorkAccount
from telemetry.context import CallContext
from telemetry.log_files.call_lines import CallLines
from telemetry.registry import Registry
from tests.watched_locks import Touches, WatchedLock, guard, taken_away, threads_with

KEY = RequestKey("request", "POST /embed", "client")
Operations = dict[str, Callable[[], Any]]


def watched(owner: Any, *names: str) -> Touches:
    """Put a watched lock into an object in place of its own, and guard its state."""
    touches = Touches(WatchedLock())
    owner._lock = touches.lock
    guard(owner, touches, *names)
    return touches


def account() -> tuple[WorkAccount, Touches, Operations]:
    made = WorkAccount(lambda: 0.0)
    state = ("_spans", "_tasks", "_cpu_s", "_device_s", "_unshared_s", "_share_s", "_owed_s")
    touches = watched(made, *state)
    span = made.enter(KEY)

    def work() -> None:
        with made.thread_work([(KEY, 1.0)]):
            pass

    return (
        made,
        touches,
        {
            "enter": lambda: made.enter(KEY),
            "move": lambda: made.move(span, not span.waiting),
            "thread_work": work,
            "charge_cpu": lambda: made.charge_cpu(KEY, 1.0),
            "charge_cpu of nobody": lambda: made.charge_cpu(None, 1.0),
            "charge_device": lambda: made.charge_device("gpu0", [(KEY, 1.0)], 1.0),
            "drain": made.drain,
            "leave": lambda: made.leave(made.enter(KEY)),
        },
    )


def registry() -> tuple[Registry, Touches, Operations]:
    made = Registry()
    touches = watched(made, "_counters", "_gauges", "_histograms")
    seconds = "brainwav_component_call_duration_seconds"
    return (
        made,
        touches,
        {
            "add": lambda: made.add("brainwav_component_calls_total", "a", "b", "ok"),
            "set a gauge": lambda: made.set("brainwav_component_calls_in_flight", "a", to=1),
            "set a counter": lambda: made.set("brainwav_log_lines_dropped_total", to=1),
            "observe": lambda: made.observe(seconds, "a", value=0.1),
            "snapshot": made.snapshot,
        },
    )


def lines() -> tuple[CallLines, Touches, Operations]:
    made = CallLines(lambda written: None, {}, most=2)
    touches = watched(made, "_waiting")
    context = CallContext("request", "POST /embed", "client", "")
    return (
        made,
        touches,
        {
            "add": lambda: made.add(context, "encode", "ok", 0.1),
            "add the last one": lambda: made.add(context, "encode", "ok", 0.1),
            "flush": made.flush,
        },
    )


COMPONENTS = {"work": account, "registry": registry, "call lines": lines}


@pytest.mark.parametrize("name", COMPONENTS)
def test_shared_state_is_touched_under_its_lock(name: str) -> None:
    """Whatever is asked; nothing is noted."""
    _, touches, operations = COMPONENTS[name]()
    for operation in operations.values():
        operation()
    assert touches.without == []


@pytest.mark.parametrize(
    ("name", "what"), [(name, what) for name, make in COMPONENTS.items() for what in make()[2]]
)
def test_without_the_lock_every_operation_is_noted(name: str, what: str) -> None:
    """A lock that is left out anywhere is seen, in one thread and in every run."""
    owner, touches, operations = COMPONENTS[name]()
    touches.without.clear()
    with taken_away(owner, touches):
        operations[what]()
    assert touches.without


LIKELY_OLD = ("waiting", "idle")
"""How many wait is told to whoever asks, and may be old when it is read."""


def noting(kind: type, touches: Touches) -> type:
    """Return a class like this one, each of whose members is noted where the lock is not held."""

    def reading(self: Any, name: str) -> Any:
        if not name.startswith("_") and name not in LIKELY_OLD:
            touches.note(f"{kind.__name__}.{name}")
        return kind.__getattribute__(self, name)

    return type(f"Noting{kind.__name__}", (kind,), {"__getattribute__": reading})


def batcher_of(
    monkeypatch: pytest.MonkeyPatch, run: Callable[..., Any], threads: int
) -> tuple[Batcher, Touches]:
    """Return a batcher whose lock is watched, and what is touched without it."""
    lock = WatchedLock()
    touches = Touches(lock)
    monkeypatch.setattr(batcher_module, "threading", threads_with(lock))
    for name in ("Lanes", "Sleepers"):
        kind = getattr(batcher_module, name)
        monkeypatch.setattr(batcher_module, name, noting(kind, touches))
    made: Batcher = Batcher(run, BatchLimits(), threads=threads)
    guard(made, touches, "_running", "_gone", "stats")
    return made, touches


def doubled(lane: object, items: list[int]) -> list[int]:
    return [2 * item for item in items]


def test_a_batchers_queue_is_touched_under_its_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """By callers and by model threads: submitting, taking, settling, new bounds, the end."""
    batcher, touches = batcher_of(monkeypatch, doubled, threads=2)

    async def run() -> list[Any]:
        calls = (batcher.submit("lane", [number, number + 1]) for number in range(8))
        results = await asyncio.gather(*calls)
        batcher.limits = BatchLimits(max_batch_items=1)
        results.append(await batcher.submit("lane", [9]))
        batcher.check()
        return results

    assert asyncio.run(run()) == [[2 * n, 2 * n + 2] for n in range(8)] + [[18]]
    batcher.close()
    assert touches.without == []


def test_a_model_thread_that_dies_is_buried_under_the_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """One of two, with the call that it held; the other one is woken."""

    def dies(lane: object, items: list[int]) -> list[int]:
        raise SystemExit("a model thread ends")

    batcher, touches = batcher_of(monkeypatch, dies, threads=2)

    async def run() -> None:
        with pytest.raises(ModelThreadLost):
            await batcher.submit("lane", [1])

    asyncio.run(run())
    batcher.close()
    assert touches.without == []


def test_a_call_that_is_admitted_without_the_lock_is_noted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What a change that forgets the lock in ``submit`` would do."""
    batcher, touches = batcher_of(monkeypatch, doubled, threads=1)

    async def submit() -> None:
        with taken_away(batcher, touches):
            await batcher.submit("lane", [1])

    # Whoever wakes a thread without the lock is told so by its condition.
    with pytest.raises(RuntimeError, match="un-acquired lock"):
        asyncio.run(submit())
    assert "Lanes.push" in touches.without
    batcher.close()
